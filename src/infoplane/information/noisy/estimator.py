"""The estimators of a layer with noise: they know I(X;T) and I(X;T|Y) beside I(T;Y)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from torch import Tensor

from infoplane.information.core.estimate import Estimate, Measured
from infoplane.information.core.estimator import COARSER, LABELS, Estimator
from infoplane.information.noisy.kde import KDEInformation, kde_information
from infoplane.information.noisy.mixture import MixtureInformation, mixture_information
from infoplane.names import I_XT, I_XT_GIVEN_Y, TRUE_LABELS, label_information


@dataclass(frozen=True)
class Noisy(Estimator):
    """Estimates the information of T + N(0, σ²), from the same distances for all quantities."""

    takes: ClassVar = LABELS
    cost: ClassVar = "n² d"
    extrapolates: ClassVar = True
    resolutions: ClassVar = ("noise_variance",)
    bias: ClassVar = COARSER

    @abstractmethod
    def of_layer(
        self, t: Tensor, y: Tensor, *, seed: int = 0
    ) -> KDEInformation | MixtureInformation:
        """Estimate all quantities."""

    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        return self.of_layer(t, y, seed=seed).y

    def quantities(
        self, t: Tensor, y: Tensor, label: str, *, permutations: int, seed: int = 0
    ) -> Iterator[Measured]:
        information = self.of_layer(t, y, seed=seed)
        of_labels = self.completed(information.y, t, y, permutations=permutations, seed=seed)
        yield Measured(label_information(label), of_labels)
        if label == TRUE_LABELS:
            yield Measured(I_XT, information.x)
            yield Measured(I_XT_GIVEN_Y, information.x_given_y)

    @property
    def fixed_width(self) -> float | None:
        variance = self.parameters["noise_variance"]
        return sqrt(variance) if variance > 0 else None


@dataclass(frozen=True)
class KDE(Noisy):
    """Bounds from the distances between samples.

    Attributes:
        noise_variance: σ², in the literature 0.001 for the 12-bit task and 0.1 for MNIST.
        relative: take it times the mean variance of the layer's units, so that a layer that only
            grows does not seem to gain information.
    """

    noise_variance: float = 0.1
    relative: bool = False

    source: ClassVar = "Kolchinsky & Tracey 2017"
    permutations: ClassVar = 5
    upper: ClassVar[bool]

    def of_layer(self, t: Tensor, y: Tensor, *, seed: int = 0) -> KDEInformation:
        return kde_information(t, y, **self.parameters)[self.upper]


@dataclass(frozen=True)
class KDELower(KDE):
    """The lower bound of I(X;T), by Bhattacharyya distances."""

    name: ClassVar = "kde-lower"
    upper: ClassVar = False


@dataclass(frozen=True)
class KDEUpper(KDE):
    """The upper bound of I(X;T), by Kullback–Leibler divergences."""

    name: ClassVar = "kde-upper"
    upper: ClassVar = True


@dataclass(frozen=True)
class Mixture(Noisy):
    """The mixture of a Gaussian at each sample, as exactly as noise is drawn.

    Attributes:
        noise_variance: σ².
        draws: of noise, for each sample; 2 or more.
    """

    noise_variance: float = 0.1
    draws: int = 4

    name: ClassVar = "mixture"
    source: ClassVar = "Goldfeld et al. 2019"
    permutations: ClassVar = 2

    def of_layer(self, t: Tensor, y: Tensor, *, seed: int = 0) -> MixtureInformation:
        return mixture_information(t, y, **self.parameters, seed=seed)
