"""The estimators by name: one line for each."""

from __future__ import annotations

from infoplane.errors import InfoplaneError
from infoplane.information.binned.estimator import Binned
from infoplane.information.core.estimator import Estimator, Kind
from infoplane.information.decoders.estimator import Decoder
from infoplane.information.gaussian.closed_form import Gaussian, GaussianCopula
from infoplane.information.kernel.renyi import Renyi
from infoplane.information.neighbours.ksg import KSG
from infoplane.information.neighbours.mesner_shalizi import MesnerShalizi
from infoplane.information.neighbours.ross import Ross
from infoplane.information.neural.trained import DV, MINE, NWJ, SMILE, DoE, InfoNCE
from infoplane.information.noisy.estimator import KDELower, KDEUpper, Mixture
from infoplane.information.projected.edge import EDGE
from infoplane.information.projected.pointwise_sliced import PointwiseSliced
from infoplane.information.projected.sliced import Sliced
from infoplane.information.projected.soft_entropy import SoftEntropy
from infoplane.names import BINS

CLASSES: tuple[type[Estimator], ...] = (
    Binned,
    KSG,
    Ross,
    MesnerShalizi,
    KDELower,
    KDEUpper,
    Mixture,
    Gaussian,
    GaussianCopula,
    Renyi,
    Decoder,
    InfoNCE,
    NWJ,
    DV,
    MINE,
    SMILE,
    DoE,
    Sliced,
    PointwiseSliced,
    SoftEntropy,
    EDGE,
)
ESTIMATORS = {estimator.name: estimator for estimator in CLASSES}
NAMES = tuple(ESTIMATORS)


def check_use(estimator: Estimator, *, kind: Kind, width: int, atoms: bool) -> None:
    """Refuse samples that an estimator cannot take.

    Args:
        estimator: that is asked.
        kind: of y.
        width: units of t or values of y, whichever are more.
        atoms: whether rows repeat.

    Raises:
        InfoplaneError: with the names of those that can.
    """
    reason = estimator.refusal(kind=kind, width=width, atoms=atoms)
    if reason is not None:
        others = ", ".join(fitting(kind=kind, width=width, atoms=atoms)[:5])
        raise InfoplaneError(f"estimator {estimator.name!r} {reason}; use one of: {others}.")


def fitting(*, kind: Kind, width: int, atoms: bool) -> list[str]:
    """Return the names of the estimators that can take this; bins can, and need a resolution."""
    return [
        name
        for name, estimator in ESTIMATORS.items()
        if name != BINS and estimator.refusal(kind=kind, width=width, atoms=atoms) is None
    ]
