"""The mutual information of any two arrays or tensors, and the entropy of one."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.information.as_text import parse
from infoplane.information.binned.by_name import choose_bins
from infoplane.information.binned.counting import group_rows
from infoplane.information.binned.hashing import hash_activations
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.estimator import Estimator, Kind
from infoplane.information.core.null import with_null
from infoplane.information.core.samples import (
    as_labels_or_rows,
    as_rows,
    check_lengths,
    has_atoms,
    is_discrete,
)
from infoplane.information.core.uncertainty import extrapolated, with_jackknife
from infoplane.information.options import Options
from infoplane.information.registry import ESTIMATORS, check_use


def mutual_information(
    t: Any,
    y: Any,
    estimator: Estimator | str,
    *,
    permutations: int | None = None,
    jackknife: int = 0,
    extrapolate: bool = False,
    seed: int = 0,
) -> Estimate:
    """Estimate I(T;Y) in bits, with its ceiling and its permutation null.

    Integers, booleans and strings are labels, if ``y`` has one dimension; anything else is
    continuous. A wrong use is refused with the names of fitting estimators.

    Args:
        t: activations [n] or [n, ...], array or tensor.
        y: labels [n], or continuous values [n] or [n, ...].
        estimator: one of ``infoplane.estimators()`` with its parameters, as a text or as what is
            in ``infoplane.information.registry``: "ksg(k=5)" or ``KSG(k=5)``,
            "bins(bin_width=0.5)" or ``Binned(bin_width=0.5)``.
        permutations: shuffles of ``y`` that make the null, in which what is tuned to ``y`` stays;
            0 for none. Unless given 20, and fewer where an estimate is slow.
        jackknife: groups of samples left out in turn, which make a ``standard_error`` for an
            estimate that has none of its own; 0 for none (20 is usual).
        extrapolate: fit estimates from parts of the samples by a series in 1/n, and return its
            value at 0 with the error of the fit; null and all (see ``core.uncertainty``).
        seed: of shuffles and parts, and of the estimator where it draws.

    Returns:
        An ``Estimate``: ``.bits``, ``.null_mean``, ``.null_std``, ``.standard_error``,
        ``.ceiling``, ``.saturated``, and ``.flags``: what else is to be held against the value, as
        "below zero", "high null", "copies" or "many dimensions" (``core.flags``). What
        always parts an estimator from I(T;Y), as that it is a lower bound, is its ``bias``.

    Raises:
        InfoplaneError: where the two differ in length, are empty or not finite, a name or a
            parameter is not known, bins have no resolution or more than one, the estimator cannot
            take such samples, or what is extrapolated is saturated.

    Cost: of bins, O(n d) time and memory for the codes and O(n log n) for the counts; of the
    others see their classes, times 1 + ``permutations`` + ``jackknife``; four times that
    extrapolated.

    Example:
        >>> import numpy as np
        >>> t = np.array([[0.1], [0.2], [0.9], [0.8]])
        >>> mutual_information(t, [0, 0, 1, 1], "bins(bin_width=0.5)").bits
        1.0
    """
    chosen, written = parse(estimator) if isinstance(estimator, str) else (estimator, Options())
    seeds.check(seed)
    if not isinstance(chosen, Estimator):
        raise InfoplaneError(
            f"estimator is {chosen!r:.60}; give one of infoplane.estimators(), as 'ksg(k=5)'."
        )
    options = written.overridden(permutations, jackknife, extrapolate)
    rows, other = as_rows(t, "t"), as_labels_or_rows(y)
    check_lengths(rows, other)
    check_samples_fit(chosen, rows, other)
    return chosen.stated(estimated(chosen, rows, other, options, seed))


def estimated(
    estimator: Estimator, t: Tensor, y: Tensor, options: Options, seed: int = 0
) -> Estimate:
    """Estimate I(T;Y) of prepared samples, with the null and errors asked for.

    Args:
        estimator: that can take them.
        t: samples [n, d].
        y: labels [n] or values [n, c].
        options: null, jackknife, extrapolation.
        seed: of all that is drawn.
    """
    permutations = options.permutations_of(estimator)
    if not options.uncertain:
        return estimator.with_null(t, y, permutations=permutations, seed=seed)
    tuned = estimator.tuned(t, y, seed=seed) if permutations else estimator
    estimate, by_chance = (partial(variant.estimate, seed=seed) for variant in (estimator, tuned))
    if options.extrapolate:
        _check_extrapolates(estimator)
        estimate, by_chance = (partial(extrapolated, e, seed=seed) for e in (estimate, by_chance))
    result = with_null(
        estimator.judged(estimate(t, y), t, y),
        lambda shuffled: by_chance(t, shuffled),
        y,
        permutations=permutations,
        seed=seed,
    )
    if not options.jackknife:
        return result
    return with_jackknife(result, estimate, t, y, groups=options.jackknife, seed=seed)


def check_samples_fit(estimator: Estimator, t: Tensor, y: Tensor) -> None:
    """Refuse samples that an estimator cannot take, with the names of those that can."""
    kind: Kind = "labels" if is_discrete(y) else "values"
    units = min(t.shape[1], estimator.parameters.get("components") or t.shape[1])
    width = max(units, y.shape[1] if y.ndim == 2 else 1)
    if estimator.atoms and estimator.refusal(kind=kind, width=width, atoms=False) is None:
        return  # rows may repeat: they are not looked at
    atoms = has_atoms(t) or (kind == "values" and has_atoms(y))
    check_use(estimator, kind=kind, width=width, atoms=atoms)


def _check_extrapolates(estimator: Estimator) -> None:
    """Refuse to extrapolate an estimate whose bias is no series in 1/n."""
    if not estimator.extrapolates:
        can = [name for name, other in ESTIMATORS.items() if other.extrapolates]
        raise InfoplaneError(
            f"estimator {estimator.name!r} has a bias that does not fall as 1/n, so it cannot be "
            f"extrapolated; use one of: {', '.join(can)}."
        )


def entropy(
    t: Any,
    *,
    binning: str | None = None,
    bin_width: float | None = None,
    bins: int | None = None,
    bin_range: tuple[float, float] | None = None,
) -> float:
    """Estimate H(T) in bits, plug-in, through bins (see ``choose_bins``)."""
    rule = choose_bins(binning=binning, bin_width=bin_width, bins=bins, bin_range=bin_range)
    return float(group_rows(hash_activations(as_rows(t, "t"), rule).cpu().numpy()).entropy)
