"""No value is handed out quietly that cannot be right."""

from __future__ import annotations

import pytest
import torch

from infoplane.errors import InfoplaneError
from infoplane.information import neural
from infoplane.information.door import mutual_information
from infoplane.information.estimate import Estimate
from infoplane.information.flags import ABOVE_CEILING, BELOW_ZERO, COPIES, SCALE, flagged

N = 400
DRAW = torch.Generator().manual_seed(0)
T = torch.randn(N, 2, generator=DRAW)
Y = torch.arange(N) % 2


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
    assert flagged(of(bits, error), T, Y).flags == flags


def test_copies_are_seen_and_codes_are_not() -> None:
    four = T[: N // 4].repeat(4, 1), Y[: N // 4].repeat(4)
    assert flagged(of(0.5), *four).flags == (COPIES,)
    few = T.sign(), Y  # a code of four words repeats by right
    assert flagged(of(0.5), *few).flags == ()
    assert COPIES in mutual_information(*four, estimator="ross", permutations=0).flags


def test_widths_that_see_nothing_or_all() -> None:
    for scale, flags in ((1e-6, (SCALE,)), (1.0, ()), (1e6, (SCALE,))):
        found = mutual_information(
            T * scale, Y, estimator="kde-upper", noise_variance=0.01, permutations=0
        )
        assert tuple(flag for flag in found.flags if flag == SCALE) == flags


def test_a_critic_that_diverged_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neural, "DIVERGED", 0.5)  # what is nothing would then be too little
    with pytest.raises(InfoplaneError, match="give fewer steps, a lower learning_rate"):
        neural.neural_information(T, Y, bound="nwj", steps=20, hidden=8)


def test_infonce_near_its_ceiling_is_saturated() -> None:
    t = torch.randn(600, 8, generator=DRAW)
    found = neural.neural_information(t, t, bound="infonce", batch=8, steps=500, hidden=64)
    assert found.bits > found.ceiling - 0.3
    assert found.saturated
