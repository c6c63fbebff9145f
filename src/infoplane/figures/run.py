"""Every figure of one run, into its folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from infoplane.figures.curves import information_curves
from infoplane.figures.memorization import memorization_figure
from infoplane.figures.plane import information_plane
from infoplane.figures.style import save
from infoplane.figures.training import training_curves
from infoplane.tables import I_TY, I_TY_SEEN, I_XT, M


def run_figures(measurements: pd.DataFrame, training: pd.DataFrame) -> dict[str, Figure]:
    """Return the figures of a run by name; a corrupted run has those of its seen labels too."""
    corrupted = (measurements["quantity"] == I_TY_SEEN).any()
    labels = [I_TY_SEEN, I_TY] if corrupted else [I_TY]
    seen = labels[0]
    figures = {
        "plane": information_plane(measurements, label=seen),
        "information": information_curves(measurements, quantities=(I_XT, *labels)),
        "training": training_curves(training),
    }
    if (measurements["subset"] == "test").any():
        figures["plane-test"] = information_plane(measurements, subset="test")
    if (measurements["quantity"] == M).any():
        decoder = str(measurements.loc[measurements["quantity"] == M, "estimator"].iloc[0])
        figures["memorization"] = memorization_figure(measurements, estimator=decoder)
    return figures


def draw_run(path: Path, measurements: pd.DataFrame, training: pd.DataFrame) -> None:
    """Write the figures of a run as PNG and SVG into ``path/figures``."""
    for name, figure in run_figures(measurements, training).items():
        save(figure, path / "figures" / name)
