"""Which labels are wrong, and how many: from a network's predictions for every example."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from infoplane.errors import InfoplaneError
from infoplane.information.core.arrays import as_array

COLUMNS = ("id", "label", "suggested", "score", "direction", "suspect")
LOWER = "lower is more suspect"
SUM = 1e-2  # rows of probabilities may be so far from 1


def suspects(probabilities: Any, labels: Any, *, names: Any = None) -> pd.DataFrame:
    """Rank examples by how little predictions agree with their labels; most suspect first.

    Predictions have to be of a network that was not trained on the example (cross-validated), or
    means over the epochs before it was memorized.

    Args:
        probabilities: p(c|x) [n, K], tensor or array.
        labels: class numbers [n].
        names: of the classes [K], instead of their numbers.

    Returns:
        A row for each example: id (its place), label, suggested (the other class of the highest
        probability), score (p of the label less that of the suggested class, in -1..1), direction,
        and whether it is a suspect: as many of the lowest scores as labels are estimated to be
        wrong (see ``confident_joint``).

    Raises:
        InfoplaneError: for what is no probabilities, or labels that do not fit.

    Source: Northcutt et al. 2021, "Confident learning" (ranking by normalized margin, pruning by
        the estimated number).
    """
    p, y = _checked(probabilities, labels)
    of_label = p[np.arange(len(y)), y]
    rivals = p.copy()
    rivals[np.arange(len(y)), y] = -np.inf
    wrong = wrong_rate(confident_joint(p, y))
    return ranked(of_label - rivals.max(axis=1), y, rivals.argmax(axis=1), rate=wrong, names=names)


def ranked(
    score: Float[np.ndarray, " n"],
    labels: Int[np.ndarray, " n"],
    suggested: Int[np.ndarray, " n"],
    *,
    rate: float,
    names: Any = None,
) -> pd.DataFrame:
    """Return the table of ``suspects``: the share ``rate`` of the lowest scores are suspects.

    Raises:
        InfoplaneError: where there are fewer names than classes.
    """
    called = _called(names, int(max(labels.max(), suggested.max())) + 1)
    order = np.argsort(score, kind="stable")
    columns = {
        "id": order,
        "label": called[labels[order]],
        "suggested": called[suggested[order]],
        "score": score[order],
        "direction": LOWER,
        "suspect": np.arange(len(order)) < round(rate * len(order)),
    }
    return pd.DataFrame(columns)[list(COLUMNS)]


def confident_joint(
    probabilities: Float[np.ndarray, "n K"], labels: Int[np.ndarray, " n"]
) -> Float[np.ndarray, "K K"]:
    """Return the estimated joint distribution Q[ỹ, y] of seen and true labels.

    An example counts as of the class y whose probability is at least the mean that examples
    labelled y have of it; of several, the most probable. Rows are brought to the counts of the
    seen labels. Wrong labels are undercounted where their true class is pure, as half of its
    examples are below its mean.

    Source: Northcutt et al. 2021 (JAIR 70), equations 1 and 2.
    """
    n, k = probabilities.shape
    counts = np.bincount(labels, minlength=k)
    means = np.zeros(k)
    np.add.at(means, labels, probabilities[np.arange(n), labels])
    thresholds = np.where(counts > 0, means / np.maximum(counts, 1), np.inf)
    confident = probabilities >= thresholds
    some = confident.any(axis=1)
    place = np.where(confident, probabilities, -1).argmax(axis=1)
    joint = np.zeros((k, k))
    np.add.at(joint, (labels[some], place[some]), 1)
    joint[np.diag_indices(k)] += joint.sum(axis=1) == 0  # none is confident: taken as they are
    return joint / joint.sum(axis=1, keepdims=True) * counts[:, None] / n


def wrong_rate(joint: Float[np.ndarray, "K K"]) -> float:
    """Return the share of wrong labels of a joint distribution of seen and true ones."""
    return max(0.0, float(1 - np.trace(joint)))


def noise_matrix(joint: Float[np.ndarray, "K K"]) -> Float[np.ndarray, "K K"]:
    """Return p(ỹ|y), a row for each true class y, of a joint Q[ỹ, y]; of no example, the label."""
    of_true = joint.sum(axis=0)
    rows = joint.T / np.where(of_true > 0, of_true, 1)[:, None]
    return np.where((of_true > 0)[:, None], rows, np.eye(len(joint)))


def _called(names: Any, classes: int) -> np.ndarray:
    if names is None:
        return np.arange(classes)
    names = as_array(names, "names")
    if names.ndim != 1:
        raise InfoplaneError(f"names has the shape {list(names.shape)}; give one for each class.")
    if len(names) < classes:
        raise InfoplaneError(f"{len(names)} names were given for {classes} classes; give one each.")
    return names


def _checked(probabilities: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    p, y = (as_array(each, "probabilities or labels") for each in (probabilities, labels))
    if p.ndim != 2 or y.shape != p.shape[:1] or len(y) == 0 or p.shape[1] < 2:
        raise InfoplaneError(
            f"probabilities and labels have the shapes {list(p.shape)} and {list(y.shape)}; give "
            "[n, classes], of two or more classes, and [n]."
        )
    if p.dtype.kind != "f" or not ((p >= 0).all() and (abs(p.sum(axis=1) - 1) < SUM).all()):
        raise InfoplaneError(
            "probabilities has rows that are none; give p(c|x), of 0 or more and with sum 1: the "
            "softmax of logits."
        )
    if y.dtype.kind not in "iu" or not 0 <= y.min() <= y.max() < p.shape[1]:
        raise InfoplaneError(
            f"labels run from {y.min()} to {y.max()} ({y.dtype}) and there are {p.shape[1]} "
            "classes; give class numbers from 0 on."
        )
    return p.astype(np.float64), y.astype(np.int64)
