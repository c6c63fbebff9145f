"""Networks as people write them: residual, recurrent, transformers, with outputs of every kind."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn


class Residual(nn.Module):
    """A residual block with one in-place ReLU that is used twice."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))) + x)


class ResNet(nn.Module):
    def __init__(self, channels: int = 4, classes: int = 3) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.blocks = nn.Sequential(Residual(channels), Residual(channels))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.drop = nn.Dropout(0.5)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.blocks(self.relu(self.conv1(x))))
        return self.fc(self.drop(torch.flatten(x, 1)))


class Attention(nn.Module):
    def __init__(self, width: int, *, causal: bool) -> None:
        super().__init__()
        self.qkv, self.out, self.causal = (
            nn.Linear(width, 3 * width),
            nn.Linear(width, width),
            causal,
        )

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (t.unflatten(-1, (2, -1)).transpose(1, 2) for t in self.qkv(x).chunk(3, dim=-1))
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.out(mixed.transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self, width: int, *, causal: bool = False) -> None:
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, causal=causal)
        self.mlp = nn.Sequential(
            nn.Linear(width, 8), nn.GELU(), nn.Dropout(0.1), nn.Linear(8, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class ViT(nn.Module):
    """Patches of 4 × 4 pixels, a class token, blocks."""

    def __init__(self, width: int = 8, classes: int = 3) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, width, 4, stride=4)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.blocks = nn.ModuleList([Block(width), Block(width)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).mT
        x = torch.cat([self.token.expand(len(x), -1, -1), x], dim=1)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])


class GPT(nn.Module):
    """A causal transformer that says a class at its last token."""

    def __init__(self, words: int = 11, width: int = 8, classes: int = 3) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(words, width), nn.Embedding(16, width)
        self.h = nn.ModuleList([Block(width, causal=True), Block(width, causal=True)])
        self.ln_f = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes, bias=False)

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        del attention_mask
        x = self.wte(input_ids) + self.wpe(
            torch.arange(input_ids.shape[1], device=input_ids.device)
        )
        for block in self.h:
            x = block(x)
        return self.head(self.ln_f(x)[:, -1])


class Recurrent(nn.Module):
    def __init__(self, *, batch_first: bool = True, kind: type[nn.RNNBase] = nn.LSTM) -> None:
        super().__init__()
        self.rnn = kind(2, 5, batch_first=batch_first)
        self.fc = nn.Linear(5, 3)
        self.batch_first = batch_first

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.rnn(x if self.batch_first else x.transpose(0, 1))
        return self.fc(out[:, -1] if self.batch_first else out[-1])


class TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.image, self.number = nn.Linear(4, 5), nn.Linear(2, 5)
        self.act, self.fc = nn.Tanh(), nn.Linear(10, 3)

    def forward(self, image: Tensor, number: Tensor, scale: float = 1.0) -> Tensor:
        both = torch.cat([self.image(image.flatten(1)), scale * self.number(number)], dim=1)
        return self.fc(self.act(both))


class Functional(nn.Module):
    """No module between its two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(4, 5), nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.b(torch.relu(self.a(x)))


class Puts(nn.Module):
    """A linear network that puts out a container made by a function of its logits."""

    def __init__(self, make: Any) -> None:
        super().__init__()
        self.body, self.act, self.fc = nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)
        self.make = make

    def forward(self, x: Tensor) -> Any:
        hidden = self.act(self.body(x))
        return self.make(self.fc(hidden), hidden)


class ModelOutput(OrderedDict):
    """As that of Transformers: a dictionary with attributes."""


class Named(NamedTuple):
    logits: Tensor
    hidden: Tensor


@dataclass
class Data:
    scores: Tensor
    hidden: Tensor
