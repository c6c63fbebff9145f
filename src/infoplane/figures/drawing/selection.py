"""Which rows of a table are drawn: selected, checked, and averaged over the members of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from infoplane.errors import InfoplaneError
from infoplane.names import INSIDE_NULL
from infoplane.tables import MEASUREMENTS

POINT = ["quantity", "layer", "depth", "epoch"]


def check_table(table: pd.DataFrame, columns: Iterable[str], name: str) -> None:
    """Raise where a table has no rows or lacks columns."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InfoplaneError(
            f"the {name} table lacks {', '.join(missing)}; it has {', '.join(table.columns)}: "
            f"give the {name} table of a run."
        )
    if table.empty:
        raise InfoplaneError(
            f"the {name} table is empty, so there is nothing to draw; "
            f"give the {name} table of a run that has been measured."
        )


def select(
    measurements: pd.DataFrame,
    quantities: Sequence[str],
    *,
    subset: str,
    estimator: str,
    with_input: bool,
) -> pd.DataFrame:
    """Return the rows of these quantities, one for each member, layer and epoch.

    Raises:
        InfoplaneError: where the table is empty or not one of measurements, a quantity was not
            measured, or one member has several values of it at one layer and epoch.
    """
    check_table(measurements, MEASUREMENTS, "measurements")
    asked = (measurements.subset == subset) & (measurements.estimator == estimator)
    rows = measurements.loc[asked & measurements.bits.notna()]
    if not with_input:
        rows = rows.loc[rows.depth > 0]
    measured = set(rows.quantity.unique())
    for quantity in quantities:
        if quantity not in measured:
            raise InfoplaneError(
                f"{quantity} is not measured on subset {subset!r} with estimator {estimator!r}; "
                f"ask for one that is: {_available(measurements)}."
            )
    rows = rows.loc[rows.quantity.isin(list(quantities))]
    _refuse_mixtures(rows)
    return rows


def over_members(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each quantity, layer and epoch: the mean and the spread over members.

    ``bits`` is the mean and ``sd`` the standard deviation over members (NaN for one member).
    ``null_std`` is that of one member's null, pooled. ``p_value`` is the median over members, which
    share the shuffles, and ``inside_null`` that it is above .05; ``saturated``, that any member is.
    """
    rows = rows.assign(null_variance=rows.null_std**2)
    points = (
        rows.groupby(POINT, as_index=False, sort=False)
        .agg(
            bits=("bits", "mean"),
            sd=("bits", "std"),
            null_mean=("null_mean", "mean"),
            null_variance=("null_variance", "mean"),
            p_value=("p_value", "median"),
            ceiling=("ceiling", "max"),
            saturated=("saturated", "any"),
            members=("member", "nunique"),
            n=("n", "max"),
            subset=("subset", "first"),
            estimator=("estimator", "first"),
            resolution=("resolution", "first"),
        )
        .sort_values(["quantity", "depth", "epoch"], ignore_index=True)
    )
    points.insert(7, "null_std", points.pop("null_variance") ** 0.5)
    points.insert(9, "inside_null", points.p_value > INSIDE_NULL)
    return points


def provenance(points: pd.DataFrame) -> str:
    """Say in one line what was measured, on what, how and on how many networks."""
    first = points.iloc[0]
    resolutions = list(dict.fromkeys(points.resolution))
    how = str(first.estimator)
    if len(resolutions) == 1:
        how += f" ({str(resolutions[0]).removeprefix('bins of ')})"
    members = int(points.members.max())
    networks = "1 network" if members == 1 else f"mean of {members} networks"
    epochs = f" · epoch {first.epoch:,}" if points.epoch.nunique() == 1 else ""
    return f"{first.subset} set, n = {int(points.n.max()):,} · {how} · {networks}{epochs}"


def _available(measurements: pd.DataFrame) -> str:
    """What has been measured, and on what, below the input."""
    kinds = measurements.loc[measurements.depth > 0, ["quantity", "subset", "estimator"]]
    return ", ".join(f"{q} ({s}, {e})" for q, s, e in kinds.drop_duplicates().to_numpy()) or "none"


def _refuse_mixtures(rows: pd.DataFrame) -> None:
    """Raise where a mean over members would mix runs, resolutions or steps."""
    key = ["member", *POINT]
    doubles = rows.loc[rows.duplicated(key, keep=False)]
    if doubles.empty and rows["run"].nunique() <= 1:
        return
    mixed = rows if doubles.empty else doubles
    mixtures = [
        f"{column} {', '.join(sorted(map(repr, mixed[column].unique())))}"
        for column in ("run", "resolution", "step")
        if mixed[column].nunique() > 1
    ]
    raise InfoplaneError(
        "a mean over members would mix several measurements of one member: "
        f"{'; '.join(mixtures) or 'rows given twice'}; keep the rows of one, and draw again."
    )


def networks_in(table: pd.DataFrame) -> str:
    """Return how many networks a table is of, for people."""
    count = table["member"].nunique()
    return f"{count} networks" if count > 1 else "one network"
