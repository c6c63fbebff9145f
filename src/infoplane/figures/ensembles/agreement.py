"""Which measures put examples in the same order: a matrix of rank correlations."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.memorization.rewound import COLOURS

CELL, NAMES, AROUND = 0.36, 1.7, 0.6  # inches: a cell, the names at the left, title and bar

SIGNED: Colormap = LinearSegmentedColormap.from_list(  # -1 to 1: below 0 another hue
    "signed", ["#5b1a3f", "#8f3f6c", "#b9799c", "#d9b2c6", "#ece0e2", *COLOURS]
)


@style.styled
def agreement_matrix(
    matrix: pd.DataFrame, examples: int, *, of: str = "examples", title: str | None = None
) -> Figure:
    """Draw Spearman's ρ between measures, each in its stated direction, a number in each cell.

    Args:
        matrix: ρ with the measures as index and columns, in one order.
        examples: how many were ranked.
        of: what was ranked.
        title: written above.

    Raises:
        InfoplaneError: where rows and columns are not the same measures.
    """
    if list(matrix.index) != list(matrix.columns) or not len(matrix):
        raise InfoplaneError(
            f"the matrix has rows {list(matrix.index)} and columns {list(matrix.columns)}; give "
            "the same measures in the same order."
        )
    count = len(matrix)
    figure = layout.new_figure(NAMES + CELL * count, NAMES + AROUND + CELL * count)
    axes = figure.subplots()
    values = matrix.to_numpy()
    axes.imshow(values, cmap=SIGNED, vmin=-1, vmax=1)
    axes.set_xticks(range(count), list(matrix.columns), rotation=90)
    axes.set_yticks(range(count), list(matrix.index))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for (row, column), value in np.ndenumerate(values):
        axes.text(
            column, row, f"{value:.2f}".replace("0.", ".").replace("-", "−"), ha="center",
            va="center", size=style.SMALL - 0.5, color="white" if abs(value) > 0.55 else style.INK,
        )  # fmt: skip
    layout.header(figure, title, f"Spearman's ρ over {examples:,} {of}, in stated directions")
    return figure
