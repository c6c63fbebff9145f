"""Which measures agree: rank correlations between examples, and between layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.stats import rankdata

from infoplane.memorization.ensembles.agreement import spearman
from infoplane.runs.run import Run
from infoplane.studies.where_memorized.measures import example_table, layer_table

KINDS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "all": lambda corrupted: corrupted | ~corrupted,
    "wrong": lambda corrupted: corrupted,
    "true": lambda corrupted: ~corrupted,
}
MOST = 5040  # orders of layers that are tried, all of seven


@lru_cache(maxsize=2)
def between_examples(run: Run) -> pd.DataFrame:
    """Return Spearman's ρ of every two measures of examples, over all, wrong and true labels.

    Columns kind, a, b; ``spearman`` the mean over members and ``sd`` its standard deviation; ``n``
    examples; ``across`` is √(ρ_a ρ_b) of each with itself in other members: measures of the same
    networks that agree further share what is a network's own, not its examples'. Kinds apart say
    what the kind of label cannot explain.
    """
    table = example_table(run)
    rows = []
    for kind, of in KINDS.items():
        some = table[of(table["corrupted"])].drop(columns="corrupted")
        own = {name: _between_members(some[name]) for name in some}
        for a, b in combinations(some, 2):
            pair = some[[a, b]].dropna()
            rho = [spearman(*one.to_numpy().T) for _, one in pair.groupby("member")]
            n = len(pair) // some.index.get_level_values("member").nunique()
            across = np.sqrt(max(own[a], 0) * max(own[b], 0))
            rows.append((kind, a, b, np.mean(rho), _sd(rho), n, across))
    return pd.DataFrame(rows, columns=["kind", "a", "b", "spearman", "sd", "n", "across"])


def _between_members(values: pd.Series) -> float:
    """Return the mean ρ of a measure with itself in another member."""
    wide = values.unstack("member")
    return float(
        np.mean([spearman(*wide[list(pair)].dropna().to_numpy().T) for pair in _pairs(wide)])
    )


def _pairs(wide: pd.DataFrame) -> Iterator[tuple[Any, Any]]:
    """Every two members; a single one with itself."""
    return combinations(wide, 2) if wide.shape[1] > 1 else iter([(0, 0)])


def _sd(values: list[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


@lru_cache(maxsize=2)
def between_layers(run: Run) -> pd.DataFrame:
    """Return Spearman's ρ of every two measures of hidden layers.

    Columns kind ("wrong"), a, b, ``spearman`` (mean over members), ``sd``, ``n`` layers, and
    ``p_value``: the share of orders of the layers, the same in all members, in which the mean is
    as far from 0. Layers are few: with six the least p is 1/360.
    """
    table = layer_table(run)
    table = table[~table["control"]]
    wide = table.pivot(index=["member", "depth"], columns="measure", values="value")
    wide = wide[list(table["measure"].unique())]
    rows = []
    for a, b in combinations(wide, 2):
        of_a, of_b = (
            np.stack([v.to_numpy() for _, v in wide[m].groupby("member")]) for m in (a, b)
        )
        rho, p_value = layer_correlation(of_a, of_b)
        rows.append(("wrong", a, b, np.mean(rho), _sd(list(rho)), of_a.shape[1], p_value))
    return pd.DataFrame(rows, columns=["kind", "a", "b", "spearman", "sd", "n", "p_value"])


def layer_correlation(
    a: Float[np.ndarray, "k l"], b: Float[np.ndarray, "k l"]
) -> tuple[Float[np.ndarray, " k"], float]:
    """Return Spearman's ρ over layers of each member, and the p-value of their mean, two-sided.

    The null orders the layers of one measure anew, alike in all members: members share what their
    architecture does. Exact up to seven layers, by so many random orders above.
    """
    x, y = (_standard(rankdata(values, axis=1)) for values in (a, b))
    rho, layers = (x * y).sum(axis=1), x.shape[1]
    orders = list(permutations(range(layers))) if layers <= 7 else None
    if orders is None:
        random = np.random.default_rng(0)
        orders = [np.arange(layers), *(random.permutation(layers) for _ in range(MOST - 1))]
    null = np.array([(x[:, list(order)] * y).sum(axis=1).mean() for order in orders])
    return rho, float((np.abs(null) >= abs(rho.mean()) - 1e-12).mean())


def _standard(ranks: np.ndarray) -> np.ndarray:
    """Centre ranks and bring them to length 1; 0 where all are equal."""
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)


def matrix(pairs: pd.DataFrame, kind: str) -> tuple[pd.DataFrame, int]:
    """Return ρ of every two measures as a matrix, and the most that were ranked."""
    some = pairs[pairs["kind"] == kind]
    names = list(dict.fromkeys([*some["a"], *some["b"]]))
    whole = pd.DataFrame(np.eye(len(names)), names, names)
    for a, b, rho in zip(some["a"], some["b"], some["spearman"], strict=True):
        whole.loc[a, b] = whole.loc[b, a] = rho
    return whole, int(some["n"].max())
