"""Carry out ``infoplane estimate --model``: table, figures, and what the terminal says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from rich.table import Table

from infoplane.checkpoints.measuring import PLANES, CheckpointOptions, measure
from infoplane.figures import language_course, language_paths, language_planes, save
from infoplane.language_tables import VALUES, phases
from infoplane.names import AFTER, BEFORE
from infoplane.terminal import plain_console, plain_table

SIDES = {BEFORE: "I(X;T)", AFTER: "I(T;Y)"}
SHOWN = {"bits": "estimate", "null_mean": "null", "above_null": "above it", "shared": "shared"}


def carry_out(options: CheckpointOptions, out: Path) -> pd.DataFrame:
    """Measure, write everything into a folder, and print the last checkpoint layer by layer.

    Returns:
        As ``measure``.
    """
    planes = measure(options, out)
    console = plain_console()
    last = planes[planes["checkpoint"] == planes["checkpoint"].iloc[-1]]
    name = last["checkpoint"].iloc[0]
    save(language_planes(last, title=Path(name).name), out / "figures" / "planes")
    console.print(layers_table(last), "")
    if planes["step"].nunique() > 1:
        save(language_course(planes), out / "figures" / "course")
        save(language_paths(planes), out / "figures" / "paths")
        console.print(phases_table(planes), "")
    console.print(f"tables and figures: {out} ({PLANES}, figures)", soft_wrap=True)
    return planes


def layers_table(plane: pd.DataFrame) -> Table:
    """Return what each layer tells of the tokens before and after, each with its null."""
    n = int(plane["n"].max())
    table = plain_table(
        f"{plane['checkpoint'].iloc[0]}: bits at {n:,} positions; null: of shuffled labels; "
        "shared: of n-grams that occur twice or more"
    )
    table.add_column("layer")
    table.add_column("tokens", justify="right")
    table.add_column("occur once", justify="right")
    for side in SIDES.values():
        for shown in SHOWN.values():
            table.add_column(f"{side}\n{shown}", justify="right")
    for (order, _, layer), rows in plane.groupby(["order", "depth", "layer"]):
        of = rows.set_index("label")
        cells = [f"{of.at[side, value]:.2f}" for side in SIDES for value in SHOWN]
        table.add_row(str(layer), str(order), f"{of.at[BEFORE, 'once']:.0%}", *cells)
    return table


def phases_table(planes: pd.DataFrame) -> Table:
    """Return how far I(X;T) rises and falls over the checkpoints, before and after the null."""
    table = plain_table("expansion and compression: I(X;T) in bits, means over the layers")
    table.add_column("tokens", justify="right")
    table.add_column("")
    for name in ("first", "rise", "peak", "at step", "fall", "I(T;Y)/I(X;T), first", "last"):
        table.add_column(name, justify="right")
    for value, said in VALUES.items():
        for row in phases(planes, value).itertuples():
            bits = [f"{row.first:.2f}", f"{row.rise:.2f}", f"{row.peak:.2f}"]
            ratios = [f"{row.first_optimality:.2f}", f"{row.last_optimality:.2f}"]
            table.add_row(
                str(row.order), said, *bits, str(row.peak_step), f"{row.fall:.2f}", *ratios
            )
    return table
