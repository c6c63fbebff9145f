"""The same layers by several estimators: a panel for each, on the same axes."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.information.curves import curve_entries, draw_curves, share_bits

COLUMNS = 4


@style.styled
def estimator_panels(panels: Mapping[str, pd.DataFrame], *, title: str | None = None) -> Figure:
    """Draw one quantity against the epoch, a panel for each estimator and a line for each layer.

    Args:
        panels: the points of each estimator (``curve_points`` of one quantity) under its name.
        title: written above all.
    """
    if not panels:
        raise InfoplaneError("panels is empty; give the points of at least one estimator.")
    width = (style.PAGE_WIDTH + 1) / COLUMNS
    figure, grid, columns = layout.panels(
        len(panels), COLUMNS, cell=(width, 1.9), around=(0.0, 0.8), least=1.55
    )
    together = pd.concat(list(panels.values()), ignore_index=True)
    for axes, (name, points) in zip(grid, panels.items(), strict=True):
        draw_curves(axes, points)
        layout.panel_title(axes, name)
        axes.set_ylabel("")
        axes.set_xlabel("")
    share_bits(grid, together)
    for axes in grid[::columns]:
        axes.set_ylabel(f"{together.quantity.iloc[0]}  [bits]")
    for axes in grid[-columns:]:
        axes.set_xlabel("epoch")
    layout.header(figure, title, f"{together.subset.iloc[0]} set, n up to {together.n.max():,}")
    layout.legend_below(figure, style.layer_entries(together) + curve_entries(together), columns=5)
    return figure
