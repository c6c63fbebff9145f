"""Members trained on subsets of one split, against members with splits of their own."""

from __future__ import annotations

import pytest
import torch

from infoplane.data.split import Split, clean_split
from infoplane.errors import InfoplaneError
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import StackedMLP, build_mlp
from infoplane.training.config import TrainingConfig
from infoplane.training.loop import Training

MEMBERS, N, SUBSET = 3, 40, 20
GENERATOR = torch.Generator().manual_seed(0)
INPUTS = torch.randn(N, 4, generator=GENERATOR)
SHARED = clean_split(INPUTS, torch.randint(3, (N,), generator=GENERATOR), 3)
SUBSETS = torch.stack([torch.randperm(N, generator=GENERATOR)[:SUBSET] for _ in range(MEMBERS)])


def trained(train: Split | list[Split], config: TrainingConfig, **options) -> StackedMLP:
    model = build_mlp(NetworkConfig(widths=(7, 5)), inputs=4, classes=3, seed=0, members=MEMBERS)
    list(Training(model, train, config, seed=0, **options).epochs())
    return model


@pytest.mark.parametrize("batch_size", [None, 8])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_a_subset_is_a_split_of_its_own(optimizer: str, batch_size: int | None) -> None:
    config = TrainingConfig(epochs=3, optimizer=optimizer, batch_size=batch_size)
    ours = trained(SHARED, config, subsets=SUBSETS)
    own = [SHARED.select(subset) for subset in SUBSETS]
    theirs, whole = trained(own, config), trained(SHARED, config)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b)
    assert not torch.allclose(next(ours.parameters()), next(whole.parameters()))


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_fused_is_the_same_rule(optimizer: str) -> None:
    config = TrainingConfig(epochs=5, optimizer=optimizer, batch_size=8, weight_decay=0.01)
    models = [trained(SHARED, config, subsets=SUBSETS, fused=fused) for fused in (False, True)]
    for a, b in zip(*(model.parameters() for model in models), strict=True):
        torch.testing.assert_close(a, b)


def test_the_split_is_kept_once() -> None:
    model = build_mlp(NetworkConfig(widths=(7,)), inputs=4, classes=3, seed=0, members=MEMBERS)
    training = Training(model, SHARED, TrainingConfig(), seed=0, subsets=SUBSETS)
    assert training.examples.inputs.data_ptr() == INPUTS.data_ptr()
    assert training.steps_an_epoch == 1
    assert training.examples.n == SUBSET


@pytest.mark.parametrize(
    ("train", "subsets", "message"),
    [
        ([SHARED] * MEMBERS, SUBSETS, "subsets came with 3 splits; give the one split"),
        (SHARED, SUBSETS[:2], "2 subsets came for 3 members; give one for each"),
        (SHARED, SUBSETS + 30, r"subsets are \[3, 20\] positions that are not all of the 40"),
        (SHARED, SUBSETS[:, :0], r"subsets are \[3, 0\] positions"),
    ],
)
def test_refusals(train: Split | list[Split], subsets: torch.Tensor, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        trained(train, TrainingConfig(epochs=1), subsets=subsets)
