"""Every figure of one run, into its folder."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from infoplane.figures.drawing.style import save
from infoplane.figures.examples.dataset_map import dataset_map, score_histograms
from infoplane.figures.information.curves import information_curves
from infoplane.figures.information.plane import information_plane
from infoplane.figures.information.resolution import resolution_map, sweeps
from infoplane.figures.memorization.label_bits import label_bits_figure
from infoplane.figures.memorization.overview import memorization_figure
from infoplane.figures.training import training_curves
from infoplane.names import I_TY, I_TY_SEEN, I_XT, TEST, M
from infoplane.tables import main_subset


def run_figures(
    measurements: pd.DataFrame,
    training: pd.DataFrame,
    examples: pd.DataFrame | None = None,
    dynamics: pd.DataFrame | None = None,
) -> dict[str, Figure]:
    """Return the figures of a run by name; a corrupted run has those of its seen labels too."""
    corrupted = (measurements["quantity"] == I_TY_SEEN).any()
    labels = [I_TY_SEEN, I_TY] if corrupted else [I_TY]
    seen, subset = labels[0], main_subset(measurements)
    figures = {
        "plane": information_plane(measurements, subset=subset, label=seen),
        "information": information_curves(measurements, subset=subset, quantities=(I_XT, *labels)),
        "training": training_curves(training),
    }
    test = measurements[measurements["subset"] == TEST]
    if subset != TEST and (test["quantity"] == I_XT).any():
        figures["plane-test"] = information_plane(measurements, subset=TEST)
    if (measurements["quantity"] == M).any():
        decoder = str(measurements.loc[measurements["quantity"] == M, "estimator"].iloc[0])
        figures["memorization"] = memorization_figure(measurements, training, estimator=decoder)
    for estimator, quantity in sweeps(measurements, subset):
        name = "sweep-" + re.sub(r"\W+", "-", estimator.lower()).strip("-")
        figures[name] = resolution_map(measurements, estimator, quantity=quantity, subset=subset)
    if dynamics is not None and len(dynamics):
        figures["label-bits"] = label_bits_figure(dynamics)
    if examples is not None and examples["confidence"].notna().any():
        figures["dataset-map"] = dataset_map(examples)
        if examples["corrupted"].any():
            figures["scores"] = score_histograms(examples)
    return figures


def draw_run(path: Path, **tables: pd.DataFrame) -> None:
    """Write the figures of a run as PNG and SVG into ``path/figures``.

    Args:
        path: the run's folder.
        tables: ``measurements``, ``training`` and, where there are any, ``examples`` and
            ``dynamics``.
    """
    for name, figure in run_figures(**tables).items():
        save(figure, path / "figures" / name)
