"""The tables of estimators: what they declare, and how far off they were."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import infoplane
from infoplane.validation.cases import cases
from infoplane_site.markdown import seconds, signed, table

OFF = 0.2  # bits, beyond which a value without a flag is called quiet


def fragments(results: Path) -> dict[str, str]:
    """Return what they declare, their errors for labels and for values, and when each lies."""
    dimensions = pd.read_csv(results / "dimensions.csv", keep_default_na=False, na_values=[""])
    return {
        "estimators": declared(),
        "errors-labels": errors(dimensions, "labels"),
        "errors-values": errors(dimensions, "values"),
        "when-they-lie": lies(dimensions, known_biases()),
    }


def declared() -> str:
    """Return one row an estimator, from its own declarations."""
    rows = [
        [f"`{e.name}`", e.takes, e.bias or "nothing, with enough samples", e.cost, e.source]
        for e in infoplane.estimators().itertuples()
    ]
    return table(("estimator", "y", "what always parts it from I(T;Y)", "time", "source"), rows)


def errors(measured: pd.DataFrame, kind: str) -> str:
    """Return the errors for one kind of y, in each width from each number of samples."""
    rows = measured[measured["y"] == kind]
    widths, sizes = sorted(rows["dimensions"].unique()), sorted(rows["n"].unique())
    header = [
        "estimator",
        *(f"{d}-d, {n:,}" for d in widths for n in sizes),
        *(f"seconds, {n:,}" for n in sizes),
    ]
    lines = []
    for name, of in rows.groupby("estimator", sort=False):
        cells = of.set_index(["dimensions", "n"])
        slowest = of.groupby("n")["seconds"].max()
        lines.append(
            [
                f"`{name}`",
                *(_error(cells, d, n) for d in widths for n in sizes),
                *(seconds(slowest.get(n, float("nan"))) for n in sizes),
            ]
        )
    return table(header, lines, right=range(1, len(header)))


def _error(cells: pd.DataFrame, d: int, n: int) -> str:
    """The error: in brackets where a flag is raised, bold where it is off and none is."""
    if (d, n) not in cells.index:
        return "–"
    row = cells.loc[(d, n)]
    text = signed(row["error"])
    if pd.notna(row["flags"]) and row["flags"]:
        return f"({text})"
    return f"**{text}**" if abs(row["error"]) > OFF else text


def known_biases() -> pd.DataFrame:
    """Return the biases that are named, with the error that each is expected to make."""
    named = [case for case in cases() if case.known_bias]
    return pd.DataFrame(
        [(case.estimator, case.known_bias, case.expected_error) for case in named],
        columns=["estimator", "known_bias", "error"],
    )


def lies(dimensions: pd.DataFrame, known: pd.DataFrame) -> str:
    """Return, for each estimator, its named biases, its flags and where it was quietly off."""
    rows = []
    for name in infoplane.estimators()["name"]:
        of = dimensions[dimensions["estimator"] == name]
        flags = of["flags"].dropna().str.split(", ").explode()
        quiet = of[of["flags"].isna() & (of["error"].abs() > OFF)]
        biased = known[known["estimator"] == name]
        told = [
            *(f"{why} ({_range(part['error'])} bits)"
              for why, part in biased.groupby("known_bias", sort=False)),
            *([f"off without a flag: {_where(quiet)}"] if len(quiet) else []),
        ]  # fmt: skip
        rows.append([f"`{name}`", "; ".join(told) or "–", ", ".join(dict.fromkeys(flags)) or "–"])
    header = ("estimator", "known bias, and where it was off by more than .2 bits", "flags raised")
    return table(header, rows)


def _range(errors: pd.Series) -> str:
    low, high = errors.min(), errors.max()
    return signed(low) if low == high else f"{signed(low)} to {signed(high)}"


def _where(rows: pd.DataFrame) -> str:
    said = [
        f"{signed(r.error)} of {r.y} in {r.dimensions}-d, n = {r.n:,}" for r in rows.itertuples()
    ]
    return "; ".join(said[:4]) + (f"; and {len(said) - 4} more" if len(said) > 4 else "")
