"""The figure that a network is told by first."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from infoplane.figures.information.curves import information_curves
from infoplane.figures.information.plane import information_plane
from infoplane.figures.memorization.plane import learned_memorized_plane
from infoplane.names import BINS, DECODERS, I_TY, I_TY_SEEN, I_XT, TEST, TRAIN, M
from infoplane.tables import main_subset


def main_figure(measurements: pd.DataFrame, **options: Any) -> Figure:
    """Draw the learned–memorized plane, or without M the information plane, or the course.

    The information plane is drawn where bins were asked for or are not saturated in most layers;
    else what decoders read of the label in every layer, against the epoch.

    Args:
        measurements: the measurements table of one run.
        options: of the figure: ``title``, ``ax``, ``estimator``, … (see ``infoplane.figures``).

    Raises:
        InfoplaneError: where the table holds none of these.
    """
    if (measurements["quantity"] == M).any():
        return learned_memorized_plane(measurements, **options)
    hidden = measurements[measurements["depth"] > 0]
    subset = main_subset(measurements)
    binned = hidden[(hidden["estimator"] == BINS) & (hidden["subset"] == subset)]
    held = set(binned["quantity"])
    labels = [label for label in (I_TY_SEEN, I_TY) if label in held]
    most = 2 * binned["layer"].nunique() >= hidden["layer"].nunique()
    if (most and I_XT in held and labels) or not (hidden["quantity"] == I_TY).any():
        plane_options: dict[str, Any] = {"subset": subset, "label": labels[0] if labels else I_TY}
        return information_plane(measurements, **plane_options | options)
    label_rows = hidden[hidden["quantity"] == I_TY]
    subset = TEST if (label_rows["subset"] == TEST).any() else TRAIN
    names = list(label_rows.loc[label_rows["subset"] == subset, "estimator"].unique())
    estimator = next((name for name in DECODERS if name in names), names[0])
    curve_options = {"estimator": estimator, "subset": subset, "quantities": (I_TY,)}
    return information_curves(measurements, **curve_options | options)
