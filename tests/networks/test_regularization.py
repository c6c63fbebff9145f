"""Dropout and batch norm of a stack against torch's own, and against their definitions."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from infoplane.errors import InfoplaneError
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import StackedMLP, build_mlp
from infoplane.networks.regularization import StackedBatchNorm, StackedDropout

H = torch.randn(2, 5, 40, generator=torch.Generator().manual_seed(0))


def test_batch_norm_is_torchs_for_each_member() -> None:
    ours = StackedBatchNorm(torch.zeros(2, 5), torch.ones(2, 5))
    theirs = [nn.BatchNorm1d(5, affine=False) for _ in range(2)]
    for step in range(3):
        found = ours(H + step)
        expected = torch.stack([norm((h + step).T).T for norm, h in zip(theirs, H, strict=True)])
        torch.testing.assert_close(found, expected)
    ours.eval()
    expected = torch.stack([norm.eval()(h.T).T for norm, h in zip(theirs, H, strict=True)])
    torch.testing.assert_close(ours(H), expected)
    torch.testing.assert_close(ours.member(1).eval()(H[1:]), ours(H)[1:])


@pytest.mark.parametrize("samples_at", [1, 2])
def test_dropout_drops_whole_shares_in_training_alone(samples_at: int) -> None:
    ones = torch.ones(3, 200, 300)
    dropout = StackedDropout(0.3, 3, samples_at)
    dropout.start_epoch(0, 0, 0)
    dropped = dropout(ones)
    assert dropped.mean() == pytest.approx(1, abs=0.01)
    assert (dropped == 0).float().mean() == pytest.approx(0.3, abs=0.01)
    torch.testing.assert_close(dropped.max(), torch.tensor(1 / 0.7))
    assert dropout.eval()(ones) is ones


def test_whole_channels_of_images_are_dropped() -> None:
    dropout = StackedDropout(0.5, 2, 1)
    dropout.start_epoch(0, 0, 0)
    dropped = dropout(torch.ones(2, 100, 20, 3, 4))
    channels = dropped[..., 0, 0]
    assert torch.equal(dropped, channels[..., None, None].expand_as(dropped))
    assert (channels == 0).float().mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("samples_at", [1, 2])
def test_masks_depend_on_seeds_and_samples_alone(samples_at: int) -> None:
    def drop(members: int, *sizes: int, epoch: int = 0) -> torch.Tensor:
        dropout = StackedDropout(0.5, members, samples_at)
        dropout.start_epoch(0, 1, epoch)
        shapes = [(members, n, 6) if samples_at == 1 else (members, 6, n) for n in sizes]
        return torch.cat([dropout(torch.ones(shape)) for shape in shapes], dim=samples_at)

    whole = drop(2, 50)
    assert torch.equal(whole, drop(3, 50)[:2])  # not on K
    assert torch.equal(whole, drop(2, 30, 20))  # nor on how a batch is split
    assert not torch.equal(whole[0], whole[1])
    assert not torch.equal(whole, drop(2, 50, epoch=1))


def test_dropout_needs_seeds() -> None:
    with pytest.raises(InfoplaneError, match="dropout draws its masks from seeds; call start_ep"):
        StackedDropout(0.5, 2, 2)(H)


def test_a_perceptron_with_both() -> None:
    config = NetworkConfig(widths=(7, 5), dropout=0.5, batch_norm=True)
    stack = build_mlp(config, inputs=6, classes=3, seed=0, members=2)
    assert isinstance(stack, StackedMLP)
    assert stack.whole_batches
    assert not build_mlp(NetworkConfig(), inputs=6, classes=3, seed=0).whole_batches
    inputs = torch.randn(20, 6, generator=torch.Generator().manual_seed(1))
    member = stack.member(1)
    stack.start_epoch(0, 0)
    first = stack(inputs)
    assert not torch.equal(first, stack(inputs))  # other masks
    stack.start_epoch(0, 0)
    assert torch.equal(first, stack(inputs))
    hidden = stack.get_submodule("layer1").activation[0].running_mean
    assert (hidden != 0).all()  # moved by training …
    before = hidden.clone()
    torch.testing.assert_close(stack.eval()(inputs)[1], member.eval()(inputs)[0])
    assert torch.equal(before, hidden)  # … and not by evaluation
    assert list(member.state_dict()) == list(stack.state_dict())
