"""What the study of prices reads off its sweeps: transitions, rates, and bits of weights."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from torch.nn import functional

from infoplane.data.load import load
from infoplane.data.split import Split
from infoplane.memorization.weight_information import largest_rate, price_at
from infoplane.runs.analyses.kept import kept
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run
from infoplane.studies.achille_2018.sweep import (
    RANDOM,
    TRUE,
    SweepConfig,
    Variation,
    label_prices,
)
from infoplane.studies.study import Runs
from infoplane.training.device import choose_device

PRICES = (0.01, 0.1, 0.15, 0.2, 0.25, 0.3, 0.45, 0.7, 1.0, 1.5, 3.0, 10.0)
BELOW, AT = 0.7, 1.0  # prices of the grid around the one predicted
EXTRA_AT = 0.1  # the price at which bits of weights are compared
TOLD = 0.1  # of the label bits: the least that a rate is taken of
SIDE = 14  # pixels; larger images are averaged down to it at the quick scale
QUICK_STEPS, PAPER_STEPS = 1500, 3000

GAUSSIAN, LOG_UNIFORM = "Gaussian prior", "log-uniform prior"
AT_ONCE, LONGER, FEWER, WIDER = "price at once", "twice the steps", "half the examples", "wider"


def varied(prior: str, what: str) -> str:
    """Return the name of a variation of the sweep under a prior."""
    return f"{prior}, {what}"


VARIATIONS = (
    Variation(GAUSSIAN),
    Variation(LOG_UNIFORM, prior="log-uniform"),
    Variation(varied(GAUSSIAN, AT_ONCE), rising=False),
    Variation(varied(LOG_UNIFORM, AT_ONCE), rising=False, prior="log-uniform"),
    Variation(varied(GAUSSIAN, LONGER), kinds=(RANDOM,), longer=2),
    Variation(varied(LOG_UNIFORM, LONGER), kinds=(RANDOM,), longer=2, prior="log-uniform"),
    Variation(varied(LOG_UNIFORM, FEWER), kinds=(RANDOM,), examples=0.5, prior="log-uniform"),
    Variation(varied(LOG_UNIFORM, WIDER), kinds=(RANDOM,), wider=2, prior="log-uniform"),
)


def sweeps(runs: Runs) -> pd.DataFrame:
    """Return every network of every sweep, kept beside the last run."""
    last = list(runs.values())[-1]
    return kept(last, "label_prices", _measured)


def _measured(run: Run) -> pd.DataFrame:
    config = run.config
    train, test = _examples(config)
    sweep = SweepConfig(
        PRICES,
        config.network.hidden_widths,
        draws=config.members,
        steps=PAPER_STEPS if _paper(config) else QUICK_STEPS,
    )
    device = str(choose_device(config.training.device))
    parts = [
        label_prices(train, test, sweep, variation, seed=config.seed, device=device)
        for variation in VARIATIONS
    ]
    return pd.concat(parts, ignore_index=True)


def _paper(config: RunConfig) -> bool:
    return (config.data.train_size or 0) > 1000


def _examples(config: RunConfig) -> tuple[Split, Split]:
    """Return the examples of a run with their true labels; at the quick scale small images."""
    parts = load(replace(config.data, labels="true"), config.seed)
    return tuple(part if _paper(config) else small(part) for part in parts)  # pyright: ignore


def small(split: Split) -> Split:
    """Return images of ``SIDE`` pixels a side at most, by averaging."""
    if split.inputs.ndim != 4 or split.inputs.shape[-1] <= SIDE:
        return split
    return replace(split, inputs=functional.adaptive_avg_pool2d(split.inputs, SIDE))


def transitions(points: pd.DataFrame) -> pd.DataFrame:
    """Return, of each sweep, kind of labels and draw, where its label bits fall.

    ``half``, ``nine_tenths``, ``tenth``: the prices at which so much is kept; ``decades``: from
    nine tenths to a tenth; ``rate``: the most label bits a bit of weights.
    """
    rows = []
    for (variation, labels, draw), of in points.groupby(
        ["variation", "labels", "draw"], sort=False
    ):
        of = of.sort_values("price")
        prices = of["price"].to_numpy()
        shares = (of["kept_bits"] / of["label_bits"]).to_numpy()
        at = {level: price_at(prices, shares, level) for level in (0.9, 0.5, 0.1)}
        told = (of["kept_bits"].to_numpy(), of["weight_bits"].to_numpy())
        rate = largest_rate(*told, least=TOLD * of["label_bits"].iloc[0])
        rows.append(
            {
                **{"variation": variation, "labels": labels, "draw": draw},
                **{"nine_tenths": at[0.9], "half": at[0.5], "tenth": at[0.1]},
                **{"decades": math.log10(at[0.1] / at[0.9]), "rate": rate},
            }
        )
    return pd.DataFrame(rows)


def of_draws(table: pd.DataFrame, variation: str, labels: str, column: str) -> np.ndarray:
    """Return a column of ``transitions`` for one sweep, a value a draw; what is infinite is NaN."""
    rows = table[(table["variation"] == variation) & (table["labels"] == labels)]
    values = rows.sort_values("draw")[column].to_numpy(dtype=np.float64)
    return np.where(np.isinf(values), np.nan, values)


def at_price(points: pd.DataFrame, variation: str, labels: str, price: float) -> pd.DataFrame:
    """Return the networks of a sweep at one price, by draw."""
    rows = points[(points["variation"] == variation) & (points["labels"] == labels)]
    return rows[rows["price"] == price].sort_values("draw").reset_index(drop=True)


def shares_at(points: pd.DataFrame, variation: str, labels: str, price: float) -> np.ndarray:
    """Return the share of the label bits that each draw keeps at a price."""
    rows = at_price(points, variation, labels, price)
    return (rows["kept_bits"] / rows["label_bits"]).to_numpy()


def extra_nats(points: pd.DataFrame, variation: str) -> np.ndarray:
    """Return the nats of weights a random label takes beyond a true one, at ``EXTRA_AT``."""
    random, true = (at_price(points, variation, labels, EXTRA_AT) for labels in (RANDOM, TRUE))
    bits = (random["weight_bits"] - true["weight_bits"]) / random["examples"]
    return bits.to_numpy() * math.log(2)
