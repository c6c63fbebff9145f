"""The estimators by name, each with what it can take: one line for each."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal

from infoplane.errors import InfoplaneError
from infoplane.information.decoded import decoded_information
from infoplane.information.edge import edge_information
from infoplane.information.estimate import Estimate
from infoplane.information.gaussian import gaussian_copula_information, gaussian_information
from infoplane.information.kde import KDEInformation, kde_information
from infoplane.information.ksg import ksg_mutual_information
from infoplane.information.mesner_shalizi import mesner_shalizi_mutual_information
from infoplane.information.mixture import MixtureInformation, mixture_information
from infoplane.information.neural import neural_information
from infoplane.information.pointwise_sliced import pointwise_sliced_information
from infoplane.information.renyi import renyi_information, tuned_width
from infoplane.information.ross import ross_mutual_information
from infoplane.information.sliced import sliced_information
from infoplane.information.soft_entropy import soft_information

Kind = Literal["labels", "values"]
LABELS: tuple[Kind, ...] = ("labels",)
VALUES: tuple[Kind, ...] = ("values",)
BOTH: tuple[Kind, ...] = ("labels", "values")
WIDE = 10**9


@dataclass(frozen=True)
class Estimator:
    """An estimator of I(T;Y): the function, and what it can be given.

    ``takes`` says what y may be: labels [n] or continuous values [n, c]. ``atoms`` says whether
    rows of t (or y) may repeat, as where all units of a ReLU layer are 0. Beyond ``widest`` units,
    or principal ``components`` of them, neighbours are all equally far and the value means little.
    ``permutations`` make its null unless asked otherwise: fewer where an estimate is slow.
    ``extrapolates`` says that at a fixed resolution its bias is a series in 1/n, as that of
    neighbours, of cells that follow n and of trained networks is not. ``tuned`` returns the
    parameters that are tuned to y, which the null keeps as they are for the true y.
    """

    function: Callable[..., Estimate]  # (t [n, d], y, **parameters)
    takes: tuple[Kind, ...]
    atoms: bool = True
    widest: int = WIDE
    permutations: int = 20
    seeded: bool = False
    extrapolates: bool = False
    fixed: Mapping[str, Any] = field(default_factory=dict)
    tuned: Callable[..., Mapping[str, Any]] | None = None  # (t, y, **parameters)


def _bound(which: int) -> Callable[..., KDEInformation]:
    @wraps(kde_information)
    def bound(*given: Any, **parameters: Any) -> KDEInformation:
        return kde_information(*given, **parameters)[which]

    return bound


NOISY: dict[str, Callable[..., KDEInformation | MixtureInformation]] = {
    "kde-lower": _bound(0),
    "kde-upper": _bound(1),
    "mixture": mixture_information,
}
"""Estimators of a layer with noise, whole: they know I(X;T) and I(X;T|Y) beside I(T;Y)."""


def _label(name: str) -> Callable[..., Estimate]:
    @wraps(NOISY[name])
    def label(*given: Any, **parameters: Any) -> Estimate:
        return NOISY[name](*given, **parameters).y

    return label


ESTIMATORS: dict[str, Estimator] = {
    "ksg": Estimator(ksg_mutual_information, VALUES, atoms=False, widest=32),
    "ross": Estimator(ross_mutual_information, LABELS),
    "mesner-shalizi": Estimator(mesner_shalizi_mutual_information, BOTH, permutations=5),
    "kde-lower": Estimator(_label("kde-lower"), LABELS, permutations=5, extrapolates=True),
    "kde-upper": Estimator(_label("kde-upper"), LABELS, permutations=5, extrapolates=True),
    "mixture": Estimator(_label("mixture"), LABELS, permutations=2, seeded=True, extrapolates=True),
    "gaussian": Estimator(gaussian_information, BOTH, fixed={"bias_correction": None}),
    "gaussian-copula": Estimator(gaussian_copula_information, BOTH, atoms=False),
    "renyi": Estimator(renyi_information, BOTH, permutations=2, seeded=True, tuned=tuned_width),
    "decoder": Estimator(decoded_information, LABELS, permutations=2, seeded=True),
    "infonce": Estimator(
        neural_information, BOTH, permutations=0, seeded=True, fixed={"bound": "infonce"}
    ),
    "nwj": Estimator(neural_information, BOTH, permutations=0, seeded=True, fixed={"bound": "nwj"}),
    "dv": Estimator(neural_information, BOTH, permutations=0, seeded=True, fixed={"bound": "dv"}),
    "mine": Estimator(
        neural_information, BOTH, permutations=0, seeded=True, fixed={"bound": "mine"}
    ),
    "smile": Estimator(
        neural_information, BOTH, permutations=0, seeded=True, fixed={"bound": "smile"}
    ),
    "doe": Estimator(
        neural_information, VALUES, permutations=0, seeded=True, fixed={"bound": "doe-gaussian"}
    ),
    "sliced": Estimator(sliced_information, BOTH, permutations=2, seeded=True),
    "pointwise-sliced": Estimator(
        pointwise_sliced_information, LABELS, seeded=True, extrapolates=True
    ),
    "soft-entropy": Estimator(soft_information, LABELS, seeded=True, extrapolates=True),
    "edge": Estimator(edge_information, BOTH, seeded=True),
}
BETWEEN = re.compile(r",(?![^()\[\]]*[)\]])")  # the commas that are in no brackets of their own
BINS = "bins"  # has resolutions of its own: see ``door``
NAMES = (BINS, *ESTIMATORS)


def fitting(*, kind: Kind, width: int, atoms: bool) -> list[str]:
    """Return the names of the estimators that can take this."""
    return [name for name, e in ESTIMATORS.items() if _refusal(e, kind, width, atoms) is None]


def check_extrapolates(name: str) -> None:
    """Refuse to extrapolate an estimate whose bias is no series in 1/n.

    Raises:
        InfoplaneError: with the names of those that can be.
    """
    can = [BINS, *(name for name, estimator in ESTIMATORS.items() if estimator.extrapolates)]
    if name not in can:
        raise InfoplaneError(
            f"estimator {name!r} has a bias that does not fall as 1/n, so it cannot be "
            f"extrapolated; use one of: {', '.join(can)}."
        )


def check_use(name: str, *, kind: Kind, width: int, atoms: bool) -> Estimator:
    """Return an estimator that can take this.

    Raises:
        InfoplaneError: where it cannot, with the names of those that can.
    """
    estimator = ESTIMATORS[name]
    reason = _refusal(estimator, kind, width, atoms)
    if reason is not None:
        others = ", ".join(fitting(kind=kind, width=width, atoms=atoms)[:5])
        raise InfoplaneError(f"estimator {name!r} {reason}; use one of: {others}.")
    return estimator


def _refusal(estimator: Estimator, kind: Kind, width: int, atoms: bool) -> str | None:
    if kind not in estimator.takes:
        return f"takes {' or '.join(estimator.takes)} as y and got {kind}"
    if width > estimator.widest:
        return f"takes up to {estimator.widest} units and got {width}"
    if atoms and not estimator.atoms:
        return "takes no rows that repeat, and some do"
    return None


def parse(text: str) -> tuple[str, dict[str, Any]]:
    """Return name and parameters of an estimator written as ``ksg`` or ``ksg(k=5)``.

    Raises:
        InfoplaneError: where it is written otherwise, or no estimator has that name.
    """
    match = re.fullmatch(r"\s*([a-z-]+)\s*(?:\((.*)\))?\s*", text)
    if match is None:
        raise InfoplaneError(f"estimator {text!r} cannot be read; write it as ksg or ksg(k=5).")
    name, inside = match.groups()
    if name not in NAMES:
        raise InfoplaneError(f"estimator is {name!r}; give one of: {', '.join(NAMES)}.")
    parameters = {}
    for part in filter(None, (p.strip() for p in BETWEEN.split(inside or ""))):
        key, equals, value = part.partition("=")
        if not equals or not key.strip().isidentifier():
            raise InfoplaneError(f"estimator {text!r} cannot be read; write it as ksg(k=5).")
        parameters[key.strip()] = _value(value.strip())
    return name, parameters


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
