"""The small GPT: as many parameters as published, causal, the same from the same seed."""

from __future__ import annotations

import pytest
import torch

from infoplane.errors import InfoplaneError
from infoplane.networks.transformer import Transformer, TransformerConfig

TINY = TransformerConfig(vocabulary=11, length=6, layers=2, width=8, heads=2)


@pytest.mark.parametrize(
    ("layers", "width", "published"),
    [(1, 32, 80_400), (1, 128, 469_000), (2, 128, 667_000), (4, 256, 3.70e6), (8, 256, 6.86e6)],
)
def test_parameters_are_as_many_as_published(layers: int, width: int, published: float) -> None:
    """Morris et al. 2025, table of sizes: 2,048 tokens, sequences of 64."""
    config = TransformerConfig(layers=layers, width=width)
    assert config.parameters == pytest.approx(published, rel=2e-3)


def test_parameters_are_those_of_the_network() -> None:
    network = Transformer(TINY, seed=0)
    assert sum(p.numel() for p in network.parameters()) == TINY.parameters


def test_no_token_is_told_by_what_comes_after_it() -> None:
    network = Transformer(TINY, seed=0)
    tokens = torch.randint(11, (3, 6), generator=torch.Generator().manual_seed(0))
    changed = tokens.clone()
    changed[:, 4] = (changed[:, 4] + 1) % 11
    before, after = network(tokens), network(changed)
    torch.testing.assert_close(after[:, :4], before[:, :4], rtol=0, atol=0)
    assert not torch.isclose(after[:, 4:], before[:, 4:]).all(dim=2).any()


def test_every_earlier_token_and_its_place_count() -> None:
    network = Transformer(TINY, seed=0)
    last = network(torch.tensor([[1, 2, 3, 4], [2, 2, 3, 4], [2, 1, 3, 4]]))[:, -1]
    assert not torch.isclose(last[0], last[1]).all()
    assert not torch.isclose(last[1], last[2]).all()


def test_weights_follow_from_the_seed_alone() -> None:
    first, again, other = (Transformer(TINY, seed=seed) for seed in (0, 0, 1))
    torch.manual_seed(5)
    for name, weight in first.state_dict().items():
        assert again.state_dict()[name].equal(weight)
    assert not other.tokens.weight.equal(first.tokens.weight)
    wide = Transformer(TransformerConfig(vocabulary=500, width=64, layers=2), seed=0)
    assert wide.tokens.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert wide.blocks[0].narrow.weight.std().item() == pytest.approx(0.01, rel=0.05)


@pytest.mark.parametrize("key", ["vocabulary", "length", "layers", "width", "heads"])
def test_no_size_is_zero(key: str) -> None:
    with pytest.raises(InfoplaneError, match=f"{key} is 0; give 1 or more"):
        TransformerConfig(**{key: 0})


def test_heads_divide_the_width() -> None:
    with pytest.raises(InfoplaneError, match="width is 10 and heads is 4; give a width that is"):
        TransformerConfig(width=10, heads=4)
