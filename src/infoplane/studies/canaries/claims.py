"""The claims on canaries: each in every network, against those canaries that it did not see."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from infoplane.names import RANKS, STRONGEST
from infoplane.studies.canaries.measures import (
    COUNTERFACTUAL,
    EXPOSURE,
    agreement,
    by_layer,
    by_position,
    learned_by,
    of_canaries,
    of_members,
)
from infoplane.studies.claims import Claim, claim
from infoplane.studies.study import Runs, texts_of

TEXT = "text with canaries"
NOTHING = 0.1  # bits
ALIKE = 0.5  # bits: how near two ways of measuring are
ORDERED = 0.5  # a rank correlation


def claims(runs: Runs) -> list[Claim]:
    """Judge each claim."""
    run = texts_of(runs)[TEXT]
    layers, positions = by_layer(run), by_position(run)
    once, some, often = sorted(set(layers["times"]) - {0})
    return [
        _control(layers),
        _times(layers, (once, some, often)),
        _once(layers, once),
        _later(layers, run.read("learned"), often),
        _position(positions, some),
        *_learned_where(*(learned_by(run, column) for column in ("position", "frequency_3"))),
        _two_ways(layers),
        *_exposure(of_canaries(run), (once, some, often)),
        _extraction(of_canaries(run), int(positions["position"].max()), once, often),
        *_ranks(agreement(run), some),
    ]


def _last(layers: pd.DataFrame, times: int, value: str = "bits") -> np.ndarray:
    depth = layers["depth"].max()
    return of_members(layers, value, decoder=STRONGEST, times=times, depth=depth)


def _control(layers: pd.DataFrame) -> Claim:
    control = layers[(layers["times"] == 0)]
    far = control.loc[control["bits"].abs().groupby(control["member"]).idxmax()]
    values = of_members(far)
    return claim(
        "Of canaries that a network has not seen no layer tells a token, by any decoder (the value "
        "farthest from 0)",
        values,
        np.abs(values) < NOTHING,
        null="0: tokens are drawn whatever came before, and half of the canaries are unseen",
        refuted_by=f"{NOTHING} bits (ours) or more in any layer, by any decoder",
    )


def _times(layers: pd.DataFrame, times: tuple[int, int, int]) -> Claim:
    once, some, often = (_last(layers, each) for each in times)
    return claim(
        f"What the last layer has memorized of a token grows with how often it was seen: "
        f"{times[0]}, {times[1]}, {times[2]} times (the most less the least)",
        often - once,
        (often > some) & (some > once),
        null="0: what unseen canaries tell",
        refuted_by="another order of the three in a network",
    )


def _once(layers: pd.DataFrame, once: int) -> Claim:
    control = _last(layers, 0)
    gap = _last(layers, once) - control
    error = np.hypot(_last(layers, once, "standard_error"), _last(layers, 0, "standard_error"))
    return claim(
        "A canary that was inserted once is memorized (last layer, above the control)",
        gap,
        gap > 2 * error,
        null="0: the control, which was not inserted",
        refuted_by="less than two standard errors over canaries",
    )


def _later(layers: pd.DataFrame, learned: pd.DataFrame, often: int) -> Claim:
    last = int(layers["depth"].max())
    half = {"depth": last // 2, "decoder": STRONGEST}
    of_learned = of_members(learned, **half) / of_members(learned, depth=last, decoder=STRONGEST)
    of_memorized = of_members(layers, times=often, **half) / _last(layers, often)
    return claim(
        "What is memorized comes later in the network than what is learned: half way up, a smaller "
        "share of what the last layer tells (learned less memorized)",
        of_learned - of_memorized,
        of_learned > of_memorized,
        unit="of the last layer's bits",
        null="0: both come at the same depth",
        refuted_by="a share of the memorized bits as large as that of the learned",
    )


def _position(positions: pd.DataFrame, some: int) -> Claim:
    last = positions[positions["depth"] == positions["depth"].max()]
    last = last[last["times"] == some]
    first = of_members(last, position=1)
    half = last["position"].max() / 2
    late = last[last["position"] > half].groupby("member")["bits"].mean().to_numpy()
    return claim(
        f"Seen {some} times, the first random token is memorized less than those of the second "
        "half, which random tokens lead up to (second half less first token, last layer)",
        late - first,
        late > first,
        null="0: every position is memorized alike",
        refuted_by="a first token that is memorized as much",
    )


def _learned_where(contexts: pd.DataFrame, frequencies: pd.DataFrame) -> list[Claim]:
    """What is learned by where a token stands, and by how often its n-gram was trained on."""
    context, frequency = _of_last(contexts), _of_last(frequencies)
    early, late = (context[context["start"] == start] for start in (1, context["start"].max()))
    gain = of_members(late) - of_members(early)
    never = of_members(frequency[frequency["start"] == 0])
    known = frequency[frequency["start"] > 0]
    mean = (known["bits"] * known["n"]).groupby(known["member"]).sum()
    often = (mean / known.groupby("member")["n"].sum()).to_numpy()
    return [
        claim(
            f"More is learned of a token the more are before it (last layer, {late['start'].max()} "
            "tokens or more, less one)",
            gain,
            gain > 0,
            null="0: what is before the last token says nothing",
            refuted_by="as many bits or fewer",
        ),
        claim(
            "More is known of held-out tokens whose 3-gram was trained on than of others (last "
            "layer)",
            often - never,
            often > never,
            null="0: n-grams that were seen are told no better",
            refuted_by="as many bits or fewer",
        ),
        claim(
            "Something is known of tokens whose 3-gram was never trained on, too (last layer)",
            never,
            never > 0,
            null="0: nothing but n-grams that were seen",
            refuted_by="0 bits or less",
        ),
    ]


def _of_last(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["depth"] == table["depth"].max()]


def _two_ways(layers: pd.DataFrame) -> Claim:
    key = ["member", "times", "depth"]
    wide = layers.pivot(index=key, columns="decoder", values="bits")
    off = (wide[RANKS] - wide[STRONGEST]).reset_index(name="bits")
    values = of_members(off.loc[off["bits"].abs().groupby(off["member"]).idxmax()])
    return claim(
        "A second way, by the rank of the token alone, agrees in every layer, at every number of "
        "times (largest difference)",
        values,
        np.abs(values) < ALIKE,
        null="0: the same bits, from ranks instead of probabilities",
        refuted_by=f"a difference of {ALIKE} bits (ours) or more",
    )


def _exposure(canaries: pd.DataFrame, times: tuple[int, int, int]) -> list[Claim]:
    unseen = canaries[~canaries["seen"]].groupby("member")["exposure_sampled"]
    mean, error = unseen.mean().to_numpy(), unseen.sem().to_numpy()
    chance = _chance(canaries)
    seen = canaries[canaries["seen"]].pivot_table(
        index="member", columns="inserted", values="exposure"
    )
    once, some, often = (seen[each].to_numpy() for each in times)
    return [
        claim(
            "Unseen canaries have the exposure of chance (mean less that of a random rank)",
            mean - chance,
            np.abs(mean - chance) < 3 * error,
            published="unseen canaries are ranked at random (Carlini 2019, §4)",
            null="0: a rank that is any of 64",
            refuted_by="a mean that is 3 standard errors away",
        ),
        claim(
            "Exposure grows with how often a canary was seen (the most less the least)",
            often - once,
            (often > some) & (some > once),
            published="it does (Carlini 2019, figure 8)",
            null="0: the exposure of canaries seen as often",
            refuted_by="another order of the three numbers of times",
        ),
    ]


def _chance(canaries: pd.DataFrame) -> float:
    """Mean exposure of a rank that is any of those there are."""
    count = round(2 ** canaries["exposure_sampled"].max())
    return math.log2(count) - float(np.log2(np.arange(1, count + 1)).mean())


def _extraction(canaries: pd.DataFrame, tokens: int, once: int, often: int) -> Claim:
    whole = canaries.assign(whole=canaries["extraction"] == tokens)
    whole = whole[whole["seen"]].pivot_table(index="member", columns="inserted", values="whole")
    return claim(
        f"Most canaries seen {often} times are told whole by greedy continuation, none seen once "
        "(share of the former)",
        whole[often].to_numpy(),
        (whole[often] > 0.5).to_numpy() & (whole[once] == 0).to_numpy(),
        unit="of canaries",
        published="extraction grows with repetition (Carlini 2023)",
        null="0: the control; one token is guessed once in the alphabet",
        refuted_by="half or fewer of the former, or one of the latter",
    )


def _ranks(found: pd.DataFrame, some: int) -> list[Claim]:
    last = found[(found["depth"] == found["depth"].max()) & (found["times"] == some)]
    exposure = of_members(last, "rho", measure=EXPOSURE)
    other = of_members(last, "rho", measure=COUNTERFACTUAL)
    return [
        claim(
            f"Among canaries seen {some} times, M of the last layer has the order of exposure "
            "(Spearman)",
            exposure,
            exposure > ORDERED,
            unit="",
            null="0: no order beyond how often they were seen",
            refuted_by=f"a correlation of {ORDERED} (ours) or less",
        ),
        claim(
            f"Among canaries seen {some} times, M of the last layer has the order of "
            "counterfactual memorization, by networks with and without each (Spearman)",
            other,
            other > ORDERED,
            unit="",
            null="0: what one network has memorized says nothing of others",
            refuted_by=f"a correlation of {ORDERED} (ours) or less, of a few networks",
        ),
    ]
