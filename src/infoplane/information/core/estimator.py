"""What an estimator of I(T;Y) declares: its parameters, what it can be given, what it costs."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from numbers import Real
from typing import Any, ClassVar, Literal, get_type_hints

import numpy as np
from torch import Tensor

from infoplane.information.core.estimate import Estimate, Measured
from infoplane.information.core.flags import of_samples, with_flags
from infoplane.information.core.null import with_null
from infoplane.information.core.parameter_types import check_types
from infoplane.names import label_information

Kind = Literal["labels", "values"]
LABELS: tuple[Kind, ...] = ("labels",)
VALUES: tuple[Kind, ...] = ("values",)
BOTH: tuple[Kind, ...] = ("labels", "values")
WIDE = 10**9

# What always parts the expectation of an estimator from I(T;Y).
LOWER = "a lower bound: what it does not find is missing"
COARSER = "a lower bound: what its cells or its noise do not tell apart is missing"
NORMAL = "what normal values of these covariances share: of others less or more"
LINEAR = "a lower bound, of values: all but a linear relation of normal scores is missing"
PRODUCT = "neither bound: its densities are products of normal ones"
OTHER = "another quantity, which is less than I(T;Y) or more"


@dataclass(frozen=True)
class Estimator(ABC):
    """An estimator of I(T;Y); a frozen dataclass of its parameters.

    A class states, of all that can be made of it: its ``name``; what y it ``takes``, labels [n] or
    values [n, c]; the order of its time, ``cost``; its ``source``, the paper; its ``bias``, what
    always parts its expectation from I(T;Y), "" where nothing does with enough samples; whether
    rows of t (or y) may repeat, as where all units of a ReLU layer are 0, ``atoms``; the most units
    it can take, ``widest``, as beyond it neighbours are all equally far; how many ``permutations``
    make its null unless asked otherwise, fewer where an estimate is slow; and whether at a fixed
    resolution its bias is a series in 1/n, so that it ``extrapolates``. ``resolutions`` are the
    parameters of which the first that is a number is the resolution, which a sweep varies.
    """

    name: ClassVar[str]
    takes: ClassVar[tuple[Kind, ...]]
    cost: ClassVar[str]
    source: ClassVar[str]
    bias: ClassVar[str] = ""
    atoms: ClassVar[bool] = True
    widest: ClassVar[int] = WIDE
    permutations: ClassVar[int] = 20
    extrapolates: ClassVar[bool] = False
    resolutions: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        self.check()
        for name, value in self.parameters.items():  # numbers of NumPy and lists are taken too
            object.__setattr__(self, name, _plain(value))

    def check(self) -> None:
        """Refuse parameters of a wrong type; their ranges are checked by the estimate.

        Raises:
            InfoplaneError: with the value, and what to give.
        """
        check_types(self.parameters, get_type_hints(type(self)), f"estimator {self.name!r}")

    @abstractmethod
    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        """Estimate I(T;Y) in bits, without a null.

        Args:
            t: samples [n, d].
            y: labels [n], or values [n, c].
            seed: of what the estimator draws.
        """

    def raised(self, bits: float, t: Tensor, y: Tensor) -> Mapping[str, bool]:
        """Return the flags that samples raise against the method, whose estimate is ``bits``."""
        return {}

    def tuned(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimator:
        """Return the estimator with its parameters tuned to this y; the null uses the same."""
        return self

    def judged(self, estimate: Estimate, t: Tensor, y: Tensor) -> Estimate:
        """Return an estimate with the flags that its samples raise, of any method and of this."""
        raised = of_samples(t, y, self.fixed_width)
        return with_flags(estimate, raised | dict(self.raised(estimate.bits, t, y)))

    def with_null(self, t: Tensor, y: Tensor, *, permutations: int, seed: int = 0) -> Estimate:
        """Estimate I(T;Y) with its flags, and the null of so many shuffles of y."""
        estimate = self.estimate(t, y, seed=seed)
        return self.completed(estimate, t, y, permutations=permutations, seed=seed)

    def completed(
        self, estimate: Estimate, t: Tensor, y: Tensor, *, permutations: int, seed: int = 0
    ) -> Estimate:
        """Return an estimate of I(T;Y) with its flags, and the null of so many shuffles of y."""
        tuned = self.tuned(t, y, seed=seed) if permutations else self
        return with_null(
            self.judged(estimate, t, y),
            lambda shuffled: tuned.estimate(t, shuffled, seed=seed),
            y,
            permutations=permutations,
            seed=seed,
        )

    def quantities(
        self, t: Tensor, y: Tensor, label: str, *, permutations: int, seed: int = 0
    ) -> Iterator[Measured]:
        """Yield all quantities of a layer that it estimates: I(T;Y), of some more.

        Args:
            t: activations [n, d].
            y: labels [n].
            label: the name of the labels, as in I(T;label).
            permutations: of the null.
            seed: of what is drawn.
        """
        estimate = self.with_null(t, y, permutations=permutations, seed=seed)
        yield Measured(label_information(label), estimate)

    @property
    def fixed_width(self) -> float | None:
        """The fixed width of bins or of noise, in the units of t, where there is one."""
        return None

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def stated(self, estimate: Estimate) -> Estimate:
        """Return an estimate that states the parameters it was made with."""
        return replace(estimate, **self.statement)

    @property
    def statement(self) -> dict[str, Any]:
        """The columns that state the parameters: all as text, and the one of its resolution."""
        numbers = ((name, self.parameters[name]) for name in self.resolutions)
        name, value = next((pair for pair in numbers if isinstance(pair[1], Real)), ("", math.nan))
        return {"parameters": self._text(), "parameter": name, "parameter_value": float(value)}

    def __str__(self) -> str:
        """The estimator as text that makes it again: its name and what is not its default."""
        text = self._text()
        return f"{self.name}({text})" if text else self.name

    def _text(self) -> str:
        usual = {field.name: field.default for field in fields(self)}
        changed = {name: value for name, value in self.parameters.items() if value != usual[name]}
        return ", ".join(f"{name}={value!r}" for name, value in changed.items())

    @classmethod
    def refusal(cls, *, kind: Kind, width: int, atoms: bool) -> str | None:
        """Return why it cannot take such samples, None where it can."""
        if kind not in cls.takes:
            return f"takes {' or '.join(cls.takes)} as y and got {kind}"
        if width > cls.widest:
            return f"takes up to {cls.widest} units and got {width}"
        if atoms and not cls.atoms:
            return "takes no rows that repeat, and some do"
        return None


def _plain(value: Any) -> Any:
    """Return a NumPy number as one of Python, and several as a tuple."""
    if isinstance(value, np.generic):
        return value.item()
    return tuple(map(float, value)) if isinstance(value, (list, np.ndarray)) else value
