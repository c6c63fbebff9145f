"""Hold estimators to known truths: one row for each estimator on each distribution."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from infoplane import seeds as seeding
from infoplane.errors import InfoplaneError
from infoplane.validation.distributions import Distribution, distributions

Estimator = Callable[..., float]  # (t, y, seed, **parameters) -> bits
Progress = Callable[[dict[str, Any], int, int], None]  # (row, cases done, cases in all)

VALIDATION = {
    "estimator": "string",
    "parameters": "string",  # "k=3", "" where there are none
    "distribution": "string",
    "n": "int64",
    "estimate": "float64",  # bits, mean over seeds
    "truth": "float64",  # bits
    "error": "float64",  # estimate - truth
    "spread": "float64",  # standard deviation over seeds, NaN for one
    "seconds": "float64",  # an estimate, mean over seeds
    "expected": "float64",  # error that a known bias makes, 0 without
    "tolerance": "float64",  # bits
    "holds": "bool",  # |error - expected| ≤ tolerance
    "known_bias": "string",  # why an error is expected; "" where none is
}


@dataclass(frozen=True)
class Case:
    """What an estimator claims: |mean error - ``expected_error``| ≤ ``tolerance_bits``, n samples.

    The error, estimate - truth, is expected to be 0 unless ``known_bias`` says why the estimator
    misses here; ``expected_error`` is then by how many bits, known from theory or from another
    implementation. It excuses no other miss, and the tolerance stays what it would be without.
    """

    estimator: str
    parameters: Mapping[str, Any]
    distribution: str
    n: int
    tolerance_bits: float
    known_bias: str = ""
    expected_error: float = 0.0

    def __post_init__(self) -> None:
        if self.n < 1:
            raise InfoplaneError(f"n of {self.named} is {self.n}; give 1 or more samples.")
        if not self.tolerance_bits >= 0:
            raise InfoplaneError(
                f"the tolerance of {self.named} is {self.tolerance_bits} bits; give 0 or more."
            )
        if not math.isfinite(self.expected_error):
            raise InfoplaneError(
                f"the expected error of {self.named} is {self.expected_error} bits; give a number."
            )
        if bool(self.known_bias) != (abs(self.expected_error) > self.tolerance_bits):
            raise InfoplaneError(
                f"the known bias of {self.named} is {self.known_bias!r}, of "
                f"{self.expected_error:g} bits; give a reason and more bits than the "
                f"tolerance, {self.tolerance_bits:g}, or neither."
            )

    @property
    def named(self) -> str:
        """The case in words: "ksg (k=3) on 12-bit task"."""
        told = f" ({_told(self.parameters)})" if self.parameters else ""
        return f"{self.estimator}{told} on {self.distribution}"


def validate(
    cases: Iterable[Case],
    estimators: Mapping[str, Estimator],
    *,
    seeds: int = 3,
    known: Mapping[str, Distribution] | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Estimate each case on fresh samples of each seed, and compare with the truth, in bits.

    All estimators see the same samples of a distribution, n and seed. The time is that of the
    estimates alone.

    Args:
        cases: what is claimed.
        estimators: by name, functions ``(t, y, seed=…, **parameters) -> bits``.
        seeds: how many samples are drawn for each case.
        known: distributions by name, instead of all of ``distributions()``.
        progress: called after each case with its row, the number done and the number of all.

    Returns:
        Columns of ``VALIDATION``, one row a case, in their order.

    Raises:
        InfoplaneError: where a case names an estimator or distribution that is not there, before
            anything is estimated; where an estimator refuses its samples; where ``seeds`` < 1.
    """
    if seeds < 1:
        raise InfoplaneError(f"seeds is {seeds}; give 1 or more (3 is usual).")
    cases, known = list(cases), distributions() if known is None else known
    for case in cases:
        _named(case.estimator, estimators, "estimator", case)
        _named(case.distribution, known, "distribution", case)
    rows = []
    for done, case in enumerate(cases, start=1):
        rows.append(_row(case, estimators[case.estimator], known[case.distribution], seeds))
        if progress is not None:
            progress(rows[-1], done, len(cases))
    return pd.DataFrame(rows, columns=list(VALIDATION)).astype(VALIDATION)


def failed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of broken claims: the error is not the expected one, or is no number."""
    return table[~table["holds"]]


def _row(case: Case, estimator: Estimator, distribution: Distribution, seeds: int) -> dict:
    bits, seconds = [], []
    for seed in range(seeds):
        purpose = f"validation: {distribution.name}"
        t, y = distribution.sample(case.n, seeding.generator(seed, purpose, case.n))
        start = time.perf_counter()
        try:
            bits.append(float(estimator(t, y, seed=seed, **case.parameters)))
        except InfoplaneError as error:
            raise InfoplaneError(f"{case.named}, n = {case.n}: {error}") from error
        seconds.append(time.perf_counter() - start)
    estimate = float(np.mean(bits))
    error = estimate - distribution.truth_bits
    return {
        "estimator": case.estimator,
        "parameters": _told(case.parameters),
        "distribution": case.distribution,
        "n": case.n,
        "estimate": estimate,
        "truth": distribution.truth_bits,
        "error": error,
        "spread": float(np.std(bits, ddof=1)) if seeds > 1 else float("nan"),
        "seconds": float(np.mean(seconds)),
        "expected": case.expected_error,
        "tolerance": case.tolerance_bits,
        "holds": abs(error - case.expected_error) <= case.tolerance_bits,
        "known_bias": case.known_bias,
    }


def _told(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in parameters.items())


def _named(name: str, by_name: Mapping[str, Any], what: str, case: Case) -> None:
    if name not in by_name:
        raise InfoplaneError(
            f"the case {case.named} asks for an unknown {what}; give one of: {'; '.join(by_name)}."
        )
