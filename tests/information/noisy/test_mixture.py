"""Drawing from the mixture against quadrature, the bounds, and a dense log-sum-exp."""

from __future__ import annotations

import math

import pytest
import torch
from largest_tensor import LargestTensor

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.noisy import mixture
from infoplane.information.noisy.kde import kde_information
from infoplane.information.noisy.mixture import mixture_entropy, mixture_information

LABELS = torch.arange(300) % 3


def layer(d: int, scale: float = 1.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(d)
    centres = torch.randn(3, d, generator=generator)
    return scale * (centres[LABELS] + torch.randn(300, d, generator=generator) / 3)


@pytest.mark.parametrize(
    ("distance", "exact"),  # in σ, nats, estimators.md §2
    [(0.5, 0.0303113), (1, 0.1114215), (2, 0.3368308), (4, 0.6327202), (8, 0.6930536)],
)
def test_two_centres(distance: float, exact: float) -> None:
    t = torch.tensor([[0.0], [0.1 * distance]]).repeat(500, 1)
    y = torch.arange(1000) % 2
    found = mixture_information(t, y, noise_variance=0.01, draws=20)
    for estimate in (found.x, found.y):
        error = 4 * estimate.drawing_error
        assert estimate.bits * math.log(2) == pytest.approx(exact, abs=error)
        assert estimate.drawing_error < 0.01
    assert found.x_given_y.bits == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("d", [2, 40])
@pytest.mark.parametrize("variance", [1e-3, 0.1, 3.0])
def test_lies_between_the_bounds(d: int, variance: float) -> None:
    t = layer(d)
    lower, upper = kde_information(t, LABELS, noise_variance=variance)
    found = mixture_information(t, LABELS, noise_variance=variance)
    for name in ("entropy", "x", "x_given_y"):
        low, got, high = (getattr(m, name) for m in (lower, found, upper))
        slack = 4 * got.drawing_error + 1e-3
        assert low.bits - slack <= got.bits <= high.bits + slack
        assert got.ceiling == pytest.approx(high.ceiling)
    assert found.y.bits <= found.y.ceiling + 4 * found.y.drawing_error + 1e-9


def test_drawing_error_is_the_spread_over_seeds() -> None:
    t = layer(3)
    found = [mixture_information(t, LABELS, seed=s).x for s in range(60)]
    spread = torch.tensor([f.bits for f in found]).std()
    assert float(spread) == pytest.approx(found[0].drawing_error, rel=0.35)


def test_equal_samples_are_one_gaussian_and_far_ones_tell_all() -> None:
    equal = torch.full((300, 5), 0.1)
    gaussian = 5 / 2 * math.log2(2 * math.pi * math.e * 0.1)
    assert mixture_entropy(equal) == pytest.approx(gaussian, abs=1e-9)
    found = mixture_information(torch.arange(300.0)[:, None] * 20, LABELS)
    assert found.x.bits == pytest.approx(math.log2(300), abs=1e-6)
    assert found.y.bits == pytest.approx(math.log2(3), abs=1e-6)
    assert found.x_given_y.bits == pytest.approx(math.log2(100), abs=1e-6)
    assert (found.x.n, found.x.resolution) == (300, "σ² = 0.1")


def test_linear_gaussian_layer() -> None:
    """Of inputs drawn from N(0, s²), T̃ has I = ½ log(1 + s²/σ²) as samples grow."""
    t = torch.randn(4000, 1, generator=torch.Generator().manual_seed(0)) * 2
    found = mixture_information(t, torch.zeros(4000, dtype=torch.int64), noise_variance=1.0)
    assert found.x.bits == pytest.approx(0.5 * math.log2(5), abs=0.03)


def test_seeded_silent_and_without_traces() -> None:
    t = layer(4)
    kept, state = t.clone(), torch.get_rng_state()
    first = mixture_information(t, LABELS, seed=1)
    assert first == mixture_information(t, LABELS, seed=1)
    assert first.x.bits != mixture_information(t, LABELS, seed=2).x.bits
    assert torch.equal(t, kept)
    assert torch.equal(torch.get_rng_state(), state)


def test_rows_at_once_change_no_more_than_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    before = mixture_information(layer(4), LABELS)
    monkeypatch.setattr(mixture, "ROWS", 7)
    after = mixture_information(layer(4), LABELS)
    assert after.x.bits == pytest.approx(before.x.bits, abs=6 * before.x.drawing_error)


def test_many_classes_take_no_more_than_the_rows_at_once() -> None:
    """Nothing that is samples × classes; and a draw belongs to its sample, whatever its class."""
    t = layer(3).repeat(3, 1) + torch.randn(900, 3, generator=torch.Generator().manual_seed(0))
    y = torch.randperm(900, generator=torch.Generator().manual_seed(0)) // 2
    with LargestTensor() as largest:
        found = mixture_information(t, y)
    assert largest.values == 900 * mixture.ROWS
    assert found.x.bits == pytest.approx(mixture_information(t, 449 - y).x.bits, abs=1e-12)
    assert found.y.bits == pytest.approx(mixture_information(t, 449 - y).y.bits, abs=1e-12)
    assert found.x_given_y.ceiling == pytest.approx(1)
    assert found.y.ceiling == pytest.approx(math.log2(450))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t, y: mixture_information(t, y[:-1]), "t has 20 samples and y has 19"),
        (lambda t, y: mixture_information(t[:0], y[:0]), r"t has shape \[0, 3\]"),
        (lambda t, y: mixture_information(t, y, noise_variance=-1), "noise_variance is -1"),
        (lambda t, y: mixture_information(t, y, draws=1), "draws is 1; give 2 or more"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call(torch.randn(20, 3), torch.arange(20) % 4)


def test_refuses_values_that_are_not_finite() -> None:
    with pytest.raises(NonFiniteError, match="t has values that are NaN"):
        mixture_entropy(torch.full((9, 2), math.inf))


def test_saturated_where_all_samples_are_apart() -> None:
    t, y = 100 * torch.arange(60.0)[:, None], torch.arange(60) % 2
    apart = mixture_information(t, y, noise_variance=0.1)
    assert apart.x.saturated
    assert apart.y.saturated
    assert not mixture_information(t / 1000, y, noise_variance=0.1).y.saturated
