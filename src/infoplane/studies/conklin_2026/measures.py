"""What the study reads off the looks at its networks: courses over training, by what measured."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infoplane.language.looks import USUAL
from infoplane.language_tables import phases
from infoplane.names import BEFORE

LEAST = 0.05  # of the peak: a smaller rise or fall is called none
ESTIMATED, ABOVE = "bits", "above_null"
SAID = {ESTIMATED: "as estimated", ABOVE: "above its null"}
OWN, EARLIER = 0, -1  # offsets of tokens that decoders read


def usual(planes: pd.DataFrame) -> pd.DataFrame:
    """Return the planes at the usual resolution, of all texts that were read."""
    rows = planes[planes["estimator"] == USUAL]
    return rows[rows["texts"] == rows["texts"].max()]


def by_resolution(planes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the planes at each resolution, the usual one among them, all of the fewest texts."""
    rows = planes[planes["texts"] == planes["texts"].min()]
    return {str(name): of for name, of in rows.groupby("estimator", sort=False)}


def shares(planes: pd.DataFrame, value: str) -> pd.DataFrame:
    """Return rise and fall of I(X;T) as shares of its peak, by member and order."""
    found = phases(planes, value)
    return found.assign(
        rise_share=found["rise"] / found["peak"], fall_share=found["fall"] / found["peak"]
    )


def phases_table(planes: pd.DataFrame) -> pd.DataFrame:
    """Return the phases of every member, order and resolution, as estimated and above the null."""
    parts = [(USUAL, usual(planes)), *by_resolution(planes).items()]
    tables = [
        shares(of, value).assign(value=value, resolution=name, texts=int(of["texts"].max()))
        for name, of in parts
        for value in SAID
    ]
    return pd.concat(tables, ignore_index=True).drop_duplicates()


def null_shares(planes: pd.DataFrame) -> pd.DataFrame:
    """Return which share of I(X;T) is its null, means over layers, by member, order and step."""
    rows = planes[(planes["label"] == BEFORE) & (planes["depth"] > 0)]
    means = rows.groupby(["member", "order", "step"])[["bits", "null_mean"]].mean()
    return (means["null_mean"] / means["bits"]).rename("share").reset_index()


def layers_table(planes: pd.DataFrame) -> pd.DataFrame:
    """Return each layer at the last look: means over members, and their standard deviation."""
    rows = usual(planes)
    rows = rows[rows["step"] == rows["step"].max()]
    by = rows.groupby(["depth", "layer", "label", "order"])
    means = by[["bits", "null_mean", "above_null", "shared", "once"]].mean()
    return means.assign(
        bits_sd=by["bits"].std(), above_null_sd=by["above_null"].std(), networks=by.size()
    ).reset_index()


def decoded_course(decoded: pd.DataFrame) -> pd.DataFrame:
    """Return the bits that are decoded of each token near a position, means over layers."""
    rows = decoded[decoded["depth"] > 0]
    return rows.groupby(["member", "offset", "step"], as_index=False)[["bits"]].mean()


def decoded_fall(decoded: pd.DataFrame, offset: int) -> np.ndarray:
    """Return how far what is decoded of a token falls from its peak, a share of it, by member."""
    course = decoded_course(decoded)
    rows = course[course["offset"] == offset].pivot(index="step", columns="member", values="bits")
    return ((rows.max() - rows.iloc[-1]) / rows.max()).to_numpy()
