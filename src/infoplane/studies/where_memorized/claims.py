"""The claims on where examples are memorized, each judged in every network."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from infoplane.memorization.ensembles.agreement import spearman
from infoplane.names import LINEAR
from infoplane.runs.analyses.ablation import ALL_LAYERS, kept_ablated
from infoplane.runs.run import Run
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import accuracy
from infoplane.studies.study import Runs
from infoplane.studies.where_memorized.agreement import KINDS, between_layers
from infoplane.studies.where_memorized.measures import (
    BY_LOSS,
    BY_MARGIN,
    DEPTH,
    DEPTH_FEW,
    LOST,
    RUN,
    SECOND,
    example_table,
    layer_table,
    median_units,
)
from infoplane.studies.where_memorized.planted import M_GAIN, kept_planted

NEAR_ZERO = 0.05  # bits
FEW_UNITS = 10  # twice what was published
LAYERS = 5  # whose order can have a p-value of .05: 2 in 5!
LEAST = 0.936  # AUROC of second-split forgetting, at 10 % flipped


def claims(runs: Runs) -> list[Claim]:
    """Judge what the papers say, then whether their measures agree."""
    run = runs[RUN]
    return [
        _fits(run),
        _depth(run),
        *_second_split(run),
        _rewound(run),
        _not_any_step(run),
        _few_units(run),
        *(_fewer_for_wrong(run, objective) for objective in ("loss", "margin")),
        _spread_out(run),
        _others(run),
        *_agree(run),
        *_layers_agree(run),
        *_planted(run),
    ]


def _fits(run: Run) -> Claim:
    fitted = accuracy(run.training, "corrupted")
    return claim(
        "The wrong labels are memorized (accuracy on them at the end; above .9)",
        fitted,
        fitted > 0.9,
        unit="",
        published="1.0 (Maini 2023, before anything is zeroed)",
        null="1/9 of what is not true: guessed among the wrong classes",
        refuted_by="an accuracy of .9 (our threshold) or less: where would then be no question",
    )


def _depth(run: Run) -> Claim:
    mean = example_table(run).groupby(["member", "corrupted"])[DEPTH].mean().unstack()
    ahead = (mean[True] - mean[False]).to_numpy()
    return claim(
        "Wrong labels are predicted deeper (mean prediction depth by 30 neighbours, wrong less "
        "true)",
        ahead,
        ahead > 0,
        unit="layers",
        published="deeper (Baldock 2021, drawn, no numbers)",
        null="0: as deep. Neighbours among the inputs have true labels, so that a network that "
        "fits wrong ones can hardly do else",
        refuted_by="a difference of 0 or less",
    )


def _second_split(run: Run) -> list[Claim]:
    from sklearn.metrics import roc_auc_score

    members = example_table(run).groupby("member")
    values = np.array([roc_auc_score(rows["corrupted"], rows[SECOND]) for _, rows in members])
    shared = {"unit": "", "published": ".936 to .963 (Ravikumar 2025: CIFAR-10, 10 to 1 % flipped)"}
    return [
        claim(
            "Wrong labels are forgotten first in training on a second split (AUROC of forgetting "
            "time)",
            values,
            values > 0.5,
            **shared,
            null=".5: forgotten as soon as true ones",
            refuted_by="an AUROC of .5 or less",
        ),
        claim(
            f"Forgetting tells wrong labels as well as published (AUROC of {LEAST} or more)",
            values,
            values >= LEAST,
            **shared,
            null="less: on other data and networks, at twice the noise",
            refuted_by=f"an AUROC below {LEAST}, the least published",
        ),
    ]


def _rewound(run: Run) -> Claim:
    wide = _lost_by_layer(run)
    deepest = wide.idxmax(axis=1).to_numpy(np.float64)
    last = max(map(int, wide.columns))
    return claim(
        "Memorization is not confined to final layers: the hidden layer whose rewinding loses most "
        "wrong labels, more than true ones, is none of the last two (its number)",
        deepest,
        deepest < last - 1,
        unit=f"of {last}",
        published="not the final layers (Maini 2023: ResNets, ViT); late ones (Stephenson 2021)",
        null=f"{last - 1} or {last} in one of {last / 2:.0f} networks by chance",
        refuted_by="one of the last two",
    )


def _lost_by_layer(run: Run, *, control: bool = False) -> pd.DataFrame:
    """Return the share of wrong labels that a layer's rewinding loses, less that of true ones."""
    rows = layer_table(run)
    rows = rows[(rows["measure"] == LOST) & (rows["control"] == control)]
    return rows.pivot(index="member", columns="depth", values="value")


def _not_any_step(run: Run) -> Claim:
    rewound, disturbed = (_lost_by_layer(run, control=control) for control in (False, True))
    deepest = np.nanargmax(rewound.to_numpy(), axis=1)
    at = (rewound - disturbed).to_numpy()[np.arange(len(deepest)), deepest]
    return claim(
        "Rewinding is more than a disturbance: in the layer where it loses most wrong labels, more "
        "than true ones, it loses more than a random step as long (difference)",
        at,
        at > 0,
        unit="of wrong labels",
        null="0: any step of that length from the trained weights loses as many",
        refuted_by="a difference of 0 or less: the profile is of how sensitive layers are",
    )


def _few_units(run: Run) -> Claim:
    units, random = (median_units(run, o, wrong=True) for o in ("loss", "random"))
    return claim(
        f"Few units hold an example: at most {FEW_UNITS} are zeroed to flip a wrong label (median; "
        "by the loss)",
        units,
        (units <= FEW_UNITS) & (units < random),
        unit="units",
        published="around 5 (Maini 2023: neurons or channels)",
        null=f"{random.mean():.0f}, active units in random order (100 where more)",
        refuted_by=f"more than {FEW_UNITS} (our threshold), or as many as in random order",
    )


def _fewer_for_wrong(run: Run, objective: str) -> Claim:
    wrong, true = (median_units(run, objective, wrong=kind) for kind in (True, False))
    ratio = true / np.maximum(wrong, 1)
    return claim(
        f"Wrong labels take fewer units to flip than true ones, by the {objective} (median, true "
        "over wrong)",
        ratio,
        ratio > 1,
        unit="times",
        published="fewer (Maini 2023, by the loss; drawn)",
        null="1: as many. The gradient of a loss vanishes where a network is sure, that of a "
        "margin does not",
        refuted_by="a ratio of 1 or less",
    )


def _spread_out(run: Run) -> Claim:
    table = layer_table(run)
    rows = table[table["measure"] == BY_LOSS]
    late = rows[rows["depth"] > rows["depth"].max() / 2].groupby("member")["value"].sum()
    return claim(
        "Units that hold wrong labels are not in final layers: less than half of those zeroed are "
        "in the later half",
        late.to_numpy(),
        late.to_numpy() < 0.5,
        unit="of units",
        published="in various layers (Maini 2023, drawn)",
        null=".5: anywhere",
        refuted_by="half of them or more",
    )


def _others(run: Run) -> Claim:
    table = kept_ablated(run)
    rows = table[(table["objective"] == "loss") & (table["scope"] == ALL_LAYERS)]
    rows = rows[rows["corrupted"]].drop_duplicates(["member", "id"])
    unchanged = rows.groupby("member")["unchanged"].mean().to_numpy()
    return claim(
        "Others are kept: with a wrong label flipped, 95 % or more of other examples are predicted "
        "as before",
        unchanged,
        unchanged >= 0.95,
        unit="of others",
        published="accuracy nearly kept (Maini 2023, drawn)",
        null="less, as where active units are zeroed in random order",
        refuted_by="less than 95 % (our threshold)",
    )


def _agree(run: Run) -> list[Claim]:
    pairs = {
        "One is measured by few neighbours as by many: prediction depth by 5 and by 30": (
            (DEPTH, DEPTH_FEW),
            "Baldock 2021 takes 30, and finds the number of little effect",
        ),
        "Wrong labels that are predicted deeper are forgotten earlier: prediction depth and "
        "second-split forgetting": ((DEPTH, SECOND), ""),
        "Wrong labels that are lost by rewinding are forgotten earlier: rewinding and second-split "
        "forgetting": ((LOST, SECOND), ""),
        "Wrong labels that are predicted deeper are lost by rewinding": ((DEPTH, LOST), ""),
        "Wrong labels that few units hold are lost by rewinding": ((BY_MARGIN, LOST), ""),
    }
    return [_pair(run, text, *pair, published) for text, (pair, published) in pairs.items()]


def _pair(run: Run, text: str, a: str, b: str, published: str) -> Claim:
    rho, least = _by_member(run, a, b)
    return claim(
        f"{text} (Spearman's ρ among wrong labels)",
        rho,
        rho > least,
        unit="",
        published=published,
        null="0: two orders that have nothing to do with one another; what tells wrong labels from "
        "true ones is left out",
        refuted_by=f"a ρ of {least:.2f} or less (two standard errors)",
    )


def _by_member(run: Run, a: str, b: str) -> tuple[np.ndarray, float]:
    """Return ρ among wrong labels of each member, and twice its standard error where it is 0."""
    table = example_table(run)
    pair: pd.DataFrame = table[KINDS["wrong"](table["corrupted"])][[a, b]].dropna()
    members = pair.groupby("member")
    rho = [spearman(*one.to_numpy(np.float64).T) for _, one in members]
    return np.array(rho), 1.96 / (members.size().min() - 3) ** 0.5


def _layers_agree(run: Run) -> list[Claim]:
    """Judge every pair of measures of layers at once, by their exact p-values.

    Of fewer than five layers no order has a p-value of .05, whatever the measures say.
    """
    pairs = between_layers(run)
    enough = bool((pairs["n"] >= LAYERS).all())
    agree = (pairs["spearman"] > 0) & (pairs["p_value"] <= 0.05)
    expected = 0.025 * len(pairs)
    return [
        claim(
            "The measures agree in which hidden layers memorize (share of their pairs whose "
            "Spearman's ρ over layers is above 0 with p ≤ .05)",
            float(agree.mean()) if enough else np.nan,
            agree.mean() > 0.5,
            unit=f"of {len(pairs)} pairs",
            of="pairs of measures",
            null=f"{expected / len(pairs):.3f}, where layers are in random order",
            refuted_by="half of the pairs (our threshold) or fewer",
        )
    ]


def _planted(run: Run) -> Iterator[Claim]:
    """Judge the measures where it is known which layer learned the wrong labels."""
    table = kept_planted(run)
    shared = {"unit": "layers", "of": "planted layers"}
    for measure, rows in table.groupby("measure", sort=False):
        most = rows.loc[rows.groupby("planted")["value"].idxmax()]
        off = (most["depth"] - most["planted"]).where(most["value"] > 0).to_numpy(np.float64)
        yield claim(
            f"{measure} names the one layer that learned the wrong labels, all others frozen (how "
            "much deeper the layer is that it names)",
            off,
            off == 0,
            **shared,
            null=f"right for one in {len(most)}, by chance",
            refuted_by="another layer than the planted one, or none",
        )
    gains = table[(table["measure"] == M_GAIN) & (table["depth"] < table["planted"])]
    before = gains.groupby("planted")["value"].sum().to_numpy()
    yield claim(
        f"Before that layer nothing is memorized: M of the layer before it, {LINEAR}, is below "
        f"{NEAR_ZERO} bits",
        before,
        before < NEAR_ZERO,
        unit="bits an example",
        of="planted layers",
        null="0, as its weights have seen no wrong label",
        refuted_by=f"{NEAR_ZERO} bits (our threshold) or more: the decoder is not to be trusted",
    )
