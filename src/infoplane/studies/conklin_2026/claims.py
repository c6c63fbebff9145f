"""The claims on planes of language models: as estimated, above the null, by other instruments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infoplane.language.looks import USUAL
from infoplane.language_tables import course
from infoplane.studies.claims import Claim, claim
from infoplane.studies.conklin_2026.measures import (
    ABOVE,
    EARLIER,
    ESTIMATED,
    LEAST,
    OWN,
    SAID,
    by_resolution,
    decoded_fall,
    null_shares,
    shares,
    usual,
)
from infoplane.studies.study import Runs, texts_of

TEXT = "small GPTs on text"
TOKENS = {1: "1 token", 2: "2 tokens", 3: "3 tokens"}
RISEN = 0.05  # of I(T;Y) / I(X;T)
MOSTLY = 0.5  # of an estimate


def claims(runs: Runs) -> list[Claim]:
    """Judge each claim."""
    run = texts_of(runs)[TEXT]
    return judged(run.read("planes"), run.read("decoded"))


def judged(planes: pd.DataFrame, decoded: pd.DataFrame) -> list[Claim]:
    """Judge each claim on the looks at networks in training, means over layers.

    Args:
        planes: as ``look_at`` returns them, with ``member`` and ``step``.
        decoded: likewise.
    """
    return [
        *of_course(usual(planes)),
        *(
            _resolution(planes, name, order)
            for name in by_resolution(planes)
            if name != USUAL
            for order in TOKENS
        ),
        *(_decoder(decoded, offset) for offset in (OWN, EARLIER)),
    ]


def of_course(planes: pd.DataFrame) -> list[Claim]:
    """Judge what needs the planes of one resolution alone.

    Args:
        planes: of ``language_plane``, one below the other, with ``member`` and ``step``.
    """
    return [
        *(_expansion(planes, order, value) for order in TOKENS for value in SAID),
        *(_compression(planes, order, value) for order in TOKENS for value in SAID),
        *(_optimality(planes, order, value) for order in TOKENS for value in SAID),
        *(_null(planes, order) for order in TOKENS),
        _alike(planes),
    ]


def _of(found: pd.DataFrame, order: int, column: str) -> np.ndarray:
    return found[found["order"] == order].sort_values("member")[column].to_numpy(np.float64)


def _expansion(planes: pd.DataFrame, order: int, value: str) -> Claim:
    rise = _of(shares(planes, value), order, "rise_share")
    return claim(
        f"I(X;T) expands, {TOKENS[order]}, {SAID[value]} (largest rise between two looks, of the "
        f"peak; {LEAST} or more)",
        rise,
        rise >= LEAST,
        unit="of the peak",
        published="expansion first (Conklin 2026: OLMo2, 1 to 32 billion parameters)",
        null="0: a network that is not trained stays where it is",
        refuted_by=f"a rise below {LEAST} of the peak (our threshold)",
    )


def _compression(planes: pd.DataFrame, order: int, value: str) -> Claim:
    fall = _of(shares(planes, value), order, "fall_share")
    return claim(
        f"Then it compresses, {TOKENS[order]}, {SAID[value]} (fall of I(X;T) from the peak to the "
        f"last look; {LEAST} or more of it)",
        fall,
        fall >= LEAST,
        unit="of the peak",
        published="compression after expansion, clearer in larger models (Conklin 2026)",
        null="0: it ends at its peak",
        refuted_by=f"a fall below {LEAST} of the peak (our threshold)",
    )


def _optimality(planes: pd.DataFrame, order: int, value: str) -> Claim:
    found = shares(planes, value)
    first, last = (_of(found, order, f"{look}_optimality") for look in ("first", "last"))
    return claim(
        f"Training brings I(T;Y) / I(X;T) nearer to 1, {TOKENS[order]}, {SAID[value]} (at the last "
        f"look less before training; {RISEN} or more)",
        last - first,
        last - first >= RISEN,
        unit="",
        published="it approaches the bound, 1, in pre-training (Conklin 2026)",
        null=f"0: the ratio of the same networks before training, {first.mean():.2f}",
        refuted_by=f"a ratio that rises by less than {RISEN} (our threshold)",
    )


def _null(planes: pd.DataFrame, order: int) -> Claim:
    found = null_shares(planes)
    share = _of(found[found["step"] == found["step"].max()], order, "share")
    return claim(
        f"Most of I(X;T) as estimated is what shuffled labels give, {TOKENS[order]} (at the last "
        "look)",
        share,
        share > MOSTLY,
        unit="of the estimate",
        null="what labels that all occur often have: 0",
        refuted_by=f"a share of {MOSTLY} or less",
    )


def _alike(planes: pd.DataFrame) -> Claim:
    """By long n-grams the two axes are one: both are the spread of the layer's directions."""
    found = course(planes, ESTIMATED)
    found = found[found["order"] == max(TOKENS)]
    apart = 1 - found.groupby("member")["optimality"].min().to_numpy()
    return claim(
        f"By {TOKENS[max(TOKENS)]} the two axes, as estimated, are one: at every look, before "
        "training too, I(T;Y) is within a tenth of I(X;T) (largest difference)",
        apart,
        apart < 0.1,
        unit="of I(X;T)",
        null="what is the case above the null: a difference by what is known of either",
        refuted_by="a difference of a tenth (our threshold) or more at a look",
    )


def _resolution(planes: pd.DataFrame, name: str, order: int) -> Claim:
    resolutions = by_resolution(planes)
    fall, other = (
        _of(shares(resolutions[each], ABOVE), order, "fall_share") for each in (USUAL, name)
    )
    return claim(
        f"Whether I(X;T) compresses above its null is the same by {name}, {TOKENS[order]} (fall by "
        "it, of the peak)",
        other,
        (other >= LEAST) == (fall >= LEAST),
        unit="of the peak",
        null=f"the fall at the usual resolution on as few texts, {fall.mean():.2f} of the peak",
        refuted_by=f"one of the two at {LEAST} (our threshold) or more, the other below",
    )


def _decoder(decoded: pd.DataFrame, offset: int) -> Claim:
    fall = decoded_fall(decoded, offset)
    which = "the last token" if offset == OWN else "the token before the last"
    return claim(
        f"A linear decoder reads less of {which} at the end than at the peak (fall, mean over "
        f"layers; {LEAST} or more of the peak)",
        fall,
        fall >= LEAST,
        unit="of the peak",
        null="0: it ends at its peak; no null is in the value, which is 0 where nothing is known",
        refuted_by=f"a fall below {LEAST} of the peak (our threshold)",
    )
