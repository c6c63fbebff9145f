"""The estimators by name, each with what it can take: one line for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any, Literal

from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.flags import of_neighbours
from infoplane.information.decoders.estimator import decoded_information
from infoplane.information.gaussian.closed_form import (
    gaussian_copula_information,
    gaussian_information,
)
from infoplane.information.gaussian.normality import not_normal, scores_not_normal
from infoplane.information.kernel.renyi import renyi_information, tuned_width
from infoplane.information.neighbours.ksg import ksg_mutual_information
from infoplane.information.neighbours.mesner_shalizi import mesner_shalizi_mutual_information
from infoplane.information.neighbours.ross import ross_mutual_information
from infoplane.information.neural.trained import neural_information
from infoplane.information.noisy.kde import KDEInformation, kde_information
from infoplane.information.noisy.mixture import MixtureInformation, mixture_information
from infoplane.information.projected.edge import edge_information
from infoplane.information.projected.pointwise_sliced import pointwise_sliced_information
from infoplane.information.projected.sliced import sliced_information
from infoplane.information.projected.soft_entropy import soft_information

Kind = Literal["labels", "values"]
LABELS: tuple[Kind, ...] = ("labels",)
VALUES: tuple[Kind, ...] = ("values",)
BOTH: tuple[Kind, ...] = ("labels", "values")
WIDE = 10**9
LOWER = "a lower bound: what it does not find is missing"
COARSER = "a lower bound: what its cells or its noise do not tell apart is missing"
NORMAL = "what normal values of these covariances share: of others less or more"
LINEAR = "a lower bound, of values: all but a linear relation of normal scores is missing"
PRODUCT = "neither bound: its densities are products of normal ones"
OTHER = "another quantity, which is less than I(T;Y) or more"


@dataclass(frozen=True)
class Estimator:
    """An estimator of I(T;Y): the function, and what it can be given.

    ``takes`` says what y may be: labels [n] or continuous values [n, c]; ``cost`` is the order of
    its time, ``source`` the paper. ``atoms`` says whether rows of t (or y) may repeat, as where all
    units of a ReLU layer are 0. Beyond ``widest`` units, or principal ``components`` of them,
    neighbours are all equally far and the value means little.
    ``permutations`` make its null unless asked otherwise: fewer where an estimate is slow.
    ``extrapolates`` says that at a fixed resolution its bias is a series in 1/n, as that of
    neighbours, of cells that follow n and of trained networks is not. ``tuned`` returns the
    parameters that are tuned to y, which the null keeps as they are for the true y.
    ``raised`` returns the flags that samples raise against the method.
    ``bias`` names what always parts its expectation from I(T;Y): "" where nothing does with enough
    samples.
    """

    function: Callable[..., Estimate]  # (t [n, d], y, **parameters)
    takes: tuple[Kind, ...]
    cost: str
    source: str
    atoms: bool = True
    widest: int = WIDE
    permutations: int = 20
    seeded: bool = False
    extrapolates: bool = False
    fixed: Mapping[str, Any] = field(default_factory=dict)
    tuned: Callable[..., Mapping[str, Any]] | None = None  # (t, y, **parameters)
    raised: Callable[..., Mapping[str, bool]] = lambda *_, **__: {}  # (bits, t, y, **parameters)
    bias: str = ""


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


def _neighbours(
    function: Callable[..., Estimate], takes: tuple[Kind, ...], *, k: int, **known: Any
) -> Estimator:
    cost = "n log n up to 10 dimensions, else n² d"
    return Estimator(
        function, takes, cost=cost, raised=partial(of_neighbours, function, k), **known
    )


def _trained(bound: str, source: str, *, bias: str, takes: tuple[Kind, ...] = BOTH) -> Estimator:
    return Estimator(
        neural_information,
        takes,
        cost="15 s a core; infonce a minute",
        source=source,
        permutations=0,
        seeded=True,
        fixed={"bound": bound},
        bias=bias,
    )


def _noisy(name: str, source: str, permutations: int) -> Estimator:
    return Estimator(
        _label(name),
        LABELS,
        cost="n² d",
        source=source,
        permutations=permutations,
        seeded=name == "mixture",
        extrapolates=True,
        bias=COARSER,
    )


ESTIMATORS: dict[str, Estimator] = {
    "ksg": _neighbours(
        ksg_mutual_information,
        VALUES,
        k=3,
        source="Kraskov, Stögbauer & Grassberger 2004",
        atoms=False,
        widest=32,
    ),
    "ross": _neighbours(ross_mutual_information, LABELS, k=3, source="Ross 2014"),
    "mesner-shalizi": _neighbours(
        mesner_shalizi_mutual_information,
        BOTH,
        k=5,
        source="Mesner & Shalizi 2021",
        permutations=5,
    ),
    "kde-lower": _noisy("kde-lower", "Kolchinsky & Tracey 2017", permutations=5),
    "kde-upper": _noisy("kde-upper", "Kolchinsky & Tracey 2017", permutations=5),
    "mixture": _noisy("mixture", "Goldfeld et al. 2019", permutations=2),
    "gaussian": Estimator(
        gaussian_information,
        BOTH,
        cost="n d²",
        source="Cover & Thomas 2006, 8.5",
        fixed={"bias_correction": None},
        raised=not_normal,
        bias=NORMAL,
    ),
    "gaussian-copula": Estimator(
        gaussian_copula_information,
        BOTH,
        cost="n d² + n d log n",
        source="Ince et al. 2017",
        atoms=False,
        raised=scores_not_normal,
        bias=LINEAR,
    ),
    "renyi": Estimator(
        renyi_information,
        BOTH,
        cost="n³ + n² d",
        source="Sánchez Giraldo, Rao & Príncipe 2015",
        permutations=2,
        seeded=True,
        tuned=tuned_width,
        bias=OTHER,
    ),
    "decoder": Estimator(
        decoded_information,
        LABELS,
        cost="that of its decoders, each fitted twice",
        source="Xu et al. 2020",
        permutations=2,
        seeded=True,
        bias=LOWER,
    ),
    "infonce": _trained("infonce", "van den Oord et al. 2018", bias=LOWER),
    "nwj": _trained("nwj", "Nguyen, Wainwright & Jordan 2010", bias=LOWER),
    "dv": _trained("dv", "Donsker & Varadhan 1983", bias=LOWER),
    "mine": _trained("mine", "Belghazi et al. 2018", bias=LOWER),
    "smile": _trained("smile", "Song & Ermon 2020", bias=OTHER),
    "doe": _trained("doe-gaussian", "McAllester & Stratos 2020", takes=VALUES, bias=PRODUCT),
    "sliced": Estimator(
        sliced_information,
        BOTH,
        cost="slices · n log n",
        source="Goldfeld & Greenewald 2021",
        permutations=2,
        seeded=True,
        bias=OTHER,
    ),
    "pointwise-sliced": Estimator(
        pointwise_sliced_information,
        LABELS,
        cost="slices · n (d + classes)",
        source="Wongso et al. 2023",
        seeded=True,
        extrapolates=True,
        bias=OTHER,
    ),
    "soft-entropy": Estimator(
        soft_information,
        LABELS,
        cost="n d · directions",
        source="Conklin 2025",
        seeded=True,
        extrapolates=True,
        bias=OTHER,
    ),
    "edge": Estimator(
        edge_information,
        BOTH,
        cost="n d + n log n",
        source="Noshad, Zeng & Hero 2019",
        seeded=True,
        bias=COARSER,
    ),
}
BINS = "bins"  # has resolutions of its own: see ``mutual_information``
NAMES = (BINS, *ESTIMATORS)
BIASES = {BINS: COARSER, **{name: e.bias for name, e in ESTIMATORS.items() if e.bias}}


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
