"""The KDE bounds against the dense form in float64 and the exact two-centre mixture."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from largest_tensor import LargestTensor

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.noisy import kde
from infoplane.information.noisy.kde import kde_information

TWO_CENTRES = [  # distance in σ, lower, exact, upper (nats), estimators.md §2
    (0.5, 0.0155029, 0.0303113, 0.0605481),
    (1, 0.0605481, 0.1114215, 0.2190702),
    (2, 0.2190702, 0.3368308, 0.5662192),
    (4, 0.5662192, 0.6327202, 0.6928118),
    (8, 0.6928118, 0.6930536, 0.6931472),
]


def layer(n: int, d: int, seed: int, scale: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(3, (n,), generator=generator)
    centres = torch.randn(3, d, generator=generator)
    return scale * (centres[y] + torch.randn(n, d, generator=generator) / 3), y


def dense(t: torch.Tensor, variance: float, c: int) -> float:
    """I(X;T̃) of samples in bits, from all differences."""
    t = t.double()
    squared = (t[:, None] - t[None]).square().sum(dim=2)
    logs = torch.logsumexp(-squared / (c * variance), dim=1) - math.log(len(t))
    return -float(logs.mean()) / math.log(2)


@given(st.integers(0, 1000), st.sampled_from([1e-3, 0.1, 10.0]), st.sampled_from([1.0, 30.0]))
@settings(deadline=None, max_examples=25)
def test_equals_the_dense_form(seed: int, variance: float, scale: float) -> None:
    t, y = layer(90, 5, seed, scale)
    for c, got in zip((8, 2), kde_information(t, y, noise_variance=variance), strict=True):
        x = dense(t, variance, c)
        parts = [
            (y == label).double().mean() * dense(t[y == label], variance, c) for label in y.unique()
        ]
        given_y = float(sum(parts))
        noise = 5 / 2 * math.log2(2 * math.pi * math.e * variance)
        assert got.x.bits == pytest.approx(x, abs=1e-3)
        assert got.x_given_y.bits == pytest.approx(given_y, abs=1e-3)
        assert got.y.bits == pytest.approx(x - given_y, abs=1e-3)
        assert got.entropy.bits == pytest.approx(x + noise, abs=1e-3)
        assert got.x.bits <= got.x.ceiling + 1e-6


@pytest.mark.parametrize(("distance", "lower", "exact", "upper"), TWO_CENTRES)
def test_two_centres(distance: float, lower: float, exact: float, upper: float) -> None:
    t = torch.tensor([[0.0, 0.3], [0.1 * distance, 0.3]], dtype=torch.float64)
    found = kde_information(t, torch.zeros(2, dtype=torch.int64), noise_variance=0.01)
    nats = [bound.x.bits * math.log(2) for bound in found]
    assert nats == pytest.approx([lower, upper], abs=1e-6)
    assert nats[0] < exact < nats[1]
    half = kde_information(t / 2, torch.zeros(2, dtype=torch.int64), noise_variance=0.01)[1]
    assert half.x.bits == pytest.approx(found[0].x.bits, abs=1e-6)


def test_equal_samples_say_nothing_and_far_ones_all() -> None:
    y = torch.arange(200) % 4
    for bound in kde_information(torch.full((200, 7), 0.1), y):
        assert bound.x.bits == pytest.approx(0, abs=1e-6)
        assert bound.y.bits == pytest.approx(0, abs=1e-6)
    far = torch.arange(200.0)[:, None] * 1000
    for bound in kde_information(far, y):
        assert bound.x.bits == pytest.approx(math.log2(200), abs=1e-6)
        assert bound.x.saturated
        assert bound.y.bits == pytest.approx(2, abs=1e-6)
        assert bound.y.ceiling == pytest.approx(2)
        assert bound.x_given_y.bits == pytest.approx(math.log2(50), abs=1e-6)
        assert bound.x_given_y.saturated


def test_a_layer_large_against_the_noise_is_measured_in_float64() -> None:
    """Close pairs at 1,000 σ from the centre: float32 would not see them apart."""
    generator = torch.Generator().manual_seed(0)
    t = torch.randn(50, 30, generator=generator, dtype=torch.float64).repeat(2, 1) * 10
    t[50:] += 0.002 * torch.randn(50, 30, generator=generator, dtype=torch.float64)
    for c, got in zip(
        (8, 2), kde_information(t, torch.arange(100) % 2, noise_variance=1e-4), strict=True
    ):
        assert got.x.bits == pytest.approx(dense(t, 1e-4, c), abs=1e-4)


def test_relative_noise_grows_with_the_layer() -> None:
    t, y = layer(200, 6, 0)
    before = kde_information(t, y, relative=True)[1]
    after = kde_information(t * 50 + 3, y, relative=True)[1]
    assert after.x.bits == pytest.approx(before.x.bits, abs=1e-3)
    assert before.x.resolution == "σ² = 0.1 × variance of the layer"
    variance = float(t.double().var(dim=0, correction=0).mean())
    absolute = kde_information(t, y, noise_variance=0.1 * variance)[1]
    assert absolute.x.bits == pytest.approx(before.x.bits, abs=1e-6)
    assert (absolute.x.estimator, absolute.x.n) == ("KDE upper bound", 200)


def test_invariant_to_order_names_rotation_and_place() -> None:
    t, y = layer(150, 8, 0)
    kept, generator = t.clone(), torch.Generator().manual_seed(0)
    before = kde_information(t, y)
    assert torch.equal(t, kept)
    order = torch.randperm(150, generator=generator)
    rotation = torch.linalg.qr(torch.randn(8, 8, generator=generator))[0]
    after = kde_information(t[order] @ rotation + 2, torch.tensor([5, -1, 3])[y[order]])
    for a, b in zip(before, after, strict=True):
        assert [e.bits for e in a] == pytest.approx([e.bits for e in b], abs=1e-4)


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    t, y = layer(130, 8, 0)
    before = kde_information(t, y)
    monkeypatch.setattr(kde, "BLOCK", 49)
    for a, b in zip(before, kde_information(t, y), strict=True):
        assert [e.bits for e in a] == pytest.approx([e.bits for e in b], abs=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t, y: kde_information(t, y[:-1]), "t has 20 samples and y has 19"),
        (lambda t, y: kde_information(t[:0], y[:0]), r"t has shape \[0, 3\]"),
        (lambda t, y: kde_information(t, y / 2), r"y is float32 of shape \[20\]; give whole"),
        (lambda t, y: kde_information(t, y, noise_variance=0), "noise_variance is 0; give a"),
        (lambda t, y: kde_information(t, y, noise_variance=math.nan), "noise_variance is nan"),
        (lambda t, y: kde_information(t * 0, y, relative=True), "t is constant, .* absolute"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call(torch.randn(20, 3), torch.arange(20) % 4)


def test_refuses_values_that_are_not_finite() -> None:
    with pytest.raises(NonFiniteError, match="t has values that are NaN"):
        kde_information(torch.full((9, 2), math.nan), torch.zeros(9, dtype=torch.int64))


def test_what_is_saturated_knows_the_labels_by_chance() -> None:
    t, y = 100 * torch.arange(60.0)[:, None], torch.arange(60) % 2
    for bound in kde_information(t, y, noise_variance=0.1):
        assert bound.y.saturated
        assert bound.y.bits == pytest.approx(1)
    for bound in kde_information(t / 1000, y, noise_variance=0.1):
        assert not bound.y.saturated
        assert not bound.x_given_y.saturated


def test_many_classes_take_no_more_than_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is samples × classes: no tensor is larger than a block, or than t."""
    monkeypatch.setattr(kde, "BLOCK", 64**2)
    t, _ = layer(900, 3, 0)
    y = torch.randperm(900, generator=torch.Generator().manual_seed(0)) // 2
    with LargestTensor() as largest:
        found = kde_information(t, y)
    assert largest.values == 64**2
    for c, got in zip((8, 2), found, strict=True):
        pairs = sum(dense(t[y == label], 0.1, c) for label in range(450)) / 450
        assert got.x.bits == pytest.approx(dense(t, 0.1, c), abs=1e-3)
        assert got.x_given_y.bits == pytest.approx(pairs, abs=1e-3)
