"""One door: the mutual information of any two arrays or tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.binned import MILLER_MADOW, PLUG_IN, binned_information
from infoplane.information.bins import Bins, EqualBins, FixedWidth, QuantileBins
from infoplane.information.counting import group_rows, make_labels
from infoplane.information.estimate import Estimate
from infoplane.information.hashing import hash_activations

ESTIMATORS = ("bins",)
CORRECTIONS = {"plug-in": PLUG_IN, "miller-madow": MILLER_MADOW}


def mutual_information(
    t: Any,
    y: Any,
    *,
    estimator: str = "bins",
    bin_width: float | None = None,
    bins: int | None = None,
    bin_range: tuple[float, float] | None = None,
    correction: str = "plug-in",
    permutations: int = 20,
    seed: int = 0,
) -> Estimate:
    """Estimate I(T;Y) in bits, with its ceiling and its permutation null.

    Continuous values are read through bins: of a fixed width (``bin_width``), or a number of them
    (``bins``) over ``bin_range``, or, without a range, holding equally many values. Integers,
    booleans and strings are labels and taken as they are, if ``y`` has one dimension.

    Args:
        t: activations [n] or [n, ...], array or tensor.
        y: labels [n], or continuous values [n] or [n, ...], binned like ``t``.
        estimator: "bins".
        bin_width: width of the bins, in units of the values.
        bins: number of bins.
        bin_range: lowest and highest value, where ``bins`` are to be equal over a range.
        correction: "plug-in" or "miller-madow".
        permutations: shuffles of ``y`` that make the null; 0 for none.
        seed: of these shuffles.

    Returns:
        An ``Estimate``: ``.bits``, ``.null_mean``, ``.null_std``, ``.ceiling``, ``.saturated``.

    Raises:
        InfoplaneError: where the two differ in length, are empty or not finite, where no
            resolution or more than one is given, or a name is not known.

    Cost: O(n d) time and memory for the codes, O(n log n) for the counts.

    Example:
        >>> import numpy as np
        >>> t = np.array([[0.1], [0.2], [0.9], [0.8]])
        >>> mutual_information(t, [0, 0, 1, 1], bin_width=0.5).bits
        1.0
    """
    _known("estimator", estimator, ESTIMATORS)
    _known("correction", correction, tuple(CORRECTIONS))
    if permutations < 0:
        raise InfoplaneError(f"permutations is {permutations}; give 0 or more (20 is usual).")
    rule = choose_bins(bin_width=bin_width, bins=bins, bin_range=bin_range)
    codes, labels = _hashes(t, "t", rule), _labels(y, rule)
    if len(codes) != len(labels):
        raise InfoplaneError(
            f"t has {len(codes)} samples and y has {len(labels)}; give one y for each t."
        )
    label_set = make_labels(labels, permutations=permutations, seed=seed)
    name = CORRECTIONS[correction]
    measured = binned_information(codes, {"Y": label_set}, resolution=rule.resolution)
    return next(e for q, e in measured if q == "I(T;Y)" and e.estimator == name)


def entropy(
    t: Any,
    *,
    bin_width: float | None = None,
    bins: int | None = None,
    bin_range: tuple[float, float] | None = None,
) -> float:
    """Estimate H(T) in bits, plug-in, through the same bins as ``mutual_information``."""
    rule = choose_bins(bin_width=bin_width, bins=bins, bin_range=bin_range)
    return group_rows(_hashes(t, "t", rule)).entropy


def choose_bins(
    *,
    bin_width: float | None = None,
    bins: int | None = None,
    bin_range: tuple[float, float] | None = None,
) -> Bins:
    """Return the rule that exactly one of the resolutions names."""
    if (bin_width is None) == (bins is None):
        raise InfoplaneError(
            f"bin_width is {bin_width} and bins is {bins}; give exactly one of the two, "
            "for instance bin_width=0.5."
        )
    if bin_width is not None:
        return FixedWidth(bin_width)
    assert bins is not None
    return EqualBins(bins, *bin_range) if bin_range is not None else QuantileBins(bins)


def _hashes(values: Any, name: str, rule: Bins) -> np.ndarray:
    """Code and hash the rows of an array or tensor."""
    t = values.detach() if isinstance(values, Tensor) else torch.as_tensor(np.asarray(values))
    if t.ndim == 0:
        raise InfoplaneError(f"{name} is a single number; give samples along the first axis.")
    if len(t) == 0:
        raise InfoplaneError(f"{name} has no samples to measure; give at least one.")
    if not t.is_floating_point():
        t = t.to(torch.float64)
    elif t.dtype in (torch.float16, torch.bfloat16):
        t = t.to(torch.float32)
    return hash_activations(t.reshape(len(t), -1), rule).cpu().numpy()


def _labels(y: Any, rule: Bins) -> np.ndarray:
    """Return labels as they are, anything continuous as hashes of its bins."""
    values = y.detach().cpu().numpy() if isinstance(y, Tensor) else np.asarray(y)
    if values.ndim == 1 and values.dtype.kind in "iubUSO":
        return values
    return _hashes(values, "y", rule)


def _known(argument: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InfoplaneError(f"{argument} is {value!r}; give one of: {', '.join(allowed)}.")
