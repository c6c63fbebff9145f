"""The most memorized examples of a run, by each score of its training."""

from __future__ import annotations

from typing import Any

import pandas as pd

from infoplane.figures import example_scores
from infoplane.figures.examples.scores import ABOUT, direction, words
from infoplane.page.columns import packed

SHOWN = 25  # examples by each score
KEY = ["id", *ABOUT]


def most_memorized(examples: pd.DataFrame, shown: int = SHOWN) -> dict[str, Any] | None:
    """Return the training examples that each score calls most memorized.

    Args:
        examples: the examples table of a run.
        shown: how many by each score.

    Returns:
        ``scores``: ``name, words, direction`` of each (+1 where more speaks for memorization);
        ``of``: how many examples there are; ``table``: ``id, label, seen_label, corrupted``, the
        scores, means over members; ``prediction``, the most common one, and ``fitted``, the share
        of members whose prediction is the label seen. None of a run that followed no examples.
    """
    if examples.empty or not examples["confidence"].notna().any():
        return None
    table = example_scores(examples)
    names = [name for name in table.columns if name not in KEY]
    kept = pd.concat([_ranked(table, name)[:shown] for name in names]).drop_duplicates(KEY)
    return {
        "scores": [{"name": n, "words": words(n), "direction": direction(n)} for n in names],
        "shown": shown,
        "of": len(table),
        "table": packed(kept.sort_index().merge(_predictions(examples), on=KEY)),
    }


def _ranked(table: pd.DataFrame, score: str) -> pd.DataFrame:
    return table.loc[(-direction(score) * table[score]).sort_values(kind="stable").index]


def _predictions(examples: pd.DataFrame) -> pd.DataFrame:
    """What members predict of an example at the end: the lowest of the most common classes."""
    rows = examples[examples["subset"] == "train"]
    rows = rows.assign(fitted=rows["prediction"] == rows["seen_label"])
    counts = rows.groupby([*KEY, "prediction"], as_index=False).size()
    counts = counts.sort_values("size", ascending=False, kind="stable").drop_duplicates(KEY)
    fitted = rows.groupby(KEY, as_index=False).agg(fitted=("fitted", "mean"))
    return counts[[*KEY, "prediction"]].merge(fitted, on=KEY)
