"""Layers into which the seen labels have been planted: the memorized part M is known exactly."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from infoplane import seeds
from infoplane.data.labels import corrupt

CLASSES, RATE = 10, 0.4
WIDTH = 512
NARROW = 32  # units of the curved layer
STRONG = 8.0  # the length of a label's code, in standard deviations of the noise
LEAKS = (
    "isotropic",
    "few units",
    "quiet directions",
    "loud irrelevant units",
    "unlike scales",
    "ReLU-sparse",
    "curved",
)


class Planted(NamedTuple):
    """A layer and its labels."""

    t: Float[Tensor, "n d"]
    labels: Int[Tensor, " n"]
    seen_labels: Int[Tensor, " n"]


def planted(leak: str, n: int, share: float, seed: int) -> Planted:
    """Return a layer of 512 units that holds the seen label of a share of its samples, and no more.

    A label is written as a code so long that it can be read without error; samples that hold none
    show that they do. So I(T;Ỹ|Y) = share · H(Ỹ|Y), exactly.

    Args:
        leak: where the code is: one of ``LEAKS``. "isotropic" in random directions of all units
            beside that of the true label; "few units" in ten; "quiet directions" in ten random
            directions of a hundredth of the others' size; "loud irrelevant units" in ten, beside
            ninety a hundred times as loud; "unlike scales" in units whose scales differ by factors
            of e²; "ReLU-sparse" below a ReLU that leaves a tenth active; "curved" in the products
            of pairs of signs, of 32 units: no line reads it.
        n: samples.
        share: of them that hold their label.
        seed: of everything.
    """
    draw = seeds.generator(seed, f"planted {leak}", n, round(1000 * share))
    y = torch.arange(n) % CLASSES
    seen = corrupt(y, "resampled", rate=RATE, classes=CLASSES, generator=draw)
    holds = torch.rand(n, 1, generator=draw) < share
    code = one_hot(seen, CLASSES) * holds
    if leak == "curved":
        return Planted(_curved(seen, holds, draw), y, seen)
    t = torch.randn(n, WIDTH, generator=draw)
    directions = torch.linalg.qr(torch.randn(WIDTH, 2 * CLASSES, generator=draw))[0].mT
    if leak in ("isotropic", "unlike scales", "ReLU-sparse"):
        t = t + STRONG * code @ directions[:CLASSES]
        t = t + STRONG * one_hot(y, CLASSES).float() @ directions[CLASSES:]
    else:
        t[:, :CLASSES] += STRONG * code
    if leak == "unlike scales":
        t = t * torch.exp(2 * torch.randn(WIDTH, generator=draw))
    elif leak == "ReLU-sparse":
        t = (t - 1.28).relu()
    elif leak == "quiet directions":
        t[:, :CLASSES] *= 0.01
        t = t @ torch.linalg.qr(torch.randn(WIDTH, WIDTH, generator=draw))[0]
    elif leak == "loud irrelevant units":
        t[:, CLASSES:100] *= 100
    return Planted(t, y, seen)


def _curved(seen: Int[Tensor, " n"], holds: Tensor, draw: torch.Generator) -> Float[Tensor, "n d"]:
    """Write the four bits of a label as the products of the signs of four pairs of units."""
    n, bits = len(seen), 4
    signs = 2 * torch.randint(2, (n, bits), generator=draw) - 1
    word = 2 * ((seen[:, None] >> torch.arange(bits)) & 1) - 1
    t = 0.1 * torch.randn(n, NARROW, generator=draw)
    t[:, :bits] += signs * holds
    t[:, bits : 2 * bits] += signs * word * holds
    return t
