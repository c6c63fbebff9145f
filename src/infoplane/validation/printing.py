"""The table of a validation as text: every row with its verdict, and what was missed."""

from __future__ import annotations

import pandas as pd
from rich.table import Table
from rich.text import Text

from infoplane.terminal import PlainConsole, plain_console
from infoplane.validation.validate import failed

STYLES = {"holds": "green", "missed": "red", "known bias": "yellow"}


def print_validation(table: pd.DataFrame, console: PlainConsole | None = None) -> None:
    """Print estimate, truth, error, spread and verdict of each case, in bits, and the count.

    What is claimed is the error: within the tolerance of 0, or of that of a known bias, which is
    printed below the table, once for each reason.
    """
    console = console or plain_console()
    console.print(_table(table))
    biased = table[table["known_bias"] != ""]
    for (estimator, reason), rows in biased.groupby(["estimator", "known_bias"], sort=False):
        on = "; ".join(rows["distribution"].unique())
        console.print(f"known bias of {estimator}: {reason} ({on})")
    console.print(summary(table))


def summary(table: pd.DataFrame) -> str:
    """Return in one line how many claims hold, and which are broken."""
    broken = failed(table)
    verdicts = [verdict(row) for _, row in table.iterrows()]
    holding, biased = verdicts.count("holds"), verdicts.count("known bias")
    line = f"{holding} of {len(table)} within tolerance of the truth, {biased} of a known bias"
    names = [f"{row.estimator} on {row.distribution}" for row in broken.itertuples()]
    return f"{line}, {len(names)} missed" + (f": {'; '.join(names)}" if names else "")


def verdict(row: pd.Series) -> str:
    """Return "holds", "known bias" or "missed"."""
    if not row["holds"]:
        return "missed"
    return "known bias" if row["known_bias"] else "holds"


def _claimed(row: pd.Series) -> str:
    """Return the interval of the error: "± 0.05", or "-0.34 ± 0.05" of a known bias."""
    expected = f"{row['expected']:+g} " if row["known_bias"] else ""
    return f"{expected}± {row['tolerance']:g}"


def _table(table: pd.DataFrame) -> Table:
    printed = Table(
        title="estimates of known mutual information, in bits", box=None, pad_edge=False
    )
    for name in ("estimator", "distribution"):
        printed.add_column(name)
    for name in ("n", "truth", "estimate", "error", "± spread", "claimed", "seconds"):
        printed.add_column(name, justify="right", no_wrap=True)
    printed.add_column("", no_wrap=True)
    previous = ""
    for _, row in table.iterrows():
        name = (
            f"{row['estimator']} ({row['parameters']})" if row["parameters"] else row["estimator"]
        )
        judgement = verdict(row)
        spread = f"± {row['spread']:.3f}" if pd.notna(row["spread"]) else ""
        printed.add_row(
            name if name != previous else "",
            row["distribution"],
            f"{row['n']:,}",
            f"{row['truth']:.3f}",
            f"{row['estimate']:.3f}",
            f"{round(row['error'], 3) + 0.0:+.3f}",
            spread,
            _claimed(row),
            f"{row['seconds']:.2f}",
            Text(judgement, style=STYLES[judgement]),
        )
        previous = name
    return printed
