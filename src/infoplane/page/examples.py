"""The examples of a run in a page: the most memorized by each score, and a sample of all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from infoplane.errors import InfoplaneError
from infoplane.figures import example_scores
from infoplane.figures.examples.scores import ABOUT, auroc, direction, words
from infoplane.names import TRAIN
from infoplane.page.columns import packed, plain
from infoplane.page.histories import packed_histories
from infoplane.page.images import BUDGET
from infoplane.page.inputs import Inputs, images_at, rows_at

SHOWN = 25  # examples by each score
SAMPLE = 600  # of all, for the map
MANY = 10  # runs; of more, each has less of the sample and of the images
KEY = ["id", *ABOUT]


def shown_examples(
    examples: pd.DataFrame,
    inputs: Inputs | None = None,
    *,
    histories: pd.DataFrame | None = None,
    shown: int = SHOWN,
    of: int = 1,
) -> dict[str, Any] | None:
    """Return the training examples that each score calls most memorized, and a sample of all.

    Args:
        examples: the examples table of a run.
        inputs: of its first member's training examples, in order of the table: images, or rows of
            columns.
        histories: of its training examples, where they are known.
        shown: how many by each score.
        of: how many runs the page holds; ``SAMPLE`` of all examples, drawn by a fixed seed, and
            ``BUDGET`` characters of images are what one of ten has.

    Returns:
        ``scores``: ``name, words, direction`` of each (+1 where more speaks for memorization), its
        ``percentiles`` [101] among all examples, and how well it tells wrong labels from right
        ones: ``auroc``, and ``found`` of as many suspects as there are wrong labels (None without);
        ``of``: how many examples there are, ``wrong``: with a wrong label; ``table``: ``id, label,
        seen_label, corrupted``, the scores, means over members; ``prediction``, the most common
        one, and ``fitted``, the share of members whose prediction is the label seen; ``image``, a
        data URL or None; ``row``, the values of its columns or None; ``confidence_by_epoch`` and
        ``predictions_by_epoch``, at the epochs of ``history``, as ``packed_histories`` says.
        None of a run that followed no examples.
    """
    if not were_followed(examples):
        return None
    table = example_scores(examples)
    names = [name for name in table.columns if name not in KEY]
    most = [_ranked(table, name)[:shown] for name in names]
    room = min(1.0, MANY / of)
    some = table.sample(min(int(room * SAMPLE), len(table)), random_state=0).sort_index()
    kept = pd.concat([*most, some]).drop_duplicates(KEY)
    table_shown = kept.merge(_predictions(examples), on=KEY)
    places = _places(examples, inputs, table_shown["id"])
    history = packed_histories(histories, examples, table_shown[KEY])
    seen = {
        "image": images_at(inputs, places, int(room * BUDGET)),
        "row": rows_at(inputs, places),
        "confidence_by_epoch": history["confidence"],
        "predictions_by_epoch": history["predictions"],
    }
    return {
        "scores": [_score(table, name) for name in names],
        "shown": shown,
        "sample": len(some),
        "of": len(table),
        "wrong": int(table["corrupted"].sum()),
        "history": history["epochs"],
        "table": packed(
            table_shown.assign(**{k: pd.Series(v, dtype=object) for k, v in seen.items()})
        ),
    }


def were_followed(examples: pd.DataFrame) -> bool:
    """Whether a run has followed its examples one by one, and has ended."""
    return bool(examples["confidence"].notna().any())


def _score(table: pd.DataFrame, name: str) -> dict[str, Any]:
    """What a page says of a score, and where it stands among all examples."""
    ranked, wrong = _ranked(table, name), int(table["corrupted"].sum())
    told = 0 < wrong < len(table)
    return {
        "name": name,
        "words": words(name),
        "direction": direction(name),
        "percentiles": [plain(v) for v in np.percentile(table[name], np.arange(101))],
        "auroc": plain(auroc(direction(name) * table[name], table["corrupted"])),
        "found": int(ranked["corrupted"][:wrong].sum()) if told else None,
    }


def _places(examples: pd.DataFrame, inputs: Inputs | None, ids: pd.Series) -> list[int]:
    """Where the inputs of examples with these ids stand; -1 where they are not."""
    if inputs is None:
        return [-1] * len(ids)
    first = examples[(examples["subset"] == TRAIN) & (examples["member"] == 0)]
    if len(first) != len(inputs):
        raise InfoplaneError(
            f"{len(inputs)} inputs were given for {len(first)} training examples; give one for "
            "each, in the order of the examples table."
        )
    place = pd.Series(range(len(first)), index=first["id"].to_numpy())
    return place.reindex(ids, fill_value=-1).tolist()


def _ranked(table: pd.DataFrame, score: str) -> pd.DataFrame:
    return table.loc[(-direction(score) * table[score]).sort_values(kind="stable").index]


def _predictions(examples: pd.DataFrame) -> pd.DataFrame:
    """What members predict of an example at the end: the lowest of the most common classes."""
    rows = examples[examples["subset"] == TRAIN]
    rows = rows.assign(fitted=rows["prediction"] == rows["seen_label"])
    counts = rows.groupby([*KEY, "prediction"], as_index=False).size()
    counts = counts.sort_values("size", ascending=False, kind="stable").drop_duplicates(KEY)
    fitted = rows.groupby(KEY, as_index=False).agg(fitted=("fitted", "mean"))
    return counts[[*KEY, "prediction"]].merge(fitted, on=KEY)
