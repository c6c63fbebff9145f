"""The plug-in estimate through bins, and its corrections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from infoplane.information.binned.by_name import choose_bins, parameters_of
from infoplane.information.binned.corrected import corrected_information
from infoplane.information.binned.corrections import CORRECTIONS
from infoplane.information.binned.counting import Labels, make_labels
from infoplane.information.binned.hashing import hash_activations
from infoplane.information.binned.plug_in import MILLER_MADOW, PLUG_IN, binned_information
from infoplane.information.binned.rules import Bins
from infoplane.information.core.estimate import Estimate, Measured
from infoplane.information.core.estimator import BOTH, COARSER, Estimator
from infoplane.information.core.flags import of_samples, with_flags
from infoplane.information.core.samples import check_choice, is_discrete
from infoplane.names import BINS, I_TY, SWEPT, TRUE_LABELS, label_information

COUNTED = {"plug-in": PLUG_IN, "miller-madow": MILLER_MADOW}  # with all permutations at once


@dataclass(frozen=True)
class Binned(Estimator):
    """Counts of cells: bins of a fixed width, a number of them, or other rules.

    Attributes:
        bin_width: in units of activation.
        bins: how many: over ``bin_range``, or, without a range, holding equally many values.
        bin_range: lowest and highest value.
        binning: the rule by its name, where these do not say it; see ``choose_bins``.
        correction: "plug-in", "miller-madow", "grassberger-1988", "grassberger-2003", "chao-shen",
            "jackknife" or "nsb".
        alphabet_size: the number of cells that T could occupy, for "nsb".
    """

    bin_width: float | None = None
    bins: int | None = None
    bin_range: tuple[float, float] | None = None
    binning: str | None = None
    correction: str = "plug-in"
    alphabet_size: float | None = None

    name: ClassVar = BINS
    takes: ClassVar = BOTH
    cost: ClassVar = "n d + n log n"
    source: ClassVar = "Shwartz-Ziv & Tishby 2017"
    bias: ClassVar = COARSER
    extrapolates: ClassVar = True
    resolutions: ClassVar = ("bin_width", "bins")

    def check(self) -> None:
        """Refuse parameters of a wrong type, and bins without one resolution.

        Raises:
            InfoplaneError: with the value, and what to give.
        """
        super().check()
        check_choice("correction", self.correction, tuple(CORRECTIONS))
        _ = self.rule  # which refuses what is no one resolution

    @cached_property
    def rule(self) -> Bins:
        """The rule of coding."""
        return choose_bins(
            binning=self.binning,
            bin_width=self.bin_width,
            bins=self.bins,
            bin_range=self.bin_range,
        )

    @property
    def fixed_width(self) -> float | None:
        return self.bin_width

    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        return self._of_labels(t, y, permutations=0, seed=seed)

    def with_null(self, t: Tensor, y: Tensor, *, permutations: int, seed: int = 0) -> Estimate:
        """Estimate I(T;Y); all permutations are counted at once."""
        estimate = self._of_labels(t, y, permutations=permutations, seed=seed)
        return self.judged(estimate, t, y)

    def quantities(
        self, t: Tensor, y: Tensor, label: str, *, permutations: int, seed: int = 0
    ) -> Iterator[Measured]:
        correction = "" if self.correction == "plug-in" else f", {self.correction}"
        raised = of_samples(t, y, self.fixed_width)
        for quantity, estimate in self._counted(t, y, label, permutations, seed):
            if label == TRUE_LABELS or quantity == label_information(label):
                named = replace(estimate, estimator=f"{SWEPT}{correction}")
                yield Measured(quantity, with_flags(named, raised))

    def _of_labels(self, t: Tensor, y: Tensor, *, permutations: int, seed: int) -> Estimate:
        counted = self._counted(t, y, TRUE_LABELS, permutations, seed)
        return next(estimate for quantity, estimate in counted if quantity == I_TY)

    def _counted(
        self, t: Tensor, y: Tensor, label: str, permutations: int, seed: int
    ) -> Iterator[Measured]:
        hashes = hash_activations(t, self.rule).cpu().numpy()
        values = (y if is_discrete(y) else hash_activations(y, self.rule)).cpu().numpy()
        labels = {label: make_labels(values, permutations=permutations, seed=seed)}
        yield from self.counted(hashes, labels)

    def counted(self, hashes: np.ndarray, labels: Mapping[str, Labels]) -> Iterator[Measured]:
        """Yield the quantities of a coded layer, by the fastest way that the correction has."""
        resolution = self.rule.resolution
        if self.correction not in COUNTED or self.alphabet_size is not None:
            yield from corrected_information(
                hashes,
                labels,
                self.correction,
                resolution=resolution,
                alphabet_size=self.alphabet_size,
            )
            return
        for measured in binned_information(hashes, labels, resolution=resolution):
            if measured.estimate.estimator == COUNTED[self.correction]:
                yield measured


def statements(rule: Bins) -> dict[str, dict[str, Any]]:
    """Return the parameters that estimates through a rule state, by the estimator's name."""
    parameters = parameters_of(rule)
    if not parameters:
        return {}
    return {
        name: Binned(**parameters, correction=correction).statement
        for correction, name in COUNTED.items()
    }
