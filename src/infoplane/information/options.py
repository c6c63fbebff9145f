"""What may be asked of any estimate beside its value: null, error, extrapolation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_type_hints

from infoplane.errors import InfoplaneError
from infoplane.information.core.estimator import Estimator
from infoplane.information.core.parameter_types import check_types


@dataclass(frozen=True)
class Options:
    """What is asked of an estimate, as in ``mutual_information``.

    Attributes:
        permutations: of the null; those of the estimator unless given.
        jackknife: groups left out in turn, 0 for none.
        extrapolate: to infinitely many samples.
    """

    permutations: int | None = None
    jackknife: int = 0
    extrapolate: bool = False

    def __post_init__(self) -> None:
        check_types(vars(self), get_type_hints(Options), "an estimate")
        if self.permutations is not None and self.permutations < 0:
            raise InfoplaneError(
                f"permutations is {self.permutations}; give 0 or more (20 is usual)."
            )

    @property
    def uncertain(self) -> bool:
        """Whether it takes estimates from parts of the samples."""
        return bool(self.jackknife) or self.extrapolate

    def permutations_of(self, estimator: Estimator) -> int:
        """Return how many permutations make the null of an estimator."""
        return estimator.permutations if self.permutations is None else self.permutations

    def overridden(self, permutations: int | None, jackknife: int, extrapolate: bool) -> Options:
        """Return these, with those that are given instead."""
        settings = {
            "permutations": permutations,
            "jackknife": jackknife,
            "extrapolate": extrapolate,
        }
        usual = vars(Options())
        return replace(self, **{k: v for k, v in settings.items() if v is not usual[k]})
