"""What moves in a film: where each layer is on a plane at each measured epoch, in bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing.selection import provenance, select
from infoplane.figures.information.plane import plane_points
from infoplane.figures.information.plane_marks import draw_walls, share_plane
from infoplane.figures.memorization.limits import draw_walls as draw_room
from infoplane.figures.memorization.limits import draw_zero, share_room
from infoplane.figures.memorization.plane import about, learned_memorized_points
from infoplane.names import BINS, I_TY, I_TY_SEEN, I_XT, TRAIN, M
from infoplane.tables import learned_subset, main_subset

INFORMATION, MEMORIZED = "information", "memorized"
PLACE = ["layer", "depth", "epoch", "member"]


@dataclass(frozen=True)
class Track:
    """One plane: its points by layer and epoch, and what stands still around them.

    ``points`` has columns ``layer, depth, epoch, x, y``, means over members; ``hollow``: y is
    inside its null; ``saturated``; ``null``: the mean of y's null (NaN where none is drawn).
    ``members`` has ``depth, epoch, member, x, y`` of each network, and no rows of a single one.
    """

    title: str
    about: str
    axes: tuple[str, str]
    points: pd.DataFrame
    members: pd.DataFrame
    draw_room: Callable[[Axes], None]


def tracks(measurements: pd.DataFrame, planes: Sequence[str] = ()) -> list[Track]:
    """Return the planes of a run that are asked for, or all that it measured.

    Args:
        measurements: the measurements table of one run.
        planes: ``"information"``, ``"memorized"``.

    Raises:
        InfoplaneError: where one was not measured, or none was.
    """
    there = {INFORMATION: _label(measurements), MEMORIZED: _has_m(measurements)}
    kept = [name for name in there if there[name] and (not planes or name in planes)]
    for missing in [name for name in planes if not there.get(name)]:
        raise InfoplaneError(
            f"the plane {missing!r} was not measured; this run has: "
            f"{', '.join(name for name in there if there[name]) or 'none'}."
        )
    if not kept:
        raise InfoplaneError(
            "neither the information plane nor the learned–memorized plane was measured, so that "
            "nothing moves; observe I(X;T) by bins, or M by decoders."
        )
    made = {INFORMATION: information_track, MEMORIZED: memorized_track}
    return [made[name](measurements) for name in kept]


def information_track(measurements: pd.DataFrame) -> Track:
    """Return the information plane by bins, of the labels seen in training."""
    subset, label = main_subset(measurements), _label(measurements)
    points = plane_points(measurements, subset=subset, label=label)
    rows = select(measurements, [I_XT, label], subset=subset, estimator=BINS, with_input=False)
    members = _wide(rows, I_XT, label)

    def draw(axes: Axes) -> None:
        share_plane([axes], _all_places(points, members))
        draw_walls(axes, points)

    return Track(
        "Information plane",
        provenance(points),
        (f"{I_XT}  [bits]", f"{label}  [bits]"),
        points.assign(hollow=points.inside_null, null=points.null_mean),
        members,
        draw,
    )


def memorized_track(measurements: pd.DataFrame) -> Track:
    """Return the learned–memorized plane by the strongest decoder."""
    points = learned_memorized_points(measurements)
    how = {"estimator": str(points.estimator.iloc[0]), "with_input": True}
    known = learned_subset(measurements)
    parts = (
        select(measurements, [I_TY], subset=known, **how),
        select(measurements, [M], subset=TRAIN, **how),
    )
    members = _wide(pd.concat(parts), I_TY, M)
    taken = points.set_index(["layer", "epoch"]).of_input
    of_each = pd.MultiIndex.from_frame(members[["layer", "epoch"]])
    members = members.assign(y=members.y - taken.reindex(of_each).to_numpy())
    wide = members.rename(columns={"x": "learned", "y": "memorized"})

    def draw(axes: Axes) -> None:
        share_room([axes], pd.concat([points, wide], ignore_index=True))
        draw_room(axes, points)
        draw_zero(axes, points)

    return Track(
        "Learned and memorized",
        about(points),
        (f"learned: {known} I(T;Y)  [bits]", "memorized: M = I(T;Ỹ|Y)  [bits]"),
        points.assign(
            x=points.learned, y=points.memorized, hollow=points.memorized_inside,
            saturated=False, null=float("nan"),
        ),
        members,
        draw,
    )  # fmt: skip


def _label(measurements: pd.DataFrame) -> str:
    """The label information on the plane; nothing where bins measured no plane."""
    hidden = measurements[(measurements["estimator"] == BINS) & (measurements["depth"] > 0)]
    held = set(hidden.loc[hidden["subset"] == main_subset(measurements), "quantity"])
    labels = [label for label in (I_TY_SEEN, I_TY) if label in held]
    return labels[0] if labels and I_XT in held else ""


def _has_m(measurements: pd.DataFrame) -> bool:
    return bool((measurements["quantity"] == M).any())


def _wide(rows: pd.DataFrame, x: str, y: str) -> pd.DataFrame:
    """Where each of several networks is; no rows of one alone."""
    if rows["member"].nunique() < 2:
        return pd.DataFrame(columns=[*PLACE, "x", "y"])
    wide = rows.pivot_table(index=PLACE, columns="quantity", values="bits")
    return wide.rename(columns={x: "x", y: "y"})[["x", "y"]].dropna().reset_index()


def _all_places(points: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The points and those of each network, for limits that show them all."""
    return pd.concat([points, members], ignore_index=True) if len(members) else points
