"""The least of each number, and how layers are then decoded."""

from __future__ import annotations

import pytest

from infoplane.errors import InfoplaneError
from infoplane.memorization.config import MemorizationConfig
from infoplane.memorization.decoded_layers import decoding_of
from infoplane.names import DECODERS

LEAST = {"k": 1, "folds": 2, "probe_size": 2, "permutations": 0, "looks": 2}


@pytest.mark.parametrize("key", LEAST)
def test_the_least_is_taken_and_less_refused(key: str) -> None:
    assert getattr(MemorizationConfig(**LEAST), key) == LEAST[key]
    with pytest.raises(InfoplaneError, match=f"{key} is {LEAST[key] - 1}; give {LEAST[key]} or"):
        MemorizationConfig(**LEAST | {key: LEAST[key] - 1})


def test_decoders_are_those_asked_for_and_follow_the_seed() -> None:
    strongest = decoding_of(MemorizationConfig(k=7, folds=3), seed=5)
    assert (strongest.decoders, strongest.k, strongest.folds, strongest.seed) == (DECODERS, 7, 3, 5)
    alone = decoding_of(MemorizationConfig(decoder="knn"), seed=0)
    assert alone.decoders == ("k-NN decoder",)
