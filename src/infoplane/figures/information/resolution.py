"""Information against resolution and epoch: whether a claim holds at one scale only, or at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection, QuadMesh
from matplotlib.figure import Figure
from numpy.typing import NDArray

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.selection import check_table
from infoplane.names import I_TY, I_XT, TRAIN
from infoplane.tables import MEASUREMENTS

COLUMNS = 3
FALLEN = 0.1  # of the peak so far
HATCH = "#7a6a00"


def resolution_points(
    measurements: pd.DataFrame,
    estimator: str,
    *,
    quantity: str = I_XT,
    subset: str = TRAIN,
) -> pd.DataFrame:
    """Return an estimator's values at each of its resolutions, means over members, in bits.

    Returns:
        Columns ``layer, depth, epoch, parameter, scale, bits, saturated, fall``: ``scale`` is the
        value of the parameter that was swept; ``saturated`` says that the value reflects n in half
        of the members or more; ``fall`` is the share of its peak so far that a layer has given up
        by then.

    Raises:
        InfoplaneError: where the estimator was not swept, or the quantity not measured.
    """
    check_table(measurements, MEASUREMENTS, "measurements")
    m = measurements
    rows = m[
        (m["estimator"] == estimator) & (m["quantity"] == quantity) & (m["subset"] == subset)
        & (m["depth"] > 0)
    ]  # fmt: skip
    if rows["parameter"].nunique() != 1 or rows["parameter_value"].nunique() < 2:
        names = ", ".join(sorted(m["estimator"].unique()))
        raise InfoplaneError(
            f"{quantity} by {estimator!r} on {subset} has {rows['parameter_value'].nunique()} "
            f"resolutions; sweep two or more of one parameter. The table holds: {names}."
        )
    key = ["depth", "layer", "parameter", "parameter_value", "epoch"]
    points = rows.groupby(key)[["bits", "saturated"]].mean().reset_index()
    points = points.rename(columns={"parameter_value": "scale"})
    points["saturated"] = points["saturated"] >= 0.5
    points = points.sort_values(by=["depth", "scale", "epoch"]).reset_index(drop=True)
    peak = points.groupby(["depth", "scale"])["bits"].cummax()
    points["fall"] = ((peak - points["bits"]) / peak.where(peak > 0)).fillna(0.0)
    return points


def sweeps(measurements: pd.DataFrame, subset: str) -> list[tuple[str, str]]:
    """Return estimator and quantity of what was measured at several resolutions at a time.

    The quantity is I(X;T) where the estimator knows it, else I(T;Y).
    """
    rows = measurements[(measurements["subset"] == subset) & (measurements["depth"] > 0)]
    swept = []
    for estimator, of_estimator in rows.groupby("estimator", sort=False):
        quantity = I_XT if (of_estimator["quantity"] == I_XT).any() else I_TY
        of_estimator = of_estimator[of_estimator["quantity"] == quantity]
        values = of_estimator.groupby(["member", "epoch", "layer"])["parameter_value"].nunique()
        if len(values) and values.min() > 1 and of_estimator["parameter"].nunique() == 1:
            swept.append((str(estimator), quantity))
    return swept


@style.styled
def resolution_map(
    measurements: pd.DataFrame,
    estimator: str,
    *,
    quantity: str = I_XT,
    subset: str = TRAIN,
    title: str | None = None,
) -> Figure:
    """Draw a panel for each layer: epoch to the right, resolution upwards, information as colour.

    The line is where a layer has given up a tenth of its peak so far: a claim of compression holds
    at the resolutions that it crosses. Hatched is what is saturated and says nothing of the layer.
    Arguments and errors are those of ``resolution_points``.
    """
    points = resolution_points(measurements, estimator, quantity=quantity, subset=subset)
    layers = list(points.groupby("depth", sort=True))
    figure, panels, columns = layout.panels(
        len(layers), COLUMNS, cell=(style.PAGE_WIDTH / COLUMNS, 1.9), around=(0.0, 0.9),
        least=1.55, sharex=True, sharey=True,
    )  # fmt: skip
    top = float(points["bits"].max())
    mesh = None
    for axes, (_, layer) in zip(panels, layers, strict=True):
        mesh = _panel(axes, layer, top)
        layout.panel_title(axes, str(layer["layer"].iloc[0]))
    for axes in panels[::columns]:
        axes.set_ylabel(str(points["parameter"].iloc[0]).replace("_", " "))
    for axes in panels[-columns:]:
        axes.set_xlabel("1 + epoch")
        axes.tick_params(labelbottom=True)
    assert mesh is not None
    bar = figure.colorbar(mesh, ax=panels, aspect=32, pad=0.015, fraction=0.05)
    bar.set_label(f"{quantity}  [bits]")
    members = measurements["member"].nunique()
    networks = "1 network" if members == 1 else f"mean of {members} networks"
    about = f"{subset} set · {estimator} · {networks} · line: a tenth of the peak given up"
    about += " · hatched: saturated" if points["saturated"].any() else ""
    layout.header(figure, title, about)
    return figure


def _panel(axes: Axes, layer: pd.DataFrame, top: float) -> QuadMesh:
    bits = layer.pivot_table(index="scale", columns="epoch", values="bits")
    fall = layer.pivot_table(index="scale", columns="epoch", values="fall").to_numpy()
    x, y = 1 + bits.columns.to_numpy(dtype=float), bits.index.to_numpy(dtype=float)
    mesh = axes.pcolormesh(
        _edges(x), _edges(y), bits.to_numpy(), cmap="cividis", vmin=0, vmax=top, rasterized=True
    )
    saturated = layer.pivot_table(index="scale", columns="epoch", values="saturated").to_numpy() > 0
    _hatch(axes, _edges(x), _edges(y), saturated)
    if (fall >= FALLEN).any() and (fall < FALLEN).any() and min(fall.shape) > 1:
        axes.contour(x, y, fall, levels=[FALLEN], colors="white", linewidths=1.2)
    axes.set_xscale("log")
    axes.set_yscale("log")
    return mesh


def _hatch(
    axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], cells: NDArray[np.bool_]
) -> None:
    """Hatch some cells [rows, columns] between the borders x and y."""
    corners = [
        [(x[j], y[i]), (x[j + 1], y[i]), (x[j + 1], y[i + 1]), (x[j], y[i + 1])]
        for i, j in np.argwhere(cells)
    ]
    hatched = PolyCollection(corners, facecolors="none", edgecolors=HATCH, linewidths=0)
    hatched.set_hatch("////")
    axes.add_collection(hatched, autolim=False)


def _edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the borders of cells around values on a log axis."""
    logs = np.log(values)
    between = (logs[1:] + logs[:-1]) / 2
    first = 2 * logs[0] - between[0] if len(between) else logs[0] - 0.5
    last = 2 * logs[-1] - between[-1] if len(between) else logs[-1] + 0.5
    return np.exp(np.concatenate([[first], between, [last]]))
