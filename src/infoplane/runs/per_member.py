"""Where the members of a run differ by more than their seeds: readable without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from infoplane.errors import InfoplaneError
from infoplane.settings import check_settings


@dataclass(frozen=True)
class EachConfig:
    """What each member of a run has of its own, besides its initialisation and batch order."""

    own_data: bool = False
    """Whether each member draws its own subset of the data and its own label noise, from a seed of
    its own (the first member: from the seed of the run)."""
    rates: tuple[float, ...] = ()
    """Label noise of each member, instead of data.rate; the kind is data.labels. On shared data,
    labels resampled, flipped or paired at one rate are so, and alike, at every higher one."""
    learning_rates: tuple[float, ...] = ()
    """Learning rate of each member at epoch 0, instead of training.learning-rate."""
    weight_decays: tuple[float, ...] = ()
    """Weight decay of each member, instead of training.weight-decay."""

    def __post_init__(self) -> None:
        check_settings(self)
        if not all(0 <= rate <= 1 for rate in self.rates):
            raise InfoplaneError(f"each.rates is {self.rates}; give chances between 0 and 1.")
        if not all(0 < rate < math.inf for rate in self.learning_rates):
            raise InfoplaneError(
                f"each.learning_rates is {self.learning_rates}; give finite ones above 0."
            )
        if not all(0 <= decay < math.inf for decay in self.weight_decays):
            raise InfoplaneError(
                f"each.weight_decays is {self.weight_decays}; give finite ones of 0 or more."
            )

    @property
    def differs_in_data(self) -> bool:
        """Whether members see data or labels of their own."""
        return self.own_data or bool(self.rates)

    def check(self, *, members: int, labels: str) -> None:
        """Refuse lists that are not of as many values as members, and rates of labels without.

        Raises:
            InfoplaneError: naming the list, its length and the number of members.
        """
        for name in ("rates", "learning_rates", "weight_decays"):
            values = getattr(self, name)
            if len(values) not in (0, members):
                raise InfoplaneError(
                    f"each.{name} holds {len(values)} values for {members} members; give one for "
                    "each, or set members."
                )
        if self.rates and labels in ("true", "matrix"):
            raise InfoplaneError(
                f"each.rates is {self.rates}, but data.labels is {labels!r}, which knows no rate; "
                "give data.labels resampled, flipped, permuted or paired."
            )
