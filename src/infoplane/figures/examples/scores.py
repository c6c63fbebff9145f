"""What is drawn of single examples: one row each, and which way each score points."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing.selection import check_table
from infoplane.names import TRAIN
from infoplane.scores import BY_NAME

DRAWN = (
    *("cumulative_loss", "aum", "confidence", "variability", "correctness"),
    *("forgetting_events", "epoch_learned", "el2n", "gradient_norm"),
)
"""The scores in the order in which they are drawn."""
ABOUT = ["label", "seen_label", "corrupted"]


def example_scores(
    examples: pd.DataFrame, *, scores: Sequence[str] | None = None, subset: str = TRAIN
) -> pd.DataFrame:
    """Return one row an example: its scores, as means over the members that saw it so labelled.

    Args:
        examples: the examples table of one run whose examples were followed.
        scores: columns to keep; all of ``DRAWN`` that hold values unless given.
        subset: the examples kept.

    Returns:
        Columns ``id, label, seen_label, corrupted`` and the scores, in order of the table. Where
        members have labels of their own, an example has a row for each label it was given.

    Raises:
        InfoplaneError: where the table is empty or lacks a column, no example of the subset has
            a value of a score, or one member has an example twice.
    """
    asked = list(DRAWN if scores is None else scores)
    check_table(examples, ["member", "subset", "id", *ABOUT, *(scores or [])], "examples")
    rows = examples.loc[examples["subset"] == subset]
    if rows.duplicated(["member", "id"]).any():
        raise InfoplaneError(
            f"the examples table has examples of subset {subset!r} several times for one member; "
            "keep the rows of one run, and draw again."
        )
    held = [name for name in asked if name in rows and rows[name].notna().any()]
    missing = [name for name in asked if name not in held]
    if not held or (scores is not None and missing):
        raise InfoplaneError(
            f"no example of subset {subset!r} has a value of {', '.join(missing)}; "
            "give the examples table of a run that followed its examples."
        )
    means = {name: (name, "mean") for name in held}
    table = rows.groupby(["id", *ABOUT], as_index=False, sort=False).agg(**means)
    return table.dropna(subset=held, ignore_index=True)


def auroc(values: pd.Series, positive: pd.Series) -> float:
    """Return the chance that a positive has the higher value (ties count half); NaN without both.

    Source: the Mann–Whitney statistic by mid-ranks.
    """
    ups, n = int(positive.sum()), len(positive)
    if ups in (0, n):
        return float("nan")
    ranks = float(values.rank()[positive].sum())
    return (ranks - ups * (ups + 1) / 2) / (ups * (n - ups))


def direction(score: str) -> int:
    """Return +1 where more of a score speaks for memorization, -1 where less does."""
    return BY_NAME[score].direction if score in BY_NAME else +1


def words(score: str) -> str:
    """Return the words for a score on an axis."""
    return BY_NAME[score].axis if score in BY_NAME else score.replace("_", " ")
