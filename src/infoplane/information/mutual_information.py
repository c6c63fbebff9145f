"""One door: the mutual information of any two arrays or tensors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial
from inspect import signature
from typing import Any, get_type_hints

import numpy as np
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.binned.by_name import choose_bins
from infoplane.information.binned.corrected import corrected_information
from infoplane.information.binned.corrections import CORRECTIONS
from infoplane.information.binned.counting import Labels, group_rows, make_labels
from infoplane.information.binned.hashing import hash_activations
from infoplane.information.binned.plug_in import (
    MILLER_MADOW,
    PLUG_IN,
    Measured,
    binned_information,
)
from infoplane.information.binned.rules import Bins
from infoplane.information.core.arrays import as_labels, as_labels_or_rows, as_rows, has_atoms
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.flags import of_samples, with_flags
from infoplane.information.core.null import with_null
from infoplane.information.core.pairs import check_choice, check_lengths
from infoplane.information.core.parameter_types import check_types
from infoplane.information.core.uncertainty import Estimating, extrapolated, with_jackknife
from infoplane.information.registry import ESTIMATORS, NAMES, check_extrapolates, check_use
from infoplane.names import BINS

COMMON = ("permutations", "jackknife", "extrapolate")  # parameters that all estimators have
RULE = ("binning", "bin_width", "bins", "bin_range")  # what makes a resolution of bins
CORRECTED = {"plug-in": PLUG_IN, "miller-madow": MILLER_MADOW}  # counted with all permutations


def mutual_information(
    t: Any,
    y: Any,
    *,
    estimator: str = "bins",
    permutations: int | None = None,
    jackknife: int = 0,
    extrapolate: bool = False,
    seed: int = 0,
    **parameters: Any,
) -> Estimate:
    """Estimate I(T;Y) in bits, with its ceiling and its permutation null.

    The estimators and what each can take are in ``infoplane.information.registry.ESTIMATORS``;
    a wrong use is refused with the names of fitting ones. Their parameters are those of their
    functions: ``mutual_information(t, y, estimator="ksg", k=3)``. Integers, booleans and strings
    are labels, if ``y`` has one dimension; anything else is continuous.

    The default reads ``t``, and a continuous ``y``, through bins: of a fixed width
    (``bin_width``), or a number of them (``bins``) over ``bin_range``, or, without a range, holding
    equally many values; ``binning`` names other rules, as adaptive bins or the exact codes of a
    quantised network (see ``choose_bins``). ``correction`` is "plug-in", "miller-madow",
    "grassberger-1988", "grassberger-2003", "chao-shen", "jackknife" or "nsb", which needs
    ``alphabet_size``, the number of cells that T could occupy.

    Args:
        t: activations [n] or [n, ...], array or tensor.
        y: labels [n], or continuous values [n] or [n, ...].
        estimator: a name of ``ESTIMATORS``, or "bins".
        permutations: shuffles of ``y`` that make the null, in which what is tuned to ``y`` stays;
            0 for none. Unless given 20, and fewer where an estimate is slow.
        jackknife: groups of samples left out in turn, which make a ``standard_error`` for an
            estimate that has none of its own; 0 for none (20 is usual).
        extrapolate: fit estimates from parts of the samples by a series in 1/n, and return its
            value at 0 with the error of the fit; null and all (see ``core.uncertainty``).
        seed: of shuffles and parts, and of the estimator where it draws.
        parameters: of the estimator.

    Returns:
        An ``Estimate``: ``.bits``, ``.null_mean``, ``.null_std``, ``.standard_error``,
        ``.ceiling``, ``.saturated``, and ``.flags``: what else is to be held against the value, as
        "below zero", "high null", "copies" or "many dimensions" (``core.flags``). What
        always parts an estimator from I(T;Y), as that it is a lower bound, is in ``BIASES``.

    Raises:
        InfoplaneError: where the two differ in length, are empty or not finite, where no
            resolution or more than one is given, a name or a parameter is not known, the
            estimator cannot take such samples, or what is extrapolated is saturated.

    Cost: of bins, O(n d) time and memory for the codes and O(n log n) for the counts; of the
    others see their functions, times 1 + ``permutations`` + ``jackknife``; four times that
    extrapolated.

    Example:
        >>> import numpy as np
        >>> t = np.array([[0.1], [0.2], [0.9], [0.8]])
        >>> mutual_information(t, [0, 0, 1, 1], bin_width=0.5).bits
        1.0
    """
    check_choice("estimator", estimator, NAMES)
    common = {"permutations": permutations, "jackknife": jackknife, "extrapolate": extrapolate}
    check_parameters(estimator, common | parameters)
    usual = 20 if estimator == BINS else ESTIMATORS[estimator].permutations
    repeats = usual if permutations is None else permutations
    rows, other = as_rows(t, "t"), as_labels_or_rows(y)
    check_lengths(rows, other)
    if estimator == BINS and not (jackknife or extrapolate):  # all permutations are counted at once
        found = _binned(t, y, permutations=repeats, seed=seed, **parameters)
        return judged(estimator, found, rows, other, parameters)
    estimate = _estimating(estimator, rows, other, parameters, seed)
    by_chance = _as_tuned(estimator, estimate, rows, other) if repeats else estimate
    if extrapolate:
        check_extrapolates(estimator)
        estimate, by_chance = (partial(extrapolated, e, seed=seed) for e in (estimate, by_chance))
    found = with_null(
        judged(estimator, estimate(rows, other), rows, other, parameters),
        lambda z: by_chance(rows, z),
        other,
        permutations=repeats,
        seed=seed,
    )
    if not jackknife:
        return found
    return with_jackknife(found, estimate, rows, other, groups=jackknife, seed=seed)


def judged(
    name: str, found: Estimate, rows: Tensor, other: Tensor, parameters: Mapping[str, Any]
) -> Estimate:
    """Return an estimate with the flags of its samples, and those they raise against its method.

    Args:
        name: of the estimator.
        found: its estimate.
        rows: t [n, d].
        other: labels [n] or values [n, c].
        parameters: of the estimator.
    """
    raised = of_samples(rows, other, width_of(parameters))
    if name != BINS:
        raised |= ESTIMATORS[name].raised(found.bits, rows, other, **parameters)
    return with_flags(found, raised)


def width_of(parameters: Mapping[str, Any]) -> float | None:
    """Return the fixed width of bins or of noise, in the units of t, where there is one."""
    noise = parameters.get("noise_variance")
    return parameters.get("bin_width") if noise is None else math.sqrt(noise)


def _estimating(
    name: str, rows: Tensor, other: Tensor, parameters: dict[str, Any], seed: int
) -> partial[Estimate]:
    """Return an estimator of rows and labels or values alone, that can take these."""
    if name == BINS:
        return partial(_binned, permutations=0, **parameters)
    kind = "values" if other.is_floating_point() else "labels"
    atoms = has_atoms(rows) or (kind == "values" and has_atoms(other))
    units = min(rows.shape[1], parameters.get("components") or rows.shape[1])
    width = max(units, other.shape[1] if other.ndim == 2 else 1)
    chosen = check_use(name, kind=kind, width=width, atoms=atoms)
    own = {**chosen.fixed, **parameters} | ({"seed": seed} if chosen.seeded else {})
    return partial(chosen.function, **own)


def _as_tuned(name: str, estimate: partial[Estimate], rows: Tensor, other: Tensor) -> Estimating:
    """Return an estimator whose parameters stay as y has tuned them, for y in other orders."""
    tuned = None if name == BINS else ESTIMATORS[name].tuned
    if tuned is None:
        return estimate
    return partial(estimate, **tuned(rows, other, **estimate.keywords))


def _binned(
    t: Any,
    y: Any,
    *,
    binning: str | None = None,
    bin_width: float | None = None,
    bins: int | None = None,
    bin_range: tuple[float, float] | None = None,
    correction: str = "plug-in",
    alphabet_size: float | None = None,
    permutations: int = 20,
    seed: int = 0,
) -> Estimate:
    rule = choose_bins(binning=binning, bin_width=bin_width, bins=bins, bin_range=bin_range)
    codes, labels = _hashes(t, "t", rule), _labels(y, rule)
    check_lengths(codes, labels)
    label_set = make_labels(labels, permutations=permutations, seed=seed)
    measured = counted(
        codes, {"Y": label_set}, correction, resolution=rule.resolution, alphabet_size=alphabet_size
    )
    return next(estimate for quantity, estimate in measured if quantity == "I(T;Y)")


def counted(
    hashes: np.ndarray,
    labels: Mapping[str, Labels],
    correction: str = "plug-in",
    *,
    resolution: str,
    alphabet_size: float | None = None,
) -> Iterator[Measured]:
    """Yield the quantities of a coded layer with one correction, by the fastest way there is."""
    if correction not in CORRECTED or alphabet_size is not None:
        yield from corrected_information(
            hashes, labels, correction, resolution=resolution, alphabet_size=alphabet_size
        )
        return
    for each in binned_information(hashes, labels, resolution=resolution):
        if each.estimate.estimator == CORRECTED[correction]:
            yield each


def entropy(
    t: Any,
    *,
    binning: str | None = None,
    bin_width: float | None = None,
    bins: int | None = None,
    bin_range: tuple[float, float] | None = None,
) -> float:
    """Estimate H(T) in bits, plug-in, through the same bins as ``mutual_information``."""
    rule = choose_bins(binning=binning, bin_width=bin_width, bins=bins, bin_range=bin_range)
    return float(group_rows(_hashes(t, "t", rule)).entropy)


def _hashes(values: Any, name: str, rule: Bins) -> np.ndarray:
    """Code and hash the rows of an array or tensor."""
    return hash_activations(as_rows(values, name), rule).cpu().numpy()


def _labels(y: Any, rule: Bins) -> np.ndarray:
    """Return labels as they are, anything continuous as hashes of its bins."""
    labels = as_labels(y)
    return _hashes(y, "y", rule) if labels is None else labels


def check_parameters(name: str, given: dict[str, Any]) -> None:
    """Refuse parameters that an estimator lacks or of a wrong type, bins without one resolution."""
    function = _binned if name == BINS else ESTIMATORS[name].function
    known = [p.name for p in signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
    allowed = [key for key in known if key not in ("seed", "permutations", "bound")] + [*COMMON]
    for key in given:
        if key not in allowed:
            raise InfoplaneError(
                f"estimator {name!r} has no parameter {key!r}; it has: {', '.join(allowed)}."
            )
    hints = get_type_hints(function) | get_type_hints(mutual_information)
    check_types(given, hints, f"estimator {name!r}")
    permutations = given.get("permutations")
    if permutations is not None and permutations < 0:
        raise InfoplaneError(f"permutations is {permutations}; give 0 or more (20 is usual).")
    if name == BINS:
        choose_bins(**{key: value for key, value in given.items() if key in RULE})
        check_choice("correction", given.get("correction", "plug-in"), tuple(CORRECTIONS))
