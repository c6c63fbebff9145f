"""The planes of a run as a page holds them: the numbers of the figures, with their nulls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from infoplane.figures import curve_points, learned_memorized_points, plane_points
from infoplane.figures.drawing import style
from infoplane.names import BINS, I_TY, I_TY_SEEN, I_XT, TRAIN, M
from infoplane.page.colours import on_both
from infoplane.page.columns import at_epochs, packed
from infoplane.tables import learned_subset, main_subset

KEY = ["layer", "depth", "epoch"]
LABELS = (I_TY, I_TY_SEEN)


def memorized_plane(measurements: pd.DataFrame, epochs: Sequence[int]) -> dict[str, Any] | None:
    """Return the points of the learned–memorized plane; None of a run that measured no M.

    Its columns are those of ``learned_memorized_points`` and the nulls of both quantities,
    ``learned_null_mean, learned_null_std, memorized_null_mean, memorized_null_std``.
    """
    if not (measurements["quantity"] == M).any():
        return None
    points = learned_memorized_points(measurements)
    estimator = str(points["estimator"].iloc[0])
    for name, quantity, subset in (
        ("memorized", M, TRAIN),
        ("learned", I_TY, learned_subset(measurements)),
    ):
        nulls = curve_points(
            measurements, subset=subset, quantities=(quantity,), estimator=estimator,
            with_input=True,
        )  # fmt: skip
        columns = {kind: f"{name}_{kind}" for kind in ("null_mean", "null_std")}
        points = points.merge(nulls[[*KEY, *columns]].rename(columns=columns), on=KEY)
    return packed(at_epochs(points, epochs))


def information_planes(measurements: pd.DataFrame, epochs: Sequence[int]) -> dict[str, Any]:
    """Return the information plane by each label information that bins measured, by its name."""
    rows = measurements[measurements["estimator"] == BINS]
    if not (rows["quantity"] == I_XT).any():
        return {}
    subset = main_subset(rows)
    told = (rows["subset"] == subset) & (rows["depth"] > 0)
    held = set(rows.loc[told, "quantity"].unique())
    return {
        label: packed(at_epochs(plane_points(measurements, subset=subset, label=label), epochs))
        for label in LABELS
        if {label, I_XT} <= held
    }


def layers(measurements: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the layers in order of depth, each with its colour on white and on black."""
    named = measurements.drop_duplicates("depth").sort_values("depth")
    depths = [int(depth) for depth in named["depth"]]
    colours = style.layer_colours(depths)
    return [
        {"depth": depth, "name": str(name), **on_both(colours[depth])}
        for depth, name in zip(depths, named["layer"], strict=True)
    ]
