"""What got worse: the ratios of this run beside the committed ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

SHARE = 0.25  # of a ratio that may be lost: on two cores the same code differs by a tenth or so
TRIES = 3  # measurements of what seems worse; noise comes and goes, lost speed stays lost


@dataclass(frozen=True)
class Comparison:
    """Rows that got worse, as (committed, measured), and those that are on one side alone."""

    worse: dict[str, tuple[float, float]]
    not_measured: list[str]
    not_committed: list[str]


def compare(
    committed: Mapping[str, float], measured: Mapping[str, float], *, share: float = SHARE
) -> Comparison:
    """Compare ratios by key; a row is worse when it lost more than ``share`` of its ratio."""
    worse = {
        key: (committed[key], ratio)
        for key, ratio in measured.items()
        if key in committed and ratio < (1 - share) * committed[key]
    }
    not_measured = [key for key in committed if key not in measured]
    not_committed = [key for key in measured if key not in committed]
    return Comparison(worse, not_measured, not_committed)


def of_modules(ratios: Mapping[str, float], modules: Iterable[str]) -> dict[str, float]:
    """Return the rows of some modules."""
    wanted = set(modules)
    return {key: ratio for key, ratio in ratios.items() if key.partition(".")[0] in wanted}


def compare_patiently(
    committed: Mapping[str, float],
    measured: Mapping[str, float],
    again: Callable[[str], Mapping[str, float]],
    *,
    share: float = SHARE,
) -> Comparison:
    """Compare ratios, and measure again what seems worse: the best of a few tries counts.

    Args:
        committed: ratios by key.
        measured: those of this run.
        again: takes a module and measures its ratios once more.
        share: of a ratio that may be lost.
    """
    best = dict(measured)
    for _ in range(TRIES - 1):
        suspects = {key.partition(".")[0] for key in compare(committed, best, share=share).worse}
        for module in sorted(suspects):
            for key, ratio in again(module).items():
                best[key] = max(ratio, best.get(key, ratio))
    return compare(committed, best, share=share)
