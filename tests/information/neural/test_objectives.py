"""What chooses among the states of a network: the bound it is scored by, or else its loss."""

from __future__ import annotations

import math

import pytest
import torch

from infoplane import seeds
from infoplane.information.neural.bounds import BOUNDS
from infoplane.information.neural.critics import make_critic
from infoplane.information.neural.objectives import Pairs, ShiftedPairs

GENERATOR = torch.Generator().manual_seed(0)
PAIRS = Pairs(torch.randn(40, 2, generator=GENERATOR), torch.randn(40, 1, generator=GENERATOR))


@pytest.mark.parametrize("bound", [bound for bound in BOUNDS if bound != "infonce"])
def test_a_bound_is_chosen_by_its_value_and_smile_by_its_loss(bound: str) -> None:
    """SMILE's value is no bound: the state of the highest would be that of the most wrong."""
    generator = seeds.generator(0, "weights")
    critic = make_critic("joint", 2, 1, hidden=8, generator=generator)
    objective = ShiftedPairs(critic, bound, tau=5.0, seed=0)
    with torch.no_grad():
        found, value = objective.validation_loss(PAIRS), objective.value(PAIRS)[0]
        loss = float(objective.loss(PAIRS))
    assert math.isfinite(value)
    assert found == pytest.approx(loss if bound == "smile" else -value)
    assert loss != pytest.approx(-value)
