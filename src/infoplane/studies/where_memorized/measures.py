"""What the study measures of each example and of each layer, higher where more is memorized."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pandas as pd

from infoplane.memorization.localization.prediction_depth import NEIGHBOURS
from infoplane.names import KNN, LINEAR, LOGITS, STRONGEST, TRAIN
from infoplane.runs.analyses.ablation import ALL_LAYERS, kept_ablated
from infoplane.runs.analyses.lost_examples import EARLIER, RANDOM, kept_lost_when_rewound
from infoplane.runs.analyses.memorized_by_layer import kept_memorized_by_layer
from infoplane.runs.analyses.prediction_depths import FEW, kept_prediction_depths
from infoplane.runs.analyses.second_split import kept_second_split_times
from infoplane.runs.run import Run

RUN = "flipped labels"
READERS = {"M, strongest decoder": STRONGEST, "M, k-NN": KNN, "M, linear": LINEAR}
DEPTH, DEPTH_FEW = f"prediction depth, k = {NEIGHBOURS}", f"prediction depth, k = {FEW}"
SECOND, LOST, LOSS = "second-split forgetting", "rewinding", "cumulative loss"
BY_LOSS, BY_MARGIN, ALONE = "units to flip, loss", "units to flip, margin", "units, one layer alone"
GAIN = "gain of M, strongest decoder"
UNITS = dict.fromkeys((*READERS, GAIN), "bits an example") | {
    DEPTH: "share of wrong labels",
    LOST: "lost: share, wrong - true",
    BY_LOSS: "share of units zeroed",
    BY_MARGIN: "share of units zeroed",
    ALONE: "minus units to flip",
}


@lru_cache(maxsize=2)
def example_table(run: Run) -> pd.DataFrame:
    """Return every measure of each training example, higher for more memorized; one row an example.

    Indexed by member and id, with ``corrupted``. Depth in layers; minus second-split forgetting in
    epochs; the share of (layer, epoch) to which a rewinding loses the label; minus units to flip,
    of those that were asked (NaN of others); M in bits, its mean over hidden layers; cumulative
    loss in bits.
    """
    key = ["member", "id"]
    depths = kept_prediction_depths(run).pivot(index=key, columns="k", values="prediction_depth")
    second = kept_second_split_times(run).set_index(key)
    examples = run.examples[run.examples["subset"] == TRAIN].set_index(key)
    units = kept_ablated(run)
    units = units[units["scope"] == ALL_LAYERS].groupby([*key, "objective"])["units"].first()
    units = units.unstack("objective")
    bits = kept_memorized_by_layer(run)
    hidden = bits[(bits["depth"] > 0) & (bits["layer"] != LOGITS)]
    mean = hidden.groupby([*key, "estimator"])["bits"].mean().unstack("estimator")
    columns = {
        "corrupted": second["corrupted"],
        DEPTH: depths[NEIGHBOURS],
        DEPTH_FEW: depths[FEW],
        SECOND: -second["second_split_forgetting"],
        LOST: _lost(run, EARLIER).groupby(key)["lost"].mean(),
        BY_LOSS: -units["loss"],
        BY_MARGIN: -units["margin"],
        **{name: mean[decoder] for name, decoder in READERS.items()},
        LOSS: examples["cumulative_loss"],
    }
    return pd.DataFrame(columns).astype(dict.fromkeys(set(columns) - {"corrupted"}, "float64"))


@lru_cache(maxsize=2)
def layer_table(run: Run) -> pd.DataFrame:
    """Return every measure of each hidden layer, higher where more of wrong labels is memorized.

    Columns member, layer, depth, measure, control, value, unit. M in bits an example, and how much
    of it the layer has more than the one before; the share of wrong labels whose prediction depth
    it is; the share of wrong labels lost by rewinding it, less that of true ones, and by a random
    step as long (its control); its share of the units zeroed to flip wrong labels; and, flipped by
    units of this layer alone, minus the units it takes.
    """
    parts = [*_bits(run), _depths(run), *_rewinding(run), *_zeroed(run)]
    table = pd.concat(parts, ignore_index=True)
    names = _lost(run, EARLIER).groupby("depth")["layer"].first()
    names = names[names != LOGITS]
    table = table[table["depth"].isin(names.index)]
    table = table.assign(layer=table["depth"].map(names), unit=table["measure"].map(UNITS))
    columns = ["member", "layer", "depth", "measure", "control", "value", "unit"]
    return table[columns].reset_index(drop=True)


def _bits(run: Run) -> list[pd.DataFrame]:
    bits = kept_memorized_by_layer(run)
    mean = bits.groupby(["estimator", "member", "depth"])["bits"].mean()
    parts = [_named(mean[decoder], name) for name, decoder in READERS.items()]
    gain = mean[STRONGEST].groupby("member").diff()
    return [*parts, _named(gain, GAIN)]


def _depths(run: Run) -> pd.DataFrame:
    depths = kept_prediction_depths(run)
    wrong = depths[depths["corrupted"] & (depths["k"] == NEIGHBOURS)]
    layers = range(int(wrong["layers"].max()) + 1)
    counts = pd.crosstab(wrong["member"], wrong["prediction_depth"], normalize="index")
    counts = counts.reindex(columns=layers, fill_value=0.0).rename_axis(columns="depth")
    shares = counts.reset_index().melt("member").set_index(["member", "depth"])["value"]
    return _named(shares, DEPTH)


def _rewinding(run: Run) -> Iterator[pd.DataFrame]:
    for direction in (EARLIER, RANDOM):
        lost = _lost(run, direction).groupby(["member", "depth", "corrupted"])["lost"]
        share = lost.mean().unstack("corrupted")
        yield _named(share[True] - share[False], LOST).assign(control=direction == RANDOM)


def _lost(run: Run, direction: str) -> pd.DataFrame:
    lost = kept_lost_when_rewound(run)
    return lost[lost["direction"] == direction]


def _zeroed(run: Run) -> list[pd.DataFrame]:
    wrong = kept_ablated(run)
    wrong = wrong[wrong["corrupted"]]
    whole = wrong[wrong["scope"] == ALL_LAYERS]
    sums = whole.groupby(["objective", "member", "depth"])["zeroed"].sum()
    share = sums / sums.groupby(["objective", "member"]).transform("sum")
    alone = wrong[wrong["scope"] != ALL_LAYERS]
    units = alone.groupby(["member", "depth"])["units"].median()
    parts = {BY_LOSS: share["loss"], BY_MARGIN: share["margin"], ALONE: -units}
    return [_named(values, name) for name, values in parts.items()]


def _named(values: pd.Series, name: str) -> pd.DataFrame:
    """Return values by member and depth as rows of one measure."""
    return values.rename("value").reset_index().assign(measure=name, control=False)


def ablation_table(run: Run) -> pd.DataFrame:
    """Return how many units it took to flip an example, by objective, scope and kind of label.

    Median and mean over examples (units are counted up to those allowed), the share that was
    flipped, the share of others that was left unchanged: means over members, with their standard
    deviation.
    """
    table = kept_ablated(run).drop_duplicates(["member", "id", "objective", "scope"])
    by = ["objective", "scope", "corrupted"]
    of_member = table.groupby([*by, "member"]).agg(
        median=("units", "median"),
        mean=("units", "mean"),
        flipped=("flipped", "mean"),
        unchanged=("unchanged", "mean"),
    )
    of_all = of_member.groupby(by)
    wide = of_all.mean().join(of_all.std().add_suffix("_sd"))
    return wide.reset_index()


def median_units(run: Run, objective: str, *, wrong: bool) -> np.ndarray:
    """Return the median units to flip examples of a kind, of each member."""
    table = kept_ablated(run)
    rows = table[(table["objective"] == objective) & (table["scope"] == ALL_LAYERS)]
    rows = rows[rows["corrupted"] == wrong].drop_duplicates(["member", "id"])
    return rows.groupby("member")["units"].median().to_numpy(np.float64)
