"""Decoders against labels whose information is known."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import one_hot

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information import decoders
from infoplane.information.usable import DECODERS, usable_information

N = 1000
GENERATOR = torch.Generator().manual_seed(0)
Y = torch.arange(N) % 5
SEEN = torch.where(torch.rand(N, generator=GENERATOR) < 0.5, Y.roll(3), Y)
NOISE = torch.randn(N, 6, generator=GENERATOR)


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_layer_that_is_the_label_says_all_of_it(decoder: str) -> None:
    t = one_hot(Y, 5).float()
    estimate = usable_information(t, Y, decoder=decoder)
    assert estimate.ceiling == pytest.approx(math.log2(5))
    assert estimate.bits == pytest.approx(math.log2(5), abs=0.03)
    assert estimate.estimator == decoder


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("given", [None, Y])
def test_noise_says_nothing(decoder: str, given: torch.Tensor | None) -> None:
    estimate = usable_information(NOISE, SEEN, given=given, decoder=decoder)
    assert estimate.bits == pytest.approx(0, abs=0.05)
    assert estimate.bits < 3 * estimate.standard_error


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("error", [0.0, 0.1, 0.3])
def test_planted_information(decoder: str, error: float) -> None:
    """A binary label flipped with chance e leaves 1 - H(e) bits."""
    generator = torch.Generator().manual_seed(1)
    n = 4000
    truth = torch.arange(n) % 2
    heard = torch.where(torch.rand(n, generator=generator) < error, 1 - truth, truth)
    t = one_hot(heard, 2).float() + 0.05 * torch.randn(n, 2, generator=generator)
    binary = [-p * math.log2(p) for p in (error, 1 - error) if p > 0]
    estimate = usable_information(t, truth, decoder=decoder)
    assert estimate.bits == pytest.approx(1 - sum(binary), abs=3 * estimate.standard_error + 0.03)


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=10)
def test_rotations_order_and_names_do_not_matter(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    t = (one_hot(SEEN, 5) + 0.5 * torch.randn(N, 5, generator=generator)).double()
    before = usable_information(t, SEEN, given=Y, seed=seed).bits
    rotation = torch.linalg.qr(torch.randn(5, 5, generator=generator).double())[0]
    assert usable_information(t @ rotation, SEEN, given=Y, seed=seed).bits == pytest.approx(
        before, abs=1e-9
    )
    names = torch.tensor([7, 3, 40, 1, 12])  # another order of the classes deals other folds
    renamed = usable_information(t, names[SEEN], given=names[Y], seed=seed).bits
    order = torch.randperm(N, generator=generator)
    reordered = usable_information(t[order], SEEN[order], given=Y[order], seed=seed).bits
    assert renamed == pytest.approx(before, abs=0.1)
    assert reordered == pytest.approx(before, abs=0.1)


def test_neighbours_are_the_nearest_and_never_oneself() -> None:
    t = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(200) % 4
    samples = decoders.Samples(t, labels, labels * 0)
    hits = decoders._hits(samples, samples, 7, leave_one_out=True)
    distances = torch.cdist(t.double(), t.double()).fill_diagonal_(math.inf)
    nearest = distances.argsort(dim=1)[:, :7]
    expected = (labels[nearest] == labels[:, None]).cumsum(dim=1)
    assert torch.equal(hits, expected.double())


def test_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    before = usable_information(NOISE, SEEN, given=Y)
    monkeypatch.setattr(decoders, "CHUNK", 13)
    assert usable_information(NOISE, SEEN, given=Y).bits == pytest.approx(before.bits, abs=1e-9)


@pytest.mark.parametrize("decoder", DECODERS)
def test_small_and_strange_labels_have_defined_values(decoder: str) -> None:
    """One class, a class of one example, a given class that only the scored fold has."""
    constant = usable_information(NOISE[:20], Y[:20] * 0, decoder=decoder)
    assert constant.bits == pytest.approx(0, abs=1e-9)
    lonely = torch.zeros(20, dtype=torch.int64)
    lonely[0] = 1
    for y, z in ((lonely, None), (Y[:20], lonely), (lonely, lonely)):
        estimate = usable_information(NOISE[:20], y, given=z, decoder=decoder)
        assert math.isfinite(estimate.bits)
        assert estimate.bits <= estimate.ceiling + 1e-9
    assert math.isfinite(usable_information(NOISE[:2], Y[:2], decoder=decoder).bits)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: usable_information(NOISE, Y[1:]), r"differ in length: \[1000, 999\]"),
        (lambda: usable_information(NOISE, Y, folds=1), "1 folds of 1000 samples"),
        (lambda: usable_information(NOISE[:1], Y[:1]), "2 folds of 1 samples"),
        (lambda: usable_information(NOISE, Y, k=0), "k is 0; give 1 or more"),
        (lambda: usable_information(NOISE, Y, decoder="oracle"), "give one of: k-NN decoder"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call()
    with pytest.raises(NonFiniteError, match="activations are NaN or infinite"):
        usable_information(NOISE / 0, Y)
