"""What is observed and when: the configuration, readable without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from infoplane.errors import InfoplaneError
from infoplane.observing.schedule import observed_epochs
from infoplane.settings import check_settings

Subset = Literal["train", "test", "all"]
Geometry = Literal["hsic", "nhsic", "cka", "clusters"]
Binning = Literal[
    "width", "equal", "idnns", "quantile", "quantile-unit", "adaptive", "range", "range-unit",
    "exact", "exact-unit",
]  # fmt: skip


@dataclass(frozen=True)
class ObservingConfig:
    """What is seen of the network: layers, moments, and the resolution they are read at."""

    schedule: Literal["published", "every", "log"] = "published"
    """published: every epoch below 20, every 5th below 100, every 20th below 2,000, every 100th
    after; every: each epoch that `every` divides; log: `points` epochs, evenly on a log axis."""
    every: int = 20
    """Epochs between looks, for the schedule `every`."""
    points: int = 50
    """Number of looks, for the schedule `log`."""
    subsets: tuple[Subset, ...] = ("train", "test")
    """Examples that the layers are measured on; all: both parts as one, as much published code."""
    layers: tuple[str, ...] = ()
    """Layers to watch by name (input, layer1, …, logits); all unless given."""
    bins: Binning = "width"
    """width: bins of bin_width; equal: bin_number equal bins from bin_low to bin_high; idnns:
    bin_number edges over that range, by the exact rule of the 2017 code; quantile, quantile-unit:
    bin_number bins of equal content over the layer or each unit; adaptive: bin_number bins of
    equally many distinct values, 0 apart (Chelombiev et al.); range, range-unit: bin_number equal
    bins over the range the layer or each unit has at that moment; exact, exact-unit: each value its
    own code, of a layer or unit quantised to bin_number levels (256 for 8 bits)."""
    bin_width: float = 0.5
    """Width of the bins, in units of activation."""
    bin_number: int = 30
    """Number of bins (edges, for idnns; levels, for exact)."""
    bin_low: float = -1.0
    """Lowest value of equal bins and idnns."""
    bin_high: float = 1.0
    """Highest value of equal bins and idnns."""
    estimators: tuple[str, ...] = ()
    """Further estimators beside the bins, such as: ross, kde-upper(noise_variance=0.1),
    bins(bin_width=0.1), bins(bins=30, binning=adaptive, correction=nsb, alphabet_size=1e9),
    ross(components=10, permutations=20, jackknife=20), soft-entropy(extrapolate=True). All but
    those of a continuous y, ksg and doe: the y of a run are labels, and the I(X;T) of a
    deterministic layer, which those would ask for, is infinite."""
    estimator_examples: int = 2000
    """Examples that those, and geometry, are asked about, at most: a seeded part of the first
    subset."""
    geometry: tuple[Geometry, ...] = ()
    """Dependence and clustering that is no bits, on the same examples, in the table geometry: hsic
    (unbiased) and nhsic (kernel alignment) with Gaussian kernels of the median distance, cka
    (linear) of each layer with the input and the labels; clusters: occupied cells of the bins."""
    gradients: bool = False
    """Whether to keep the norm of the mean and of the spread of each layer's gradient."""
    permutations: int = 20
    """Label permutations that make the null of every label quantity."""

    def __post_init__(self) -> None:
        check_settings(self)
        for key in ("every", "points"):
            if getattr(self, key) < 1:
                raise InfoplaneError(f"{key} is {getattr(self, key)}; give 1 or more.")
        if not self.subsets or set(self.subsets) - set(get_args(Subset)):
            raise InfoplaneError(
                f"subsets is {self.subsets!r}; give at least one of: {', '.join(get_args(Subset))}."
            )
        least = 4 if self.geometry else 2  # unbiased HSIC needs four
        if self.estimator_examples < least:
            raise InfoplaneError(
                f"estimator_examples is {self.estimator_examples}; give {least} or more."
            )
        if set(self.geometry) - set(get_args(Geometry)):
            raise InfoplaneError(
                f"geometry is {self.geometry!r}; give some of: {', '.join(get_args(Geometry))}."
            )
        if self.permutations < 2:
            raise InfoplaneError(
                f"permutations is {self.permutations}; give 2 or more (20 is usual)."
            )

    def epochs(self, last: int) -> list[int]:
        """Return the epochs to look at in a training of ``last`` epochs; first and last always."""
        return observed_epochs(self.schedule, last, every=self.every, points=self.points)
