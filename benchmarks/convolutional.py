"""A step of a stack of convolutional networks: a loop over members, or all at once.

``vmap`` turns the convolutions of K members into grouped ones. Seen on one core, in CPU seconds for
a step of four members on 32 images: AlexNet .28 by the loop, .33 by ``vmap``, .28 as four stacks of
one; Inception 1.97, 2.08 and 1.95. The loop also keeps running statistics, which ``vmap`` cannot
write to, so it is what ``LoopedLayer`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from unittest.mock import patch

import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional

from benchmarks.measuring import Row, seconds
from infoplane.networks.build import build_network
from infoplane.networks.config import NetworkConfig
from infoplane.networks.convolutional import LoopedLayer
from infoplane.networks.stack import Stack
from infoplane.training.memory import keep_freed_memory

MEMBERS, BATCH, IMAGE = 4, 32, (3, 28, 28)
NETWORKS = {"alexnet": "small AlexNet", "inception-without-bn": "small Inception, no batch norm"}


def rows() -> Iterator[Row]:
    """Time forward and backward passes of both networks, three ways."""
    keep_freed_memory()
    images = torch.randn(BATCH, *IMAGE, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(BATCH) % 10
    for preset, name in NETWORKS.items():
        stack = build(preset, MEMBERS)
        ours = step(stack, images, labels)
        work = f"{name}, {MEMBERS} members, a step on {BATCH} images"
        with patch.object(LoopedLayer, "forward", at_once):
            theirs = seconds(step(stack, images, labels))
        yield Row(f"{preset}-vmap", work, seconds(ours), "[vmap: grouped convolutions]", theirs)
        alone = [step(build(preset, 1), images, labels) for _ in range(MEMBERS)]
        one_by_one = seconds(lambda alone=alone: [one_step() for one_step in alone])
        yield Row(f"{preset}-alone", work, seconds(ours), "[one after another]", one_by_one)


def build(preset: str, members: int) -> Stack:
    """Return a stack on images of the published size."""
    config = NetworkConfig(preset=preset)  # pyright: ignore[reportArgumentType]
    return build_network(config, input_shape=IMAGE, classes=10, seed=0, members=members)


def step(stack: Stack, images: Tensor, labels: Tensor) -> Callable[[], None]:
    """Return the work of one forward and backward pass."""
    targets = labels.expand(stack.members, -1)

    def work() -> None:
        stack.zero_grad()
        functional.cross_entropy(stack(images), targets).backward()

    return work


def at_once(layer: LoopedLayer, h: Tensor) -> Tensor:
    """Run a layer of all members by ``vmap``."""

    def one(parameters: dict[str, Tensor], h: Tensor) -> Tensor:
        return functional_call(layer.one, parameters, (h,))

    parameters: dict[str, Tensor] = dict(layer.one.named_parameters())
    return torch.vmap(one)(parameters, h)
