"""What the study of canaries reads off its run: means by layer and position, and ranks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infoplane.memorization.ensembles.agreement import spearman
from infoplane.memorization.ensembles.bits import memorized_label_bits
from infoplane.memorization.ensembles.influence import memorization
from infoplane.memorization.ensembles.outcomes import Outcomes
from infoplane.names import STRONGEST
from infoplane.runs.texts.run import TextRun

EXPOSURE, EXTRACTION = "exposure", "extraction"
PLACE = ["member", "layer", "depth", "times"]
COUNTERFACTUAL, COUNTERFACTUAL_BITS = "counterfactual memorization", "counterfactual bits"


def by_layer(run: TextRun) -> pd.DataFrame:
    """Return M of each network, layer, decoder and number of times seen (0: control), in bits.

    ``standard_error`` is that over canaries, whose tokens are not independent.
    """
    key = ["member", "times", "layer", "depth", "decoder"]
    of_canary = run.read("memorized").groupby([*key, "canary"], sort=False)["bits"].mean()
    of = of_canary.groupby(key, sort=False).agg(["mean", "std", "count"]).reset_index()
    error = of["std"] / np.sqrt(of["count"])
    return of.rename(columns={"mean": "bits"}).assign(standard_error=error).drop(columns="std")


def by_position(run: TextRun) -> pd.DataFrame:
    """Return M of each network, layer, number of times seen and position, strongest decoder."""
    table = run.read("memorized")
    table = table[table["decoder"] == STRONGEST]
    key = ["member", "times", "layer", "depth", "position"]
    return table.groupby(key, sort=False)["bits"].mean().reset_index()


def learned_by(run: TextRun, column: str) -> pd.DataFrame:
    """Return what each layer has learned of tokens of held-out text, by a number of theirs.

    Args:
        run: with canaries.
        column: ``position``, the tokens that are before, or ``frequency_1`` to ``frequency_3``, how
            often the n-gram that ends in the token was trained on.

    Returns:
        ``member, layer, depth``, ``start`` of the number (0, 1, 2 to 3, 4 to 7, and so on), the
        mean of the ``bits``, and ``n`` positions.
    """
    table = run.read("positions")
    table = table[table[column] >= 0]
    number = table[column].to_numpy(np.int64)
    doubling = 2 ** np.floor(np.log2(np.maximum(number, 1))).astype(np.int64)
    table = table.assign(start=np.where(number > 0, doubling, 0))
    of = table.groupby(["member", "layer", "depth", "start"], sort=False)["bits"]
    return of.agg(bits="mean", n="count").reset_index()


def of_canaries(run: TextRun) -> pd.DataFrame:
    """Return a row for each network and canary: what the field's measures say of it.

    Exposure is the extrapolated one, which does not end at the number of alternatives. What is
    counterfactual is of all networks: means over the tokens of a canary of the difference between
    those that saw it and the others.
    """
    tokens = run.read("canaries")
    key = ["member", "canary"]
    own = tokens.groupby(key).agg(
        inserted=("inserted", "first"),
        seen=("seen", "first"),
        exposure_sampled=("exposure", "first"),
        exposure=("exposure_extrapolated", "first"),
        extraction=("extracted", "first"),
        bits=("bits", "mean"),
    )
    return own.reset_index().merge(counterfactual(tokens), on="canary")


def counterfactual(tokens: pd.DataFrame) -> pd.DataFrame:
    """Return memorization by networks with and without each canary, the mean over its tokens.

    Of the top token (1: right whenever seen, never otherwise), and in bits of its probability.
    """
    wide = {
        name: tokens.pivot(index="member", columns=["canary", "position"], values=name)
        for name in ("seen", "rank", "bits")
    }
    right = (wide["rank"] == 1).to_numpy()
    outcomes = Outcomes(
        seen=wide["seen"].to_numpy(dtype=bool),
        correct=right,
        prediction=right.astype(np.int64),
        log2_p=-wide["bits"].to_numpy(dtype=np.float64),
    )
    values = {
        COUNTERFACTUAL: memorization(outcomes).values,
        COUNTERFACTUAL_BITS: memorized_label_bits(outcomes).values,
    }
    table = pd.DataFrame(values, index=wide["seen"].columns)
    return table.groupby(level="canary").mean().reset_index()


def agreement(run: TextRun) -> pd.DataFrame:
    """Return Spearman's ρ between M of each layer and the field's measures, over seen canaries.

    ``times`` is how often they were seen, which has no part in the order then; 0: all that a
    network saw. NaN where a measure is the same of all.
    """
    memorized = run.read("memorized")
    memorized = memorized[memorized["decoder"] == STRONGEST]
    key = ["member", "canary", "layer", "depth"]
    m = memorized.groupby(key, sort=False)["bits"].mean().rename("m").reset_index()
    both = m.merge(of_canaries(run), on=["member", "canary"])
    both = both[both["seen"]]
    both = pd.concat([both.assign(times=0), both.assign(times=both["inserted"])])
    rows = [
        {
            **dict(zip(PLACE, place, strict=True)),
            **{"measure": measure, "rho": spearman(*of[["m", measure]].to_numpy(np.float64).T)},
        }
        for place, of in both.groupby(PLACE, sort=False)
        for measure in (EXPOSURE, EXTRACTION, COUNTERFACTUAL, COUNTERFACTUAL_BITS)
    ]
    return pd.DataFrame(rows)


def of_members(table: pd.DataFrame, value: str = "bits", **where: object) -> np.ndarray:
    """Return a value of each network, in order, from the rows that are asked for."""
    for column, wanted in where.items():
        table = table[table[column] == wanted]
    return table.sort_values("member")[value].to_numpy(dtype=np.float64)
