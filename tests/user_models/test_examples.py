"""Inputs and labels of any kind become the same examples, or are refused in one sentence."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from checking import unchecked
from own_models import GPT, Functional, TwoInputs
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from infoplane import InfoplaneError, InformationPlane, plant
from infoplane.user_models.examples import gather

N = 30
DRAW = torch.Generator().manual_seed(0)
ROWS = torch.randn(N, 4, generator=DRAW)
Y = torch.arange(N) % 3
SEEN = torch.where(torch.arange(N) < 9, (Y + 1) % 3, Y)


class Dictionaries(Dataset):
    """As data sets of the hub are: a dictionary an item, with what is no tensor."""

    def __len__(self) -> int:
        return N

    def __getitem__(self, i: int) -> dict[str, Any]:
        return {"x": ROWS[i], "name": "a", "label": int(SEEN[i])}


class Noisy(Dataset):
    """Augmentations that draw from every global generator."""

    def __len__(self) -> int:
        return N

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        noise = torch.rand(4) + random.random() + torch.from_numpy(np.random.rand(4)).float()
        return ROWS[i] + noise, int(Y[i])


class Stream(IterableDataset):
    def __iter__(self) -> Iterator[tuple[torch.Tensor, int]]:
        return iter([(x, int(y)) for x, y in zip(ROWS, Y, strict=True)])


@pytest.mark.parametrize(
    "source",
    [
        TensorDataset(ROWS, SEEN),
        DataLoader(TensorDataset(ROWS, SEEN), batch_size=4, shuffle=True),
        Dictionaries(),
        DataLoader(Dictionaries(), batch_size=4),
    ],
)
def test_a_data_set_holds_the_labels_trained_on(source: Any) -> None:
    train, _, _ = gather(source, Y, None, None, most=100, seed=0)
    assert torch.equal(train.inputs.rows(), ROWS)
    assert torch.equal(train.labels, Y)
    assert train.seen is not None
    assert torch.equal(train.seen, SEEN)
    assert train.wrong == 9
    alone, _, _ = gather(source, None, None, None, most=100, seed=0)
    assert torch.equal(alone.labels, SEEN)
    assert alone.seen is None


def test_a_part_of_a_large_data_set_is_read_with_its_labels() -> None:
    read: list[int] = []

    class Counting(Dictionaries):
        def __getitem__(self, i: int) -> dict[str, Any]:
            read.append(i)
            return super().__getitem__(i)

    train, _, _ = gather(Counting(), Y, SEEN, None, most=7, seed=0)
    assert len(train) == len(read) == 7
    assert train.of == N
    assert torch.equal(train.labels, Y[read])
    assert torch.equal(train.inputs.rows(), ROWS[read])


def test_a_stream_is_read_from_its_beginning() -> None:
    train, _, _ = gather(Stream(), None, None, None, most=5, seed=0)
    assert torch.equal(train.inputs.rows(), ROWS[:5])
    assert train.of is None
    InformationPlane(Functional(), DataLoader(Stream(), batch_size=3)).observe(0)


def test_reading_leaves_all_random_state() -> None:
    model = Functional()
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()
    with unchecked():  # what checks types draws at random itself
        InformationPlane(model, DataLoader(Noisy(), batch_size=4, shuffle=True)).observe(0)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert np.array_equal(np.random.get_state()[1], states[2])


def test_a_dictionary_may_hold_the_labels() -> None:
    train, _, _ = gather({"image": ROWS, "labels": Y}, None, None, None, most=9, seed=0)
    assert torch.equal(train.labels, Y)
    assert list(train.inputs.tensors) == ["image"]


def test_token_ids_are_counted_as_the_input() -> None:
    ids = torch.tensor([[0, 2, 2], [1, 1, 1], [5000, 0, 0]])
    train, _, _ = gather(ids, [0, 1, 0], None, None, most=9, seed=0)
    rows = train.inputs.rows()
    assert rows.shape == (3, 4096)
    assert rows[0, [0, 2]].tolist() == [1, 2]
    assert (rows.sum(dim=1) == 3).all()


def test_copies_are_of_one_group() -> None:
    twice = torch.cat([ROWS, ROWS])
    for inputs in (twice, twice.bfloat16(), {"a": twice, "b": twice[:, :1]}):
        train, _, _ = gather(inputs, torch.cat([Y, Y]), None, None, most=99, seed=0)
        groups = train.inputs.groups()
        assert torch.equal(groups[:N], groups[N:])
        assert len(groups.unique()) == N


def test_of_planted_labels_those_that_were_flipped_are_decoded() -> None:
    planted = plant(Y, rate=0.5, seed=1)
    train, _, _ = gather(ROWS, planted, None, None, most=99, seed=0)
    some = train.balanced(99, 0, 0)
    assert len(some) == some.wrong == 15
    part, _, _ = gather(TensorDataset(ROWS, Y), planted, None, None, most=6, seed=0)
    assert len(part) == part.wrong == 6


WRONG: list[tuple[Any, Any, dict[str, Any], str]] = [
    (ROWS, Y[1:], {}, "train has 30 inputs and 29 labels; give one for each"),
    (ROWS, Y, {"seen_labels": Y[1:]}, "train has 30 inputs and 29 labels"),
    (TensorDataset(ROWS), Y[1:], {}, "train has 30 inputs and 29 labels"),
    (TensorDataset(ROWS), None, {}, "train holds no labels; give labels"),
    (ROWS, None, {}, "train has no labels; give one for each input"),
    (ROWS[:0], Y[:0], {}, "inputs holds no samples"),
    ((), Y, {}, "inputs holds no samples"),
    (TensorDataset(ROWS[:0], Y[:0]), None, {}, "train holds no samples"),
    ("images", Y, {}, "inputs is str, which is no numbers"),
    (["a"] * N, Y, {}, "inputs is list, which is no numbers"),
    ([ROWS[0], ROWS[1][:2]], Y[:2], {}, "inputs holds samples of different shapes; pad them"),
    ([[1.0], [1.0, 2.0]], Y[:2], {}, "inputs holds samples of different shapes; pad them"),
    ((ROWS, ROWS[1:]), Y, {}, r"inputs holds tensors of \[29, 30\] samples"),
    (TensorDataset(ROWS, Y, Y), None, {}, "an item of train is 3 values, and which of them"),
    (ROWS, Y, {"test": ROWS}, "test is Tensor; give"),
    (ROWS, plant(Y, 0.5), {"seen_labels": Y}, "labels are planted ones"),
]


@pytest.mark.parametrize(("inputs", "labels", "options", "message"), WRONG)
def test_wrong_use_is_one_sentence(
    inputs: Any, labels: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InfoplaneError, match=message):
        InformationPlane(Functional(), inputs, labels, **options)


def test_items_that_cannot_be_read_are_named() -> None:
    class Broken(Dictionaries):
        def __getitem__(self, i: int) -> dict[str, Any]:
            raise RuntimeError("no such file")

    class Empty(Dictionaries):
        def __getitem__(self, i: int) -> dict[str, Any]:
            return {"name": "a", "label": 0}

    with pytest.raises(InfoplaneError, match=r"train cannot be read \(RuntimeError: no such file"):
        InformationPlane(Functional(), Broken())
    with pytest.raises(InfoplaneError, match="train holds name, label, and no tensor among them"):
        InformationPlane(Functional(), Empty())


MODELS: list[tuple[Any, Any, dict[str, Any], str]] = [
    ("resnet", ROWS, {}, "model is str; give a torch.nn.Module"),
    (nn.LazyLinear(3), ROWS, {}, "is not made yet"),
    (nn.Linear(5, 3), ROWS, {}, r"the model cannot be run on 3 of the inputs \(0 \[4\] each"),
    (GPT(), ROWS, {}, "the model cannot be run on 3 of the inputs"),
    (TwoInputs(), {"image": ROWS, "size": ROWS}, {}, "inputs has 'size', which the model does not"),
    (Functional(), ROWS, {"output": "logits"}, "output is 'logits', and the model puts out a tens"),
    (Functional(), ROWS, {"output": lambda z: z.sum()}, r"puts out a tensor \[\] for 3 samples"),
    (Functional(), ROWS, {"reduce": "middle"}, "reduce is 'middle'; give one of flatten"),
    (Functional(), ROWS, {"reduce": {"a": 3}}, "reduce is 3; give one of flatten"),
    (Functional(), ROWS, {"memorization": "svm"}, "memorization is 'svm'; give"),
    (Functional(), ROWS, {"estimators": "ksg(k=5)"}, "estimator 'ksg' takes values as y"),
    (Functional(), ROWS, {"estimators": ("rose",)}, "estimator is 'rose'; give one of"),
    (Functional(), ROWS, {"reduce": lambda t: t.sum()}, r"given as reduce returned \[\] for"),
]


@pytest.mark.parametrize(("model", "inputs", "options", "message"), MODELS)
def test_models_that_do_not_fit_are_one_sentence(
    model: Any, inputs: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InfoplaneError, match=message):
        InformationPlane(model, inputs, Y, **options)


def test_looks_are_told_apart() -> None:
    plane = InformationPlane(Functional(), ROWS, Y, bin_width=0.5)
    plane.observe(0)
    plane.observe(0, step=1)
    with pytest.raises(InfoplaneError, match="epoch 0, step 1 was observed before"):
        plane.observe(0, step=1)
    with pytest.raises(InfoplaneError, match="epoch is -1; give a whole number, 0 or more"):
        plane.observe(-1)
