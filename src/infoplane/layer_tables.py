"""What a run printed layer by layer: learned and memorized, and the bins with what they hide."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd
from rich.table import Table

from infoplane import tables
from infoplane.names import BINS, DECODERS, I_TY, I_TY_SEEN, I_XT, INSIDE_NULL, SWEPT, M
from infoplane.terminal import plain_table

UNKNOWN = "–"


def memorization_table(measurements: pd.DataFrame, title: str = "") -> Table | None:
    """Return what each layer has learned and memorized at the end, in bits; None where unmeasured.

    Learned is the held-out I(T;Y), memorized is M = I(T;Ỹ|Y) of the training examples beside its
    null, its control on test examples with fresh noise, and its ceiling H(Ỹ|Y), by the strongest
    decoder of the run or, without one, by the first there is. Values are means ± standard
    deviation over members; "null" marks those that shuffled labels give as well.
    """
    rows = measurements[measurements["quantity"] == M]
    if rows.empty:
        return None
    present = list(rows["estimator"].unique())
    decoder = next((name for name in DECODERS if name in present), present[0])
    end = measurements[
        (measurements["epoch"] == rows["epoch"].max()) & (measurements["estimator"] == decoder)
    ]
    about = f"learned and memorized at the end, bits, {decoder}, n = {rows['n'].max():,}"
    table = plain_table("\n".join(filter(None, (title, about))))
    held = tables.learned_subset(measurements)
    notes = (_learned_note(held), _memorization_note(end), _flags_note(end))
    table.caption = "\n".join(filter(None, notes)) or None
    for name in ("layer", f"learned {I_TY}", f"memorized {M}"):
        table.add_column(name)
    for name in ("its null", "its control", "at most"):
        table.add_column(name)
    for layer, of_layer in _by_layer(end):
        learned, m, control = (
            of_layer[(of_layer["quantity"] == quantity) & (of_layer["subset"] == subset)]
            for quantity, subset in ((I_TY, held), (M, "train"), (M, "test"))
        )
        cells = (_marked(learned), _marked(m), _null(m), _marked(control), _mean(m["ceiling"]))
        table.add_row(layer, *cells)
    return table


def _learned_note(subset: str) -> str | None:
    """Say where what is learned is read from examples that the network was trained on."""
    if subset == "test":
        return None
    return "learned is read from the training examples: there is no test part"


def _memorization_note(end: pd.DataFrame) -> str | None:
    """Say what the input itself tells of the seen labels, where that is above its null."""
    m = end[(end["depth"] == 0) & (end["quantity"] == M) & (end["subset"] == "train")]
    if m.empty or m["p_value"].isna().all() or _mark(m) == "null" or m["bits"].mean() <= 0:
        return None
    return "the input says some of the seen labels: only what a layer says beyond it is memorized"


def bins_table(measurements: pd.DataFrame) -> Table | str:
    """Return what the bins say of each layer at the end, in bits, and what reads saturated ones.

    Where every sample falls in a cell of its own the label information is H(Y), whatever the
    labels: beside such values stands the finest swept resolution that is not saturated, or else
    the first other estimator that is not. Where that is so of all layers, and nothing else was
    asked, a sentence says so.
    """
    end = measurements[measurements["epoch"] == measurements["epoch"].max()]
    label = I_TY_SEEN if (end["quantity"] == I_TY_SEEN).any() else I_TY
    subset = tables.main_subset(measurements)
    end = end[(end["subset"] == subset) & end["quantity"].isin([label, I_XT])]
    bins, others = end[end["estimator"] == BINS], end[end["estimator"] != BINS]
    resolution = bins["resolution"].iloc[0]
    saturated = bins.groupby("layer")["saturated"].any()
    instead = {
        str(layer): _not_saturated(others[others["layer"] == layer], label)
        for layer in saturated.index[saturated]
    }
    any_unsaturated = any(rows is not None for rows in instead.values())
    decoded = bool((measurements["quantity"] == M).any())
    if saturated.all() and not any_unsaturated:
        return f"{resolution} are saturated in every layer: {_saturated_note(label, decoded)}"
    table = plain_table(f"end of training, bits on {subset}, {resolution}")
    names = ["layer", I_XT, "at most", label, "its null"]
    for name in [*names, f"{label} otherwise"] if any_unsaturated else names:
        table.add_column(name)
    for layer, rows in _by_layer(bins):
        x, y = (rows[rows["quantity"] == q] for q in (I_XT, label))
        marked = f"{_spread(y['bits'])} saturated" if layer in instead else _marked(y)
        cells = [layer, _spread(x["bits"]), _mean(x["ceiling"]), marked, _null(y)]
        table.add_row(*cells, *([_instead(instead.get(layer))] if any_unsaturated else []))
    notes = [_flags_note(end[~end["saturated"]])]
    if instead and not any_unsaturated:
        notes.insert(0, f"saturated: {_saturated_note(label, decoded)}")
    table.caption = "\n".join(filter(None, notes)) or None
    return table


def _flags_note(rows: pd.DataFrame) -> str:
    """Say which flags the values raise, by which estimator, and in which layers."""
    layers: dict[str, list[str]] = {}
    for layer, of_layer in _by_layer(rows[rows["flags"] != ""]):
        for estimator, flags in zip(of_layer["estimator"], of_layer["flags"], strict=True):
            for flag in flags.split(", "):
                layers.setdefault(f"{flag} ({estimator})", []).append(layer)
    return "\n".join(f"{flag}: {', '.join(dict.fromkeys(of))}" for flag, of in layers.items())


def _saturated_note(label: str, decoded: bool) -> str:
    by_option = "--observing.estimators 'decoder(decoder=linear)' reads the layers"
    advice = "the decoders above read the layers" if decoded else by_option
    return f"{label} is then the entropy of any labels, also of shuffled ones; {advice}"


def _not_saturated(rows: pd.DataFrame, label: str) -> pd.DataFrame | None:
    """Return the label information of the finest swept bins, else the first estimator, that can.

    One outside its null goes first: bins may also be so coarse that all samples share a cell.
    """
    kinds = []
    for (estimator, _), group in rows.groupby(["estimator", "resolution"], sort=False):
        swept = str(estimator).startswith(SWEPT)
        y, x = (group[group["quantity"] == q] for q in (label, I_XT))
        if len(y) and not group["saturated"].any():
            fineness = x["bits"].mean() if swept and len(x) else 0.0
            kinds.append(((_mark(y) != "null", swept, fineness), y))
    return max(kinds, key=lambda kind: kind[0])[1] if kinds else None


def _instead(rows: pd.DataFrame | None) -> str:
    if rows is None:
        return ""
    named = str(rows["resolution"].iloc[0])
    estimator = str(rows["estimator"].iloc[0])
    return f"{_marked(rows)}  {named if estimator == SWEPT else estimator}"


def _by_layer(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for layer, group in rows.sort_values("depth", kind="stable").groupby("layer", sort=False):
        yield str(layer), group


def _mark(rows: pd.DataFrame) -> str:
    """Return "saturated" of values that say more of n than of the layer, "null" of chance."""
    if rows["saturated"].any():
        return "saturated"
    return "null" if rows["p_value"].dropna().median() > INSIDE_NULL else ""


def _marked(rows: pd.DataFrame) -> str:
    """Return mean ± standard deviation over members, and a mark."""
    if rows.empty:
        return UNKNOWN
    return f"{_spread(rows['bits'])} {_mark(rows)}".rstrip()


def _spread(values: pd.Series) -> str:
    return _mean(values) + (f" ± {values.std():.2f}" if len(values) > 1 else "")


def _null(rows: pd.DataFrame) -> str:
    """Return mean ± standard deviation of the null of one member."""
    if rows["null_mean"].isna().all():
        return UNKNOWN
    deviation = math.sqrt((rows["null_std"] ** 2).mean())
    return f"{_mean(rows['null_mean'])} ± {deviation:.2f}"


def _mean(values: pd.Series) -> str:
    """Return the mean with two decimals, aligned with others below ten bits above zero or not."""
    return f"{round(values.mean(), 2) + 0.0:5.2f}" if len(values) else UNKNOWN
