"""What decoders read of tokens: all of what is there, nothing of what is not."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from infoplane.errors import InfoplaneError
from infoplane.language.decoding import _asked, decoded_tokens

TOKENS = torch.randint(0, 8, (60, 20), generator=torch.manual_seed(0))


def one_hot(tokens: Tensor, mask: Tensor) -> list[Tensor]:
    """Layers that say which token it is, and nothing."""
    del mask
    noise = torch.randn(*tokens.shape, 8, generator=torch.manual_seed(1))
    return [torch.nn.functional.one_hot(tokens, 8).float() + 0.01 * noise, noise]


def test_each_layer_tells_what_it_holds() -> None:
    found = decoded_tokens(nn.Identity(), TOKENS, hidden_states=one_hot, frequent=8)
    bits = found.set_index(["depth", "offset"])["bits"]
    assert bits[0, 0] == pytest.approx(math.log2(8), abs=0.1)
    for depth, offset in ((0, -1), (0, 1), (1, -1), (1, 0), (1, 1)):
        assert abs(bits[depth, offset]) < 0.05, "tokens are independent"
    assert (found["n"] == 60 * 18).all()
    assert (found["ceiling"] > 2.95).all()


def test_positions_are_those_of_frequent_tokens() -> None:
    near = torch.tensor([[5, 5, 5, 7], [7, 7, 9, 5]])
    text, place, labels = _asked(near, 2, 100, 0)
    assert list(zip(text.tolist(), place.tolist(), labels.tolist(), strict=True)) == [
        *[(0, 0, 0), (0, 1, 0), (0, 2, 0), (0, 3, 1)],
        *[(1, 0, 1), (1, 1, 1), (1, 3, 0)],
    ]
    assert len(_asked(near, 2, 3, 0)[0]) == 3


def test_the_next_token_is_the_next() -> None:
    few = TOKENS[:8]  # one batch
    found = decoded_tokens(
        nn.Identity(),
        few,
        hidden_states=lambda ids, mask: one_hot(few.roll(-1, dims=1), mask)[:1],
        frequent=8,
    ).set_index("offset")["bits"]
    assert found[1] > 1.5
    assert max(found[0], found[-1]) < 0.2


def test_refusals() -> None:
    with pytest.raises(InfoplaneError, match="the texts have 2 tokens; give 3 or more"):
        decoded_tokens(nn.Identity(), TOKENS[:, :2], hidden_states=one_hot)
    with pytest.raises(InfoplaneError, match="frequent is 1; give a whole number, 2 or more"):
        decoded_tokens(nn.Identity(), TOKENS, hidden_states=one_hot, frequent=1)
