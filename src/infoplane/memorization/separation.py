"""How well scores tell corrupted examples from clean ones, where the truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infoplane.errors import InfoplaneError
from infoplane.scores import SCORES

FALSE_POSITIVES = 0.01


def separation(scores: pd.DataFrame, corrupted: np.ndarray) -> pd.DataFrame:
    """Return AUROC, average precision and true positives at 1 % false positives of each score.

    Each is oriented by its stated direction, so that .5 is chance and below it the direction is
    wrong here. Ties count half in the AUROC; the last column takes no threshold inside a tie.

    Args:
        scores: a column for each score of ``SCORES`` (missing or all-NaN ones are left out).
        corrupted: mask [n].

    Raises:
        InfoplaneError: where no example is corrupted, or all are: there is nothing to tell apart.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

    truth = np.asarray(corrupted, dtype=bool)
    if truth.all() or not truth.any():
        raise InfoplaneError(
            f"{int(truth.sum())} of {len(truth)} examples are corrupted; scores can be judged "
            "where some are and some are not."
        )
    rows = []
    for score in SCORES:
        if score.name not in scores or scores[score.name].isna().any():
            continue
        oriented = score.direction * scores[score.name].to_numpy(dtype=np.float64)
        false, true, _ = roc_curve(truth, oriented, drop_intermediate=False)
        rows.append(
            {
                "score": score.name,
                "direction": score.direction,
                "auroc": float(roc_auc_score(truth, oriented)),
                "average_precision": float(average_precision_score(truth, oriented)),
                "tpr_at_1_percent_fpr": float(true[false <= FALSE_POSITIVES].max()),
            }
        )
    return pd.DataFrame(rows)
