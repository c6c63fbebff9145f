"""No value is handed out quietly that cannot be right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import ABOVE_CEILING, BELOW_ZERO, HIGH_NULL, Estimate
from infoplane.information.core.flags import (
    COPIES,
    DIMENSIONS,
    GROWING,
    SCALE,
    SMALL_CLASSES,
    of_samples,
    with_flags,
)
from infoplane.information.core.samples import has_atoms
from infoplane.information.gaussian.normality import NOT_NORMAL, not_normal
from infoplane.information.mutual_information import mutual_information
from infoplane.information.neural import trained as neural
from infoplane.information.registry import ESTIMATORS, NAMES

N = 400
DRAW = torch.Generator().manual_seed(0)
T = torch.randn(N, 2, generator=DRAW)
Y = torch.arange(N) % 2


def flagged(estimate: Estimate, t: torch.Tensor, y: torch.Tensor) -> Estimate:
    return with_flags(estimate, of_samples(t, y))


def of(bits: float, error: float = float("nan")) -> Estimate:
    return Estimate(bits, 1.0, N, "", "", standard_error=error)


@pytest.mark.parametrize(
    ("bits", "error", "flags"),
    [
        (0.5, 0.1, ()),
        (-0.05, float("nan"), ()),
        (-0.2, float("nan"), (BELOW_ZERO,)),
        (-0.2, 0.1, ()),  # within its error
        (-4.3, 0.1, (BELOW_ZERO,)),
        (1.05, float("nan"), ()),
        (1.5, 0.01, (ABOVE_CEILING,)),
    ],
)
def test_values_that_no_information_has(bits: float, error: float, flags: tuple[str, ...]) -> None:
    assert of(bits, error).flags == flags
    assert flagged(of(bits, error), T, Y).flags == flags


def test_copies_are_seen_and_codes_are_not() -> None:
    four = T[: N // 4].repeat(4, 1), Y[: N // 4].repeat(4)
    assert flagged(of(0.5), *four).flags == (COPIES,)
    few = T.sign(), Y  # a code of four words repeats by right
    assert flagged(of(0.5), *few).flags == ()
    assert COPIES in mutual_information(*four, "ross", permutations=0).flags


def test_widths_that_see_nothing_or_all() -> None:
    for scale, flags in ((1e-6, (SCALE,)), (1.0, ()), (1e6, (SCALE,))):
        found = mutual_information(T * scale, Y, "kde-upper(noise_variance=0.01)", permutations=0)
        assert tuple(flag for flag in found.flags if flag == SCALE) == flags


@pytest.mark.parametrize(("scales", "raised"), [((1, 1, 1e9), False), ((1e9, 1e9, 1), True)])
def test_a_width_is_held_against_the_usual_unit(scales: tuple[float, ...], raised: bool) -> None:
    """One unit that is much larger, as of an outlying feature, does not decide."""
    t = torch.randn(N, 3, generator=torch.Generator().manual_seed(1)) * torch.tensor(scales)
    assert of_samples(t, Y, 0.5)[SCALE] == raised


def test_a_critic_that_diverged_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neural, "DIVERGED", 0.5)  # what is nothing would then be too little
    with pytest.raises(InfoplaneError, match="give fewer steps, a lower learning_rate"):
        neural.neural_information(T, Y, bound="nwj", steps=20, hidden=8)


def test_infonce_near_its_ceiling_is_saturated() -> None:
    t = torch.randn(600, 8, generator=DRAW)
    found = neural.neural_information(t, t, bound="infonce", batch=8, steps=500, hidden=64)
    assert found.bits > found.ceiling - 0.3
    assert found.saturated


def test_a_null_that_holds_much_is_told_and_taken_back() -> None:
    high = replace(of(0.5), null_mean=0.2)
    assert high.flags == (HIGH_NULL,)
    assert replace(high, null_mean=0.05).flags == ()


def test_rows_of_small_whole_numbers_are_told_apart() -> None:
    patterns = (torch.arange(4096)[:, None] >> torch.arange(12)) & 1
    assert not has_atoms(patterns.double())
    assert has_atoms(patterns.double().repeat(2, 1))


def test_neighbours_in_many_dimensions_and_in_small_classes() -> None:
    wide = torch.randn(N, 30, generator=DRAW)
    flags = mutual_information(wide, Y, "ross", permutations=0).flags
    assert flags == (DIMENSIONS,)
    few = mutual_information(wide, Y, "ross(components=2)", permutations=0).flags
    assert few == ()
    small = torch.arange(N) % (N // 6)
    assert SMALL_CLASSES in mutual_information(T, small, "ross", permutations=0).flags
    enough = mutual_information(T, small, "ross(k=1)", permutations=0).flags
    assert SMALL_CLASSES not in enough


def test_what_more_samples_would_raise_is_growing() -> None:
    t = torch.randn(2000, 4, generator=DRAW)
    y = t + 0.05 * torch.randn(2000, 4, generator=DRAW)
    assert GROWING in mutual_information(t, y, "ksg", permutations=0).flags
    noise = torch.randn(2000, 4, generator=DRAW)
    assert mutual_information(t, noise, "ksg", permutations=0).flags == ()


@pytest.mark.parametrize("name", ["gaussian", "gaussian-copula"])
def test_gaussian_information_of_what_is_not_normal(name: str) -> None:
    t = torch.randn(2000, 3, generator=DRAW)
    y = t + torch.randn(2000, 3, generator=DRAW)
    assert mutual_information(t, y, name, permutations=0).flags == ()
    ring = torch.stack([(9 * t[:, 0]).sin(), (9 * t[:, 0]).cos()], dim=1)
    assert NOT_NORMAL in mutual_information(ring, y, name, permutations=0).flags
    labels = (t[:, 0] > 0).long()
    assert NOT_NORMAL in mutual_information(ring, labels, name, permutations=0).flags


def test_labels_are_of_normal_values_where_both_are_normal() -> None:
    """Two classes far apart are normal each and not together; two halves of one the reverse."""
    t, y = torch.randn(4000, 1, generator=DRAW), torch.arange(4000) % 2
    assert not not_normal(t, y)[NOT_NORMAL]
    assert not_normal(t + 6.0 * y[:, None], y)[NOT_NORMAL]
    assert not_normal(t, (t[:, 0] > 0).long())[NOT_NORMAL]


def test_the_documentation_has_every_estimator_and_flag() -> None:
    text = (Path(__file__).parents[3] / "docs" / "choose" / "flags.md").read_text()
    for name in NAMES:
        assert f"| `{name}` |" in text
        assert (ESTIMATORS[name].bias or "nothing, with enough samples") in text
    for flag in (BELOW_ZERO, ABOVE_CEILING, HIGH_NULL, COPIES, SCALE, DIMENSIONS, SMALL_CLASSES,
                 GROWING, NOT_NORMAL):  # fmt: skip
        assert f"| {flag} |" in text
