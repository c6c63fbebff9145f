"""When a network has fitted its labels, as the studies of memorizing ask it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infoplane.names import RUNNING_ACCURACY
from infoplane.runs.run import Run

FITTED = 0.99  # accuracy on the seen labels


def running_accuracy(run: Run) -> pd.DataFrame:
    """Return the accuracy on the seen labels over the presentations of an epoch.

    A row an epoch, a column a member.
    """
    d = run.dynamics
    rows = d[d["quantity"] == RUNNING_ACCURACY]
    return rows.pivot(index="epoch", columns="member", values="value").sort_index()


def epochs_to_fit(run: Run) -> np.ndarray:
    """Return the first epoch whose running accuracy is 99 % or more, NaN where none is."""
    accuracy = running_accuracy(run)
    fitted = accuracy.to_numpy() >= FITTED
    first = accuracy.index.to_numpy()[fitted.argmax(axis=0)].astype(np.float64)
    return np.where(fitted.any(axis=0), first, np.nan)
