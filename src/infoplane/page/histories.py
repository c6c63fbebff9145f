"""How examples went by epoch, as a page holds it: one letter a number."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Int

from infoplane.names import TRAIN

ABSENT = 255  # the code of what is not known
MOST_CLASSES = 255  # of more, predictions are left out
MOST_EPOCHS = 40  # of more, as many are held, even among those that are kept


def packed_histories(
    histories: pd.DataFrame | None, examples: pd.DataFrame, shown: pd.DataFrame
) -> dict[str, Any]:
    """Return the histories of the examples shown.

    Args:
        histories: the table of a run; empty or None where it has none.
        examples: the examples table of the run.
        shown: the rows shown, whose columns identify an example: ``id, label, seen_label``, ….

    Returns:
        ``epochs`` [e]; ``confidence`` and ``predictions``, for each row shown the base64 of e
        bytes: the mean over members of the probability of the label seen, in percent, and the class
        most of them predicted (None where there are over 255 classes). 255: not presented.
        Empty lists and None for a run without histories.
    """
    none = {"epochs": [], "confidence": None, "predictions": None}
    if histories is None or histories.empty:
        return none
    key = list(shown.columns)
    places = shown.reset_index(drop=True).reset_index(names="place")
    rows = examples.loc[examples["subset"] == TRAIN, ["member", *key]].merge(places, on=key)
    rows = rows.merge(histories, on=["member", "id"])
    if rows.empty:
        return none
    epochs = np.asarray(rows["epochs"].iloc[0])
    held = np.linspace(0, len(epochs) - 1, min(len(epochs), MOST_EPOCHS)).round().astype(int)
    confidence = np.stack(rows["confidence"].tolist())[:, held]  # [rows, e]
    predictions = np.stack(rows["predictions"].tolist())[:, held]
    few_classes = predictions.max() < MOST_CLASSES
    packed: dict[str, list[str | None]] = {
        name: [None] * len(shown) for name in ("confidence", "predictions")
    }
    place_of = rows["place"].to_numpy()
    for place in np.unique(place_of).tolist():
        group = place_of == place
        packed["confidence"][place] = _text(_percent(confidence[group]))
        if few_classes:
            packed["predictions"][place] = _text(_most_common(predictions[group]))
    return {"epochs": epochs[held].tolist(), **packed}


def _percent(confidence: np.ndarray) -> Int[np.ndarray, " e"]:
    absent = np.isnan(confidence)
    known = (~absent).sum(axis=0)
    mean = np.where(absent, 0, confidence).sum(axis=0) / np.maximum(known, 1)
    return np.where(known > 0, np.rint(100 * mean), ABSENT).astype(np.int64)


def _most_common(predictions: np.ndarray) -> Int[np.ndarray, " e"]:
    """The class that most members predict, the lowest of equals; ``ABSENT`` where none does."""
    counts = [np.bincount(column[column >= 0], minlength=1) for column in predictions.T]
    return np.array([ABSENT if c.sum() == 0 else c.argmax() for c in counts])


def _text(codes: Int[np.ndarray, " e"]) -> str:
    return base64.b64encode(codes.astype(np.uint8).tobytes()).decode()
