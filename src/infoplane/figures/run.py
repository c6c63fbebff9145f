"""Every figure of one run, into its folder."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from infoplane.figures.drawing.saving import save
from infoplane.figures.drawing.style import one_colour_a_layer
from infoplane.figures.examples.dataset_map import dataset_map, score_histograms
from infoplane.figures.information.curves import information_curves
from infoplane.figures.information.plane import information_plane
from infoplane.figures.information.resolution import resolution_map, sweeps
from infoplane.figures.main import main_figure
from infoplane.figures.memorization.label_bits import label_bits_figure
from infoplane.figures.memorization.overview import memorization_figure
from infoplane.figures.training import training_curves
from infoplane.names import BINS, I_TY, I_TY_SEEN, I_XT, TEST, M
from infoplane.tables import main_subset

Picture = Callable[[], Figure]


def run_figures(
    measurements: pd.DataFrame,
    training: pd.DataFrame,
    examples: pd.DataFrame | None = None,
    dynamics: pd.DataFrame | None = None,
) -> dict[str, Picture]:
    """Return what draws each figure of a run, by name: those that its tables hold the numbers of.

    A corrupted run has those of its seen labels too.

    Raises:
        InfoplaneError: by what draws, where a table is of another kind.
    """
    figures = _of_layers(measurements)
    if len(training):
        figures["training"] = partial(training_curves, training)
    if (measurements["quantity"] == M).any():
        decoder = str(measurements.loc[measurements["quantity"] == M, "estimator"].iloc[0])
        on_test = len(training) and (training["subset"] == TEST).any()
        figures["memorization"] = partial(
            memorization_figure, measurements, training if on_test else None, estimator=decoder
        )
    if dynamics is not None and len(dynamics):
        figures["label-bits"] = partial(label_bits_figure, dynamics)
    if examples is not None and examples["confidence"].notna().any():
        figures["dataset-map"] = partial(dataset_map, examples)
        if examples["corrupted"].any():
            figures["scores"] = partial(score_histograms, examples)
    depths = set(measurements["depth"])
    return {name: partial(_in_colours, depths, draw) for name, draw in figures.items()}


def draw_run(path: Path, **tables: pd.DataFrame) -> None:
    """Write the figures of a run as PNG and SVG into ``path/figures``.

    Args:
        path: the run's folder.
        tables: ``measurements``, ``training`` and, where there are any, ``examples`` and
            ``dynamics``.
    """
    for name, draw in run_figures(**tables).items():
        save(draw(), path / "figures" / name)


def _of_layers(measurements: pd.DataFrame) -> dict[str, Picture]:
    """The figures of what bins tell of each layer; without bins, the one a run is told by."""
    binned = measurements[(measurements["estimator"] == BINS) & (measurements["depth"] > 0)]
    subset = main_subset(measurements)
    held = set(binned.loc[binned["subset"] == subset, "quantity"])
    labels = [label for label in (I_TY_SEEN, I_TY) if label in held]
    if I_XT not in held or not labels:
        figures: dict[str, Picture] = {"plane": partial(main_figure, measurements)}
    else:
        figures = {
            "plane": partial(information_plane, measurements, subset=subset, label=labels[0]),
            "information": partial(
                information_curves, measurements, subset=subset, quantities=(I_XT, *labels)
            ),
        }
    if subset != TEST and {I_XT, I_TY} <= set(binned.loc[binned["subset"] == TEST, "quantity"]):
        figures["plane-test"] = partial(information_plane, measurements, subset=TEST)
    for estimator, quantity in sweeps(measurements, subset):
        name = "sweep-" + re.sub(r"\W+", "-", estimator.lower()).strip("-")
        figures[name] = partial(
            resolution_map, measurements, estimator, quantity=quantity, subset=subset
        )
    return figures


def _in_colours(depths: set[int], draw: Picture) -> Figure:
    """A figure in which a layer has the colour that it has in all figures of the run."""
    with one_colour_a_layer(depths):
        return draw()
