"""Layers rewound: what a trained network does with earlier weights in a layer, as a matrix."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.selection import check_table
from infoplane.names import FROM_LAYER_ON, MEMORIZED_PART, ONE_LAYER

COLUMNS = ["layer", "epoch", "mode", "quantity", "value"]
MODES = {
    ONE_LAYER: "only this layer rewound",
    FROM_LAYER_ON: "this layer and all after it",
}
MOST_WRITTEN = 14  # columns: with more, the cells are too small for numbers
COLOURS = ("#f7f5f0", "#cfdcd8", "#86aeb4", "#3f7a92", "#1c4a6b", "#0b2545")
VALUES: Colormap = LinearSegmentedColormap.from_list("values", COLOURS)


def rewound_points(frame: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """Return the matrix of one quantity: a row for each mode and layer, a column for each epoch.

    Args:
        frame: columns ``layer, epoch, mode, quantity, value`` and, where there are any, ``depth``
            (the order of layers, else that of the table) and ``member`` (averaged over).
        quantity: which to keep.

    Returns:
        Means over members, indexed by ``mode`` and ``layer``, with the epochs as columns.

    Raises:
        InfoplaneError: where the frame is empty, lacks a column or the quantity.
    """
    check_table(frame, COLUMNS, "rewound")
    rows = frame.loc[frame["quantity"] == quantity]
    if rows.empty:
        known = ", ".join(map(repr, frame["quantity"].unique()))
        raise InfoplaneError(f"quantity is {quantity!r}; give one of {known}.")
    if "depth" in rows:
        rows = rows.sort_values("depth", kind="stable")
    matrix = rows.pivot_table(index=["mode", "layer"], columns="epoch", values="value", sort=False)
    matrix = matrix.loc[:, sorted(matrix.columns)]
    order = [(mode, layer) for mode in _modes(rows) for layer in rows["layer"].drop_duplicates()]
    return matrix.reindex(order)


@style.styled
def rewound_matrix(frame: pd.DataFrame, quantity: str, *, title: str | None = None) -> Figure:
    """Draw one quantity of a network with layers rewound: layers upwards, epochs to the right.

    The deepest layer is on top. Where the last epoch is that of the trained network, the last
    column is the network itself.

    Arguments and errors are those of ``rewound_points``, which gives the numbers drawn.
    """
    matrix = rewound_points(frame, quantity)
    modes = list(dict.fromkeys(matrix.index.get_level_values("mode")))
    layers, epochs = len(matrix) // len(modes), len(matrix.columns)
    cell = float(np.clip(4.2 / epochs, 0.16, 0.5))
    figure = layout.new_figure(
        max(1.6 + len(modes) * (cell * epochs + 0.25), 4.6), 1.35 + 0.3 * layers
    )
    panels = figure.subplots(1, len(modes), squeeze=False, sharey=True)[0]
    low, high = _limits(matrix, quantity)
    image = None
    for axes, mode in zip(panels, modes, strict=True):
        image = _panel(axes, matrix.loc[mode], low, high)
        layout.panel_title(axes, MODES.get(str(mode), str(mode)))
    if image is not None:
        bar = figure.colorbar(image, ax=list(panels), aspect=24, pad=0.015, fraction=0.05)
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
        bar.set_label(_unit(quantity))
    members = int(frame["member"].nunique()) if "member" in frame else 1
    networks = "1 network" if members == 1 else f"mean of {members} networks"
    layout.header(
        figure, title, f"{quantity}, with weights put back to an earlier epoch · {networks}"
    )
    return figure


def _panel(axes: Axes, matrix: pd.DataFrame, low: float, high: float) -> AxesImage:
    """One mode: a cell for each layer and epoch, its value written in it where there is room."""
    values = matrix.to_numpy()  # [layers, epochs]
    image = axes.imshow(values, cmap=VALUES, vmin=low, vmax=high, aspect="auto", origin="lower")
    for side in axes.spines.values():
        side.set_visible(False)
    epochs = list(matrix.columns)
    every = -(-len(epochs) // MOST_WRITTEN)
    axes.set_xticks(range(0, len(epochs), every), [f"{epoch:,}" for epoch in epochs[::every]])
    axes.set_yticks(range(len(matrix)), list(matrix.index))
    axes.tick_params(length=0)
    axes.set_xlabel("rewound to epoch")
    for edge in np.arange(0.5, len(matrix) - 1):
        axes.axhline(edge, color="white", linewidth=1.0)
    for edge in np.arange(0.5, len(epochs) - 1):
        axes.axvline(edge, color="white", linewidth=1.0)
    if len(epochs) <= MOST_WRITTEN:
        for (row, column), value in np.ndenumerate(values):
            if np.isfinite(value):
                dark = (value - low) / (high - low) > 0.55
                axes.text(
                    column, row, _number(value), ha="center", va="center", size=style.SMALL - 0.5,
                    color="white" if dark else style.INK,
                )  # fmt: skip
    return image


def _number(value: float) -> str:
    """Two decimals, without the zero before the point."""
    text = f"{value:.2f}".replace("-0.00", "0.00")
    return text.replace("0.", ".", 1).replace("-", "−") if abs(value) < 1 else text


def _limits(matrix: pd.DataFrame, quantity: str) -> tuple[float, float]:
    """The ends of the colours: 0 to 1 for accuracies, 0 to the largest for bits."""
    values = matrix.to_numpy()
    low, high = min(0.0, float(np.nanmin(values))), float(np.nanmax(values))
    return (low, high if high > low else low + 1) if quantity == MEMORIZED_PART else (0.0, 1.0)


def _unit(quantity: str) -> str:
    """The quantity with its unit."""
    return f"{quantity}  [bits]" if quantity == MEMORIZED_PART else quantity


def _modes(rows: pd.DataFrame) -> list[str]:
    """The modes that occur, one layer first."""
    modes = list(rows["mode"].drop_duplicates())
    return [mode for mode in MODES if mode in modes] + [m for m in modes if m not in MODES]
