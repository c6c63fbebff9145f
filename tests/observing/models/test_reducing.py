"""Layers of several positions become one row a sample, in each of the ways that can be asked."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from own_models import GPT, ResNet
from torch import nn

from infoplane import InformationPlane
from infoplane.observing.models.reducing import reduced

DRAW = torch.Generator().manual_seed(0)
IMAGE = torch.randn(5, 3, 4, 2, generator=DRAW)  # [n, c, h, w]
TOKENS = torch.randn(5, 6, 3, generator=DRAW)  # [n, t, d]
MASK = torch.tensor([[1] * k + [0] * (6 - k) for k in (6, 1, 3, 5, 2)])
EVERY = torch.arange(5)


def of(t: torch.Tensor, how: Any, **more: Any) -> torch.Tensor:
    given: dict[str, Any] = {"channels_at": 1 if t.ndim > 3 else -1, "seed": 0, "rows": slice(0, 5)}
    return reduced(t, how, **(given | more))


@pytest.mark.parametrize(
    ("t", "how", "expected"),
    [
        (IMAGE, "flatten", IMAGE.flatten(1)),
        (IMAGE, "all", IMAGE.flatten(1)),
        (IMAGE, "mean", IMAGE.mean(dim=(2, 3))),
        (IMAGE, "max", IMAGE.amax(dim=(2, 3))),
        (IMAGE, "first", IMAGE.flatten(1)),
        (TOKENS, "flatten", TOKENS.flatten(1)),
        (TOKENS, "mean", TOKENS.mean(dim=1)),
        (TOKENS, "first", TOKENS[:, 0]),
        (TOKENS, "last", TOKENS[:, -1]),
        (TOKENS[:, 0], "mean", TOKENS[:, 0]),
        (TOKENS, lambda t: t[:, 2], TOKENS[:, 2]),
        (TOKENS, lambda t: t[:, 2, 1], TOKENS[:, 2, 1:2]),
    ],
)
def test_each_way(t: torch.Tensor, how: Any, expected: torch.Tensor) -> None:
    torch.testing.assert_close(of(t, how), expected)


def test_tokens_that_are_padding_are_left_out() -> None:
    last = MASK.sum(dim=1) - 1
    assert torch.equal(of(TOKENS, "last", mask=MASK), TOKENS[EVERY, last])
    mean = torch.stack([TOKENS[i, : last[i] + 1].mean(dim=0) for i in range(5)])
    torch.testing.assert_close(of(TOKENS, "mean", mask=MASK), mean)
    most = torch.stack([TOKENS[i, : last[i] + 1].amax(dim=0) for i in range(5)])
    assert torch.equal(of(TOKENS, "max", mask=MASK), most)
    left = MASK.flip(1)
    assert torch.equal(of(TOKENS, "first", mask=left), TOKENS[EVERY, 5 - last])
    assert torch.equal(of(TOKENS, "last", mask=left), TOKENS[:, -1])


def test_one_position_an_example_is_drawn_once_whatever_the_chunk() -> None:
    whole = of(IMAGE, "positions")
    parts = [of(IMAGE[i : i + 1], "positions", rows=slice(i, i + 1)) for i in range(5)]
    assert torch.equal(whole, torch.cat(parts))
    of_each = IMAGE.flatten(2).mT  # [n, positions, c]
    assert all(
        (row == positions).all(dim=1).any() for row, positions in zip(whole, of_each, strict=True)
    )
    many = torch.arange(8.0).expand(4000, 1, 8)
    drawn = reduced(many, "positions", channels_at=1, seed=0, rows=slice(0, 4000))
    assert (torch.bincount(drawn[:, 0].long(), minlength=8) - 500).abs().max() < 100
    padded = of(TOKENS, "positions", mask=MASK)
    assert torch.equal(padded[1], TOKENS[1, 0])


def test_by_layer() -> None:
    images, y = torch.randn(20, 1, 8, 8, generator=DRAW), torch.arange(20) % 3
    plane = InformationPlane(
        ResNet(), images, y, reduce={"blocks.0": "mean", nn.ReLU: "max", "conv1": lambda t: t[:, 0]}
    )
    assert plane.observer.units == {
        "input": 64, "conv1": 64, "relu": 4, "blocks.0": 4, "blocks.1": 256, "pool": 4, "logits": 3,
    }  # fmt: skip
    notes = plane.layers.table().set_index("layer")["note"]
    assert notes["blocks.0"] == "mean: 4 units"
    assert notes["conv1"] == "own function: 64 units"


def test_padding_of_a_model_that_is_told_of_it() -> None:
    ids = torch.randint(11, (20, 6), generator=DRAW)
    mask = (torch.arange(6) < torch.arange(1, 21)[:, None].clamp(max=6)).long()
    plane = InformationPlane(
        GPT(), {"input_ids": ids, "attention_mask": mask}, torch.arange(20) % 3,
        layers="wte", reduce="last",
    )  # fmt: skip
    _, _, t = next(plane.observer.whole_layers(plane.probes[0].inputs))
    last = mask.sum(dim=1) - 1
    assert torch.equal(t[0], plane.observer.model.wte(ids[torch.arange(20), last]).detach())


def test_channels_of_series_are_the_first_axis_of_models_that_convolve_them() -> None:
    model = nn.Sequential(nn.Conv1d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(12, 2))
    plane = InformationPlane(
        model, torch.randn(20, 2, 6), torch.arange(20) % 2, layers=("0", "1"), reduce="mean"
    )
    assert [plane.observer.units[name] for name in ("0", "1")] == [3, 3]
