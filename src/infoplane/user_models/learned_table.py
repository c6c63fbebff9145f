"""What each layer says of the label, where no M is measured: decoders and other estimators."""

from __future__ import annotations

import pandas as pd
from rich.table import Table

from infoplane.names import BINS, DECODERS, I_TY, I_TY_SEEN, INSIDE_NULL, M
from infoplane.terminal import plain_table


def learned_table(measurements: pd.DataFrame) -> Table | None:
    """Return the label information of each layer at the last look, a column an estimator, in bits.

    None where the table of what is memorized tells it already, or nothing but bins was measured.
    """
    end = measurements[measurements["epoch"] == measurements["epoch"].max()]
    if (end["quantity"] == M).any():
        end = end[~end["estimator"].isin(DECODERS)]
    end = end[end["quantity"].isin([I_TY, I_TY_SEEN])]
    end = end[~end["estimator"].str.startswith(BINS)]
    if end.empty:
        return None
    kinds = end[["quantity", "subset", "estimator", "resolution"]].drop_duplicates(
        ["quantity", "subset", "estimator"]
    )
    table = plain_table("at the last look, bits")
    table.add_column("layer")
    for kind in kinds.to_dict("records"):
        table.add_column(f"{kind['quantity']} {kind['subset']}\n{kind['estimator']}")
    table.add_column("at most")
    for layer, rows in end.sort_values("depth", kind="stable").groupby("layer", sort=False):
        cells = []
        for kind in kinds.to_dict("records"):
            of_kind = rows
            for key in ("quantity", "subset", "estimator"):
                of_kind = of_kind[of_kind[key] == kind[key]]
            cells.append(_cell(of_kind))
        table.add_row(str(layer), *cells, f"{rows['ceiling'].max():.2f}")
    return table


def _cell(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "–"
    row = rows.iloc[0]
    inside = row["p_value"] > INSIDE_NULL
    return f"{round(row['bits'], 2) + 0.0:.2f}" + (" null" if inside else "")
