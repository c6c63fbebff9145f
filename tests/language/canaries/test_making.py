"""Canaries are random after real text, and every network sees half of them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.language.blocks import Text
from infoplane.language.canaries.making import Canaries, CanaryConfig, make_canaries
from infoplane.language.tokenizers import Bytes

CONFIG = CanaryConfig(count=24, times=(1, 4), tokens=5, least=1)


def drawn(n: int, seed: int) -> Tensor:
    return torch.randint(97, 123, (n, 12), generator=torch.Generator().manual_seed(seed))


TEXT = Text(drawn(200, 0), drawn(60, 1), Bytes())


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    return make_canaries(TEXT, CONFIG, seed=0)


def test_they_are_real_text_and_then_random(canaries: Canaries) -> None:
    assert canaries.start == 7
    assert torch.equal(canaries.blocks[:, :7], TEXT.held_out[:24, :7])
    assert canaries.alphabet.tolist() == list(range(97, 123))
    assert canaries.bits == pytest.approx(4.7, abs=0.01)
    counts = torch.bincount(canaries.labels.flatten(), minlength=26)
    assert counts.sum() == 24 * 5
    assert counts.max() < 20
    assert torch.equal(canaries.alphabet[canaries.labels], canaries.blocks[:, 7:])


def test_each_is_seen_by_one_of_two_networks(canaries: Canaries) -> None:
    seen = canaries.seen(6, seed=0)
    assert (seen[0::2] != seen[1::2]).all()
    assert not torch.equal(seen[0], seen[2])
    for times in (1, 4):
        assert (seen[:, canaries.times == times].sum(dim=1) == 6).all()
    with pytest.raises(InfoplaneError, match="members is 3; give an even number"):
        canaries.seen(3, seed=0)


def test_they_are_inserted_as_often_as_they_are_seen(canaries: Canaries) -> None:
    seen = canaries.seen(2, seed=0)[0]
    blocks = canaries.inserted(TEXT.train, seen)
    assert len(blocks) == 200 + 6 * 1 + 6 * 4
    for canary, here, times in zip(canaries.blocks, seen, canaries.times, strict=True):
        assert (blocks == canary).all(dim=1).sum() == here * times


def test_common_tokens_alone_are_drawn() -> None:
    rare = Text(torch.cat([TEXT.train, torch.full((1, 12), 65)]), TEXT.held_out, Bytes())
    assert 65 not in make_canaries(rare, CanaryConfig(24, (1, 4), 5, 13), seed=0).alphabet
    assert 65 in make_canaries(rare, CanaryConfig(24, (1, 4), 5, 12), seed=0).alphabet


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"count": 20}, "count is 20; give a multiple of 6"),
        ({"times": ()}, r"times is \(\); give one number"),
        ({"times": (0, 1)}, "each above 0"),
        ({"tokens": 0}, "tokens is 0 and least is 10"),
    ],
)
def test_what_cannot_be_halved_is_refused(options: dict, match: str) -> None:
    with pytest.raises(InfoplaneError, match=match):
        CanaryConfig(**options)


def test_texts_too_short_are_refused() -> None:
    with pytest.raises(InfoplaneError, match="36 canaries of 5 tokens need twice as many"):
        make_canaries(TEXT, CanaryConfig(36, (1,), 5, 1), seed=0)
    with pytest.raises(InfoplaneError, match="0 tokens occur 900 times or more"):
        make_canaries(TEXT, CanaryConfig(24, (1, 4), 5, 900), seed=0)
