"""What a page compares runs by: the keys that differ among them, and where each network ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from infoplane.figures import learned_memorized_points
from infoplane.names import BINS, I_TY, I_TY_SEEN, I_XT, TEST, TRAIN, M
from infoplane.page.columns import plain
from infoplane.runs.config import NO_RESULT, RunConfig
from infoplane.runs.query.keys import as_written, member_keys
from infoplane.tables import decoders, learned_subset, main_subset

LEARNED = "learned: held-out I(T;Y)  [bits]"
MEMORIZED = "memorized: M = I(T;Ỹ|Y)  [bits]"
BINNED = {
    I_XT: "I(X;T) by bins  [bits]",
    I_TY: "I(T;Y) by bins  [bits]",
    I_TY_SEEN: "I(T;Ỹ) by bins  [bits]",
}
NETWORK = {  # of the whole network: part of the data, column of the training table
    "test accuracy, true labels": (TEST, "true_accuracy"),
    "test accuracy, labels seen": (TEST, "accuracy"),
    "train accuracy, labels seen": (TRAIN, "accuracy"),
    "train loss  [bits an example]": (TRAIN, "loss"),
    "test loss  [bits an example]": (TEST, "loss"),
}
OWN = "each."  # what members have of their own is in the other keys, as it is in force
LAST = ("seed",)  # spread is over it, so few compare by it

Values = list[float | None]


def differing_keys(configs: Sequence[RunConfig]) -> list[dict[str, Any]]:
    """Return the keys of the configuration in which members of runs differ.

    Returns:
        ``key`` and ``values``: for each run one value, or a list with one for each member where
        they differ in it. A value is a number, or what is written on the command line.
    """
    rows = [member_keys(config) for config in configs]
    known = {key: None for members in rows for row in members for key in row}
    keys = [key for key in known if not key.startswith(OWN) and key not in ("member", *NO_RESULT)]
    differing = []
    for key in sorted(keys, key=lambda key: key in LAST):
        values = [[_value(row.get(key)) for row in members] for members in rows]
        if len({value for members in values for value in members}) > 1:
            differing.append({"key": key, "values": [_one_or_all(members) for members in values]})
    return differing


def final_values(measurements: pd.DataFrame, training: pd.DataFrame) -> dict[str, Any]:
    """Return where each member of a run ended.

    M is what a layer says beyond the input, as in the learned–memorized plane.

    Returns:
        By quantity, one value for each member (None where it was not measured): those of a layer
        by its depth, as text; those of the network under "".
    """
    members = sorted(training["member"].unique().tolist())
    values: dict[str, Any] = {}
    for name, rows in _of_layers(measurements).items():
        last = rows.sort_values("epoch").groupby(["depth", "member"])["bits"].last()
        values[name] = {
            str(depth): _of_members(last.xs(depth, level="depth"), members)
            for depth in sorted({depth for depth, _ in last.index})
        }
    for name, (subset, column) in NETWORK.items():
        rows = training[training["subset"] == subset].sort_values("epoch")
        if len(rows):
            values[name] = {"": _of_members(rows.groupby("member")[column].last(), members)}
    return values


def _of_layers(measurements: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of each quantity of layers that was measured."""
    decoder = next(iter(decoders(measurements)), "")
    decoded = measurements[measurements["estimator"] == decoder]
    binned = measurements[
        (measurements["estimator"] == BINS) & (measurements["subset"] == main_subset(measurements))
    ]
    rows = {LEARNED: _of(decoded, I_TY, learned_subset(measurements)), MEMORIZED: _beyond(decoded)}
    rows |= {name: _of(binned, quantity) for quantity, name in BINNED.items()}
    return {name: each for name, each in rows.items() if len(each)}


def _beyond(decoded: pd.DataFrame) -> pd.DataFrame:
    """The rows of M at its last look, less what the input itself says."""
    rows = _of(decoded, M, TRAIN)
    if rows.empty:
        return rows
    last = decoded[decoded["epoch"] == rows["epoch"].max()]
    taken = learned_memorized_points(last).drop_duplicates("depth").set_index("depth")["of_input"]
    rows = _of(last, M, TRAIN)
    return rows.assign(bits=rows["bits"] - rows["depth"].map(taken).fillna(0.0))


def _of(rows: pd.DataFrame, quantity: str, subset: str | None = None) -> pd.DataFrame:
    wanted = rows["quantity"] == quantity
    return rows[wanted if subset is None else wanted & (rows["subset"] == subset)]


def _of_members(values: pd.Series, members: list[int]) -> Values:
    return [plain(value) for value in values.reindex(members).tolist()]


def _value(value: Any) -> float | str:
    """A number, or as it is written."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    number = plain(value) if is_number else None
    return as_written(value) if number is None else number


def _one_or_all(values: list[Any]) -> Any:
    return values[0] if all(value == values[0] for value in values) else values
