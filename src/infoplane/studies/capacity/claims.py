"""The claims on capacity: the classical anchors, perceptrons, and transformers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from infoplane.studies.capacity import anchors
from infoplane.studies.capacity.measures import (
    SWEEP,
    flatness,
    perceptrons,
    plateau,
    texts,
    transformers,
)
from infoplane.studies.capacity.text import peaks
from infoplane.studies.claims import Claim, claim
from infoplane.studies.study import Runs

ALL = 0.95  # of the bits there are
FLAT = (0.85, 1.15)  # bits at the most data over those at half of it
FULL = (0.5, 2.0)  # bits of the data over the capacity: sizes are a factor of 2 apart
SAME = 0.3  # of the bits a parameter of the base network
PUBLISHED = {"float32": (3.83, 2.86, 4.23), "bfloat16": (3.51, 2.86, 4.23)}  # mean and range


def claims(runs: Runs) -> list[Claim]:
    """Judge the anchors, then the plateau of each kind of network."""
    labels, tokens = perceptrons(runs), transformers(runs)
    sweep = labels[labels["run"].str.endswith(SWEEP)]
    return [
        _cover(anchors.separable()),
        _logistic(anchors.logistic()),
        *_course("perceptron", "labels", sweep),
        *_variants(labels),
        *(
            judged
            for (width, dtype), of in tokens.groupby(["width", "dtype"], sort=False)
            for judged in _transformer(int(str(width)), str(dtype), of)
        ),
        *_descent(texts(runs)),
    ]


def _cover(measured: pd.DataFrame) -> Claim:
    error = (measured["share"] - measured["exact"]).to_numpy()
    return claim(
        "2 bits a weight: the share of random labelings of random points that are separable, at "
        "1.8, 2 and 2.2 points a weight, is Cover's (difference; within 3 binomial sd)",
        error,
        np.abs(error) <= 3 * measured["sd"],
        of="ratios",
        unit="of labelings",
        published=".877, .500 and .147 (Cover 1965)",
        null="0: the formula is exact",
        refuted_by="a difference above 3 sd of so many draws",
    )


def _logistic(measured: pd.DataFrame) -> Claim:
    error = (measured["bits"] - measured["printed"]).to_numpy()
    return claim(
        "Logistic regression memorizes of random labels what is printed for one draw of 60 "
        "dimensions (mean over draws less the printed bits a weight; within 2.5 sd of a draw)",
        error,
        np.abs(error) <= 2.5 * measured["sd"] + 0.005,
        of="ratios",
        unit="bits a weight",
        published="1, 1.5, 1.9, 1.5, .89, .84, .77, .77, .69 at 1 to 50 points a weight",
        null="separable labels: all bits; infinitely many: 1/(2 ln 2) = .721",
        refuted_by="a difference above 2.5 sd of a draw, or of .005 where draws do not differ",
    )


def _course(kind: str, what: str, points: pd.DataFrame) -> Iterator[Claim]:
    """All is memorized of little data; of much, no more than of half as much."""
    least = points[points["data_bits"] == points["data_bits"].min()].sort_values("member")
    share = (least["bits"] / least["ceiling"]).to_numpy()
    yield claim(
        f"{kind}: of the fewest random {what} all bits are memorized (share of those that can be; "
        f"{ALL} or more)",
        share,
        share >= ALL,
        unit="of the data",
        published="all below capacity (Morris 2025, figure 1)",
        null="0: nothing is memorized before training",
        refuted_by=f"a share below {ALL} (our threshold)",
    )
    flat = flatness(points)
    yield claim(
        f"{kind}: more random {what} are not memorized in more bits (at the most data over those "
        f"at the number before; {FLAT[0]} to {FLAT[1]})",
        flat,
        (flat >= FLAT[0]) & (flat <= FLAT[1]),
        unit="",
        published="a plateau (Morris 2025, figure 1)",
        null="the ratio of the data, 2: bits that go on growing with them",
        refuted_by=f"a ratio outside {FLAT[0]} to {FLAT[1]} (our thresholds)",
    )


def _variants(labels: pd.DataFrame) -> Iterator[Claim]:
    """Bits a parameter of each other network, over those of the base at as many examples."""
    base = labels[labels["run"].str.endswith(SWEEP)]
    most = base[base["data_bits"] == base["data_bits"].max()].set_index("member").sort_index()
    of_base = (most["bits"] / most["parameters"]).to_numpy()
    others = labels[~labels["run"].str.endswith(SWEEP)]
    for name, of in others.groupby("run", sort=False):
        own = of.set_index("member").sort_index()
        ratio = (own["bits"] / own["parameters"]).to_numpy() / of_base
        yield claim(
            f"perceptron, {name}: a parameter holds as many bits as one of the base network "
            f"(ratio; within {SAME:.0%})",
            ratio,
            np.abs(ratio - 1) <= SAME,
            unit="",
            null="1: a parameter is a parameter",
            refuted_by=f"a ratio more than {SAME} from 1 (our threshold), by one training of each",
        )


def _transformer(width: int, dtype: str, points: pd.DataFrame) -> Iterator[Claim]:
    name = f"transformer of width {width}, {dtype}"
    yield from _course(name, "tokens", points)
    mean, low, high = PUBLISHED[dtype]
    bits = plateau(points)["bits_a_parameter"].to_numpy()
    yield claim(
        f"{name}: its plateau is in the published range ({low} to {high} bits a parameter)",
        bits,
        (bits >= low) & (bits <= high),
        unit="bits a parameter",
        published=f"{mean} ± .1 (Morris 2025: 1 to 8 layers of width 32 to 512)",
        null="2, of perceptrons (Cover); 32 or 16 that a number has",
        refuted_by="a plateau outside of what was published for any size",
    )


def _descent(points: pd.DataFrame) -> Iterator[Claim]:
    """Double descent: the loss on other text is highest where the data fill the network."""
    highest = peaks(points)
    load, inside = highest["load"].to_numpy(), highest["inside"].to_numpy()
    yield claim(
        "transformer on text: its loss on other text is highest where the data have as many bits "
        f"as it can memorize (bits over capacity at the highest loss; {FULL[0]} to {FULL[1]})",
        load,
        inside & (load >= FULL[0]) & (load <= FULL[1]),
        unit="",
        published="1 (Morris 2025, figure 2: the peak of double descent)",
        null="the load of the least or of the most data: a loss that only rises or only falls",
        refuted_by=f"a highest loss at an end, or at a load outside {FULL[0]} to {FULL[1]} (ours)",
    )
    by_size = points.pivot(index="sequences", columns="member", values="test").sort_index()
    fall = (by_size.max() - by_size.iloc[-1]).to_numpy()
    yield claim(
        "transformer on text: more data than it can memorize teach it (highest loss on other text, "
        "less that at the most data)",
        fall,
        (by_size.idxmin() == by_size.index[-1]).to_numpy(),
        unit="bits a token",
        published="falls (Morris 2025, figure 2)",
        null="0: what is memorized is in the way of what is learned whatever there is",
        refuted_by="a loss at the most data that is not the least of all",
    )
