"""One door: the mutual information of any two arrays or tensors."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np

from infoplane.errors import InfoplaneError
from infoplane.information.arrays import as_labels, as_labels_or_rows, as_rows, has_atoms
from infoplane.information.binned import MILLER_MADOW, PLUG_IN, binned_information
from infoplane.information.bins import Bins, EqualBins, FixedWidth, QuantileBins
from infoplane.information.corrected import corrected_information
from infoplane.information.corrections import CORRECTIONS
from infoplane.information.counting import group_rows, make_labels
from infoplane.information.estimate import Estimate
from infoplane.information.estimators import BINS, ESTIMATORS, NAMES, check_use
from infoplane.information.hashing import hash_activations
from infoplane.information.null import with_null
from infoplane.information.paired import check_choice, check_lengths

CORRECTED = {"plug-in": PLUG_IN, "miller-madow": MILLER_MADOW}  # counted with all permutations


def mutual_information(
    t: Any,
    y: Any,
    *,
    estimator: str = "bins",
    permutations: int | None = None,
    seed: int = 0,
    **parameters: Any,
) -> Estimate:
    """Estimate I(T;Y) in bits, with its ceiling and its permutation null.

    The estimators and what each can take are in ``infoplane.information.estimators.ESTIMATORS``;
    a wrong use is refused with the names of fitting ones. Their parameters are those of their
    functions: ``mutual_information(t, y, estimator="ksg", k=3)``. Integers, booleans and strings
    are labels, if ``y`` has one dimension; anything else is continuous.

    The default reads ``t``, and a continuous ``y``, through bins: of a fixed width
    (``bin_width``), or a number of them (``bins``) over ``bin_range``, or, without a range, holding
    equally many values; ``correction`` is "plug-in", "miller-madow", "grassberger-1988",
    "grassberger-2003", "chao-shen" or "jackknife".

    Args:
        t: activations [n] or [n, ...], array or tensor.
        y: labels [n], or continuous values [n] or [n, ...].
        estimator: a name of ``ESTIMATORS``, or "bins".
        permutations: shuffles of ``y`` that make the null; 0 for none. Unless given 20, and fewer
            where an estimate is slow.
        seed: of these shuffles, and of the estimator where it draws.
        parameters: of the estimator.

    Returns:
        An ``Estimate``: ``.bits``, ``.null_mean``, ``.null_std``, ``.ceiling``, ``.saturated``.

    Raises:
        InfoplaneError: where the two differ in length, are empty or not finite, where no
            resolution or more than one is given, a name or a parameter is not known, or the
            estimator cannot take such samples.

    Cost: of bins, O(n d) time and memory for the codes and O(n log n) for the counts; of the
    others see their functions, times 1 + ``permutations``.

    Example:
        >>> import numpy as np
        >>> t = np.array([[0.1], [0.2], [0.9], [0.8]])
        >>> mutual_information(t, [0, 0, 1, 1], bin_width=0.5).bits
        1.0
    """
    check_choice("estimator", estimator, NAMES)
    if permutations is not None and permutations < 0:
        raise InfoplaneError(f"permutations is {permutations}; give 0 or more (20 is usual).")
    if estimator == BINS:
        check_parameters(estimator, parameters)
        repeats = 20 if permutations is None else permutations
        return _binned(t, y, permutations=repeats, seed=seed, **parameters)
    rows, other = as_rows(t, "t"), as_labels_or_rows(y)
    check_lengths(rows, other)
    kind = "values" if other.is_floating_point() else "labels"
    atoms = has_atoms(rows) or (kind == "values" and has_atoms(other))
    width = max(rows.shape[1], other.shape[1] if other.ndim == 2 else 1)
    chosen = check_use(estimator, kind=kind, width=width, atoms=atoms)
    check_parameters(estimator, parameters)
    own = {**chosen.fixed, **parameters} | ({"seed": seed} if chosen.seeded else {})
    found = chosen.function(rows, other, **own)
    repeats = chosen.permutations if permutations is None else permutations
    return with_null(
        found,
        lambda z: chosen.function(rows, z, **own),
        other,
        permutations=repeats,
        seed=seed,
    )


def _binned(
    t: Any,
    y: Any,
    *,
    bin_width: float | None = None,
    bins: int | None = None,
    bin_range: tuple[float, float] | None = None,
    correction: str = "plug-in",
    permutations: int = 20,
    seed: int = 0,
) -> Estimate:
    allowed = tuple(name for name in CORRECTIONS if name != "nsb")  # which needs an alphabet
    check_choice("correction", correction, allowed)
    rule = choose_bins(bin_width=bin_width, bins=bins, bin_range=bin_range)
    codes, labels = _hashes(t, "t", rule), _labels(y, rule)
    check_lengths(codes, labels)
    label_set = make_labels(labels, permutations=permutations, seed=seed)
    if correction not in CORRECTED:
        return corrected_information(codes, label_set, correction, resolution=rule.resolution)
    measured = binned_information(codes, {"Y": label_set}, resolution=rule.resolution)
    name = CORRECTED[correction]
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
    return float(group_rows(_hashes(t, "t", rule)).entropy)


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
    return hash_activations(as_rows(values, name), rule).cpu().numpy()


def _labels(y: Any, rule: Bins) -> np.ndarray:
    """Return labels as they are, anything continuous as hashes of its bins."""
    labels = as_labels(y)
    return _hashes(y, "y", rule) if labels is None else labels


def check_parameters(name: str, given: dict[str, Any]) -> None:
    """Refuse a parameter that an estimator does not have."""
    function = _binned if name == BINS else ESTIMATORS[name].function
    known = [p.name for p in signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
    allowed = [key for key in known if key not in ("seed", "permutations", "bound")]
    for key in given:
        if key not in allowed:
            raise InfoplaneError(
                f"estimator {name!r} has no parameter {key!r}; it has: {', '.join(allowed)}."
            )
