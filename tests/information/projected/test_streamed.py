"""Streamed soft entropy: against whole samples, shuffled labels, and the published package."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.projected.soft_entropy import soft_entropy, soft_information
from infoplane.information.projected.streamed import SoftInformation, StreamedSoftEntropy


def streamed(
    layers: dict[str, torch.Tensor], labels: dict[str, torch.Tensor], *, batch: int = 64, **options
) -> dict[tuple[str, str], SoftInformation]:
    """Return what comes out when the samples come in batches."""
    units = {name: rows.shape[1] for name, rows in layers.items()}
    accumulator = StreamedSoftEntropy(labels, units, **options)
    for start in range(0, len(next(iter(layers.values()))), batch):
        accumulator.update({name: rows[start : start + batch] for name, rows in layers.items()})
    return accumulator.results()


def zipf(n: int, *, vocabulary: int = 300, order: int = 3) -> dict[str, torch.Tensor]:
    """Return the last one to three tokens of a random text in which few are common."""
    draw = torch.Generator().manual_seed(0)
    p = 1 / torch.arange(1, vocabulary + 1).double()
    tokens = torch.multinomial(p, n + order, replacement=True, generator=draw)
    labels, code = {}, torch.zeros(n, dtype=torch.int64)
    for k in range(order):
        code = code * vocabulary + tokens[order - k : order - k + n]
        labels[str(k + 1)] = code
    return labels


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 80), st.integers(2, 9), st.integers(1, 30), st.integers(0, 99))
def test_equals_the_estimate_of_the_whole_sample(n: int, d: int, classes: int, seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    t, y = torch.randn(n, d, generator=draw), torch.randint(classes, (n,), generator=draw)
    told = streamed({"t": t}, {"y": y, "own": torch.arange(n)}, batch=7, references=20, seed=seed)
    whole = soft_information(t, y, references=20, seed=seed)
    assert told["t", "y"].whole.bits == pytest.approx(whole.bits, abs=1e-5)
    assert told["t", "y"].whole.ceiling == pytest.approx(whole.ceiling)
    assert told["t", "y"].whole.resolution == whole.resolution
    assert told["t", "own"].once == 1
    assert told["t", "own"].shared.bits == 0
    each = soft_information(t, torch.arange(n), references=20, seed=seed)
    assert told["t", "own"].whole.bits == pytest.approx(each.bits, abs=1e-5)


def test_entropy_is_that_of_all_samples() -> None:
    t = torch.randn(50, 4, generator=torch.manual_seed(1))
    accumulator = StreamedSoftEntropy({"y": torch.zeros(50, dtype=torch.int64)}, {"t": 4})
    accumulator.update({"t": t[:30]})
    assert accumulator.entropies()["t"] == pytest.approx(soft_entropy(t[:30]), abs=1e-6)


def test_the_null_is_that_of_shuffled_labels() -> None:
    """At the counts of a text: one token is in every tenth place, most triples occur once."""
    n = 3000
    t = torch.randn(n, 12, generator=torch.manual_seed(2)) * torch.linspace(0.2, 2, 12)
    labels, draw = zipf(n), torch.Generator().manual_seed(3)
    told = streamed({"t": t}, labels, batch=500)
    shuffles = [torch.randperm(n, generator=draw) for _ in range(40)]
    again = [
        streamed({"t": t}, {k: y[order] for k, y in labels.items()}, batch=n) for order in shuffles
    ]
    for name in labels:
        for part in ("whole", "shared"):
            of_null = np.array([getattr(each["t", name], part).bits for each in again])
            estimate = getattr(told["t", name], part)
            error = of_null.std() / math.sqrt(len(of_null)) + 0.001
            assert estimate.null_mean == pytest.approx(of_null.mean(), abs=4 * error)
            assert 0.5 < estimate.null_std / of_null.std() < 2


def test_what_knows_nothing_is_inside_its_null_and_what_knows_is_not() -> None:
    n, draw = 4000, torch.Generator().manual_seed(4)
    labels = zipf(n)
    noise = torch.randn(n, 24, generator=draw)
    code = torch.randn(300, 24, generator=draw)[labels["1"]] + noise
    told = streamed({"noise": noise, "code": code}, labels)
    for name in labels:
        assert told["noise", name].whole.bits > 0.2, "the instrument alone shows so much"
        assert abs(told["noise", name].whole.above_null) < 0.02
        assert told["noise", name].whole.p_value > 0.001
    assert told["code", "1"].whole.above_null > 0.5
    assert told["code", "1"].whole.p_value < 1e-6
    above = told["code", "3"]
    assert above.whole.above_null == pytest.approx(above.shared.above_null, abs=0.05)


def test_more_samples_than_the_null_is_drawn_from(monkeypatch: pytest.MonkeyPatch) -> None:
    n = 4000
    t = torch.randn(n, 8, generator=torch.manual_seed(5))
    labels = zipf(n, vocabulary=4)
    whole = streamed({"t": t}, labels)
    monkeypatch.setattr("infoplane.information.projected.streamed.KEPT", 500)
    few = streamed({"t": t}, labels)
    for name in labels:
        estimate, of_few = whole["t", name].whole, few["t", name].whole
        assert of_few.bits == estimate.bits
        assert of_few.null_mean == pytest.approx(estimate.null_mean, rel=0.3, abs=0.003)


def test_agrees_with_the_published_package() -> None:
    package = pytest.importorskip("soft_entropy.accumulator", reason="no soft-entropy")
    n, d = 400, 32
    t = torch.randn(n, d, generator=torch.manual_seed(6))
    labels = zipf(n)
    published = package.SoftEntropyAccumulator(d, backend="torch")
    for start in range(0, n, 100):
        rows = slice(start, start + 100)
        published.update(t[rows], {name: y[rows] for name, y in labels.items()})
    directions = {"t": published.w.cpu()}
    options = {"temperature": published.temp, "directions": directions}
    told = streamed({"t": t}, labels, batch=100, **options)
    for name, efficiency in published.mutual_information().items():
        assert told["t", name].whole.bits / math.log2(100) == pytest.approx(efficiency, abs=1e-6)


ONES = torch.ones(4, dtype=torch.int64)


@pytest.mark.parametrize(
    ("labels", "batches", "message"),
    [
        ({}, [], "there are no labels or no layers"),
        (
            {"y": ONES.float()},
            [],
            r"labels 'y' have shape \[4\] and type torch.float32; give whole",
        ),
        ({"y": ONES[:, None]}, [], r"shape \[4, 1\]"),
        ({"y": ONES, "z": ONES[:2]}, [], "give as many of each"),
        ({"y": ONES}, [{"other": torch.ones(4, 3)}], "activations of other came; give those of t"),
        ({"y": ONES}, [{"t": torch.ones(5, 3)}], r"\[5\] samples came after 0 of 4"),
        ({"y": ONES}, [{"t": torch.ones(4, 2)}], "a layer of 3 units came with 2"),
        ({"y": ONES}, [{"t": torch.ones(2, 3)}], "2 of 4 samples have come"),
    ],
)
def test_refusals(labels: dict, batches: list, message: str) -> None:
    def all_of_it() -> None:
        accumulator = StreamedSoftEntropy(labels, {"t": 3})
        for batch in batches:
            accumulator.update(batch)
        accumulator.results()

    with pytest.raises(InfoplaneError, match=message):
        all_of_it()


def test_what_is_not_finite_is_refused() -> None:
    accumulator = StreamedSoftEntropy({"y": ONES}, {"t": 3})
    with pytest.raises(NonFiniteError):
        accumulator.update({"t": torch.full((4, 3), math.nan)})
