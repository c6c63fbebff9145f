"""Crops and flips: windows of a padded image, and their seeds."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.training.augmentation import Augmenter, windows

SHAPE = (2, 5, 6)
INPUTS = torch.rand(7, 60, generator=torch.Generator().manual_seed(0)) + 1  # no zeros


def augmented(kind: str, members: int = 2, epoch: int = 0, inputs: Tensor = INPUTS) -> Tensor:
    augment = Augmenter(kind, SHAPE, 7, seed=3, members=members)
    augment.start_epoch(epoch)
    return augment(inputs, slice(0, 7))


def test_windows_are_slices_of_the_padded_image() -> None:
    images = INPUTS.view(7, *SHAPE)
    offsets = torch.randint(9, (7, 2), generator=torch.Generator().manual_seed(1))
    flips = torch.arange(7) % 2 == 0
    padded = torch.nn.functional.pad(images, (4, 4, 4, 4))
    for i, found in enumerate(windows(images, offsets, flips)):
        row, column = offsets[i].tolist()
        window = padded[i, :, row : row + 5, column : column + 6]
        assert torch.equal(found, window.flip(-1) if flips[i] else window)


def test_nothing() -> None:
    assert augmented("none") is INPUTS


def test_flips_are_flips() -> None:
    images, found = INPUTS.view(7, *SHAPE), augmented("flip", members=40).view(40, 7, *SHAPE)
    same = (found == images).flatten(2).all(dim=2)
    turned = (found == images.flip(-1)).flatten(2).all(dim=2)
    assert (same ^ turned).all()
    assert 0.3 < turned.float().mean() < 0.7


def test_crops_move_images_and_pad_with_zeros() -> None:
    found = augmented("crop", members=40)
    assert (found == 0).any(dim=2).float().mean() > 0.8
    assert torch.isin(found[found > 0], INPUTS).all()
    both = augmented("crop-and-flip", members=40)
    assert torch.equal((both == 0).sum(dim=2), (found == 0).sum(dim=2))  # the same windows
    assert not torch.equal(both, found)


def test_draws_depend_on_seed_member_and_epoch_alone() -> None:
    two, three = augmented("crop-and-flip", members=2), augmented("crop-and-flip", members=3)
    assert torch.equal(two, three[:2])
    assert not torch.equal(two[0], two[1])
    assert not torch.equal(two, augmented("crop-and-flip", epoch=1))
    own = augmented("crop-and-flip", inputs=INPUTS.expand(2, -1, -1))
    assert torch.equal(own, two)


def test_a_batch_holds_what_the_whole_holds() -> None:
    augment = Augmenter("crop-and-flip", SHAPE, 7, seed=3, members=2)
    augment.start_epoch(0)
    positions = torch.tensor([[4, 1, 6], [0, 6, 3]])
    whole = augment(INPUTS, slice(0, 7))
    batch = augment(INPUTS[positions], positions)
    for member in range(2):
        assert torch.equal(batch[member], whole[member, positions[member]])


def test_refuses_what_is_no_image() -> None:
    with pytest.raises(InfoplaneError, match=r"augmentation is 'flip', and .* shape \[12\]"):
        Augmenter("flip", (12,), 7, seed=0, members=1)
