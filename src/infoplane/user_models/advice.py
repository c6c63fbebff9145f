"""Advice from a table: what a value that says little means, and what to change."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from infoplane.names import BINS, DECODERS, I_TY, INSIDE_NULL, TEST, TRAIN, M
from infoplane.observing.collect import SKETCHED
from infoplane.runs.watched import PLANTED, SEEN, Watched

DEAD = "all units constant"
FITTED = 0.4  # of the examples: four fifths of a half
FEW_WRONG = 100
FEWEST = 1000  # of fewer examples no error is stated
NAMED = 4  # layers in a sentence


def advice(measurements: pd.DataFrame, watched: Watched) -> list[str]:
    """Return what to know and to change, a sentence or two each, of the last look."""
    return [*_of_labels(watched), *_of_values(measurements)]


def _of_labels(watched: Watched) -> Iterator[str]:
    if watched.labels not in (SEEN, PLANTED):
        yield (
            "Every label is taken for true, so M cannot be measured: give the labels trained on as "
            "seen_labels; or, where none is known to be true, train on "
            "infoplane.plant(labels).seen_labels and give that object as labels. From the losses "
            "alone infoplane.ExampleTracker tells the bits memorized of each example."
        )
    elif watched.wrong == 0:
        yield (
            "No seen label differs from its true one, so there is nothing to memorize and M is not "
            "measured: give other seen_labels, or plant some with infoplane.plant."
        )
    elif watched.wrong < FEW_WRONG:
        yield (
            f"Only {watched.wrong} of the labels decoded are wrong: M is read from these alone, "
            "and decoders find little in so few; give more examples or plant more."
        )
    if watched.labels in (SEEN, PLANTED) and watched.wrong and not watched.test_examples:
        yield (
            "There is no test part, so M has no control and what is learned is read from the "
            "training examples themselves: give test=(inputs, labels)."
        )


def _of_values(measurements: pd.DataFrame) -> Iterator[str]:
    if measurements.empty:
        yield "Nothing was measured yet: call observe(epoch) in the training loop."
        return
    last = measurements[measurements["epoch"] == measurements["epoch"].max()]
    hidden = last[last["depth"] > 0]
    yield from _saturated(hidden)
    yield from _inside_null(hidden)
    yield from _dead(hidden)
    yield from _wide(hidden)
    n = int(last["n"].max())
    if n < FEWEST:
        yield (
            f"{n:,} examples are few: below {FEWEST:,} no error is stated, and decoders find a "
            "part of what there is; give more if there are more."
        )


def _saturated(rows: pd.DataFrame) -> Iterator[str]:
    bins = rows[rows["estimator"] == BINS]
    full = bins.groupby("layer", sort=False)["saturated"].any()
    if len(full) and full.all():
        yield (
            "Every layer is saturated at this resolution: nearly each example falls in a cell of "
            "its own, and I(T;Y) is H(Y) for any labels; read the decoders, or give wider bins or "
            "many more examples."
        )


def _inside_null(rows: pd.DataFrame) -> Iterator[str]:
    decoders = [name for name in DECODERS if name in set(rows["estimator"])]
    for quantity, subset, what in (
        (M, TRAIN, "memorized"),
        (I_TY, TEST, "learned"),
    ):
        of = rows[(rows["quantity"] == quantity) & (rows["subset"] == subset)]
        of = of[of["estimator"] == decoders[0]] if decoders else of[:0]
        if len(of) and (of["p_value"] > INSIDE_NULL).all():
            yield (
                f"No layer says more than shuffled labels do of what is {what} ({quantity} on "
                f"{subset}): there is nothing yet, or {int(of['n'].max()):,} examples are too few "
                "to show it; train longer or give more examples."
            )


def _dead(rows: pd.DataFrame) -> Iterator[str]:
    dead = list(rows.loc[rows["flags"].str.contains(DEAD, regex=False), "layer"].unique())
    if dead:
        yield (
            f"All units are the same for every example in {_names(dead)}: nothing passes there; "
            "look for dead ReLUs, a learning rate that is too large, or inputs that are all equal."
        )


def _wide(rows: pd.DataFrame) -> Iterator[str]:
    decoded = rows[rows["estimator"].isin(DECODERS)]
    if decoded.empty:
        return
    n = int(decoded["n"].max())
    units = decoded["width"].clip(upper=SKETCHED)
    wide = list(decoded.loc[units > FITTED * n, "layer"].unique())
    if wide:
        yield (
            f"Decoders are fitted on {int(FITTED * n):,} examples and have more units than that to "
            f"read in {_names(wide)}: they find too little there, M above all; give more examples "
            "(memorization=MemorizationConfig(probe_size=…)) or reduce='mean'."
        )


def _names(layers: list[str]) -> str:
    more = f" and {len(layers) - NAMED} more" if len(layers) > NAMED else ""
    return ", ".join(layers[:NAMED]) + more
