"""Estimates whose estimator and parameters come from a test's table."""

from __future__ import annotations

from typing import Any

from infoplane.information.as_text import OPTIONS, make
from infoplane.information.core.estimate import Estimate
from infoplane.information.mutual_information import mutual_information


def ask(t: Any, y: Any, name: str = "bins", *, seed: int = 0, **given: Any) -> Estimate:
    """Return the mutual information by an estimator, with its parameters and options together."""
    options = {key: given.pop(key) for key in OPTIONS if key in given}
    return mutual_information(t, y, make(name, given), seed=seed, **options)
