"""Drift and diffusion: the mean and the spread of the gradient over minibatches, by layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from infoplane import seeds
from infoplane.data.split import Split
from infoplane.networks.stack import Stack
from infoplane.training.losses import example_losses

BATCHES = 8  # at least, so that there is a spread


def gradient_rows(
    model: Stack, train: Split, *, loss: str, batch_size: int | None, epoch: int, seed: int
) -> Iterator[dict[str, Any]]:
    """Yield a row of the gradients table for each member and layer; nothing of the model changes.

    All minibatches of one pass over the training examples are taken at fixed weights, in an order
    that depends on (seed, epoch) alone. ``mean_norm`` is the norm of the mean gradient of a
    layer's weights, all together (drift), ``std_norm`` that of its standard deviations (diffusion),
    ``weight_norm`` that of the weights.

    Source: Shwartz-Ziv & Tishby 2017, §3.3.
    """
    weights = _weights(model)
    batches = _batches(len(train), batch_size, seed, epoch, least=1 + model.whole_batches)
    with _as_in_training(model, seed, epoch):
        moments = _moments(model, train, weights, batches, loss)
    for depth, (layer, sums) in enumerate(moments.items(), start=1):
        mean = sums[0] / len(batches)
        variance = (sums[1] / len(batches) - mean**2).clamp(min=0)
        weight = torch.cat([w.detach().flatten(1) for w in weights[layer]], dim=1)
        norms = zip(_norms(mean), _norms(variance.sqrt()), _norms(weight), strict=True)
        for member, (mean_norm, std_norm, weight_norm) in enumerate(norms):
            yield {
                "member": member,
                "epoch": epoch,
                "layer": layer.replace("readout", "logits"),
                "depth": depth,
                "mean_norm": mean_norm,
                "std_norm": std_norm,
                "weight_norm": weight_norm,
            }


def _weights(model: Stack) -> dict[str, list[Tensor]]:
    """Return the weights of each layer that has some."""
    weights: dict[str, list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if name.endswith("weight"):
            weights.setdefault(name.split(".")[0], []).append(parameter)
    return weights


def _moments(
    model: Stack,
    train: Split,
    weights: dict[str, list[Tensor]],
    batches: Sequence[Tensor],
    loss: str,
) -> dict[str, tuple[Tensor, Tensor]]:
    """Return the sum [k, w] of the gradients of each layer over batches, and of their squares."""
    every = [w for of_layer in weights.values() for w in of_layer]
    moments: dict[str, tuple[Tensor, Tensor]] = {}
    for batch in batches:
        inputs = train.inputs[batch].flatten(1).to(every[0].device)
        targets = train.seen_labels[batch].to(every[0].device).expand(model.members, -1)
        losses = example_losses(model(inputs), targets, loss).mean(dim=1).sum()
        gradients = iter(torch.autograd.grad(losses, every))
        for layer, of_layer in weights.items():
            gradient = torch.cat([next(gradients).flatten(1) for _ in of_layer], dim=1)
            zeros = torch.zeros_like(gradient)
            total, squares = moments.setdefault(layer, (zeros, zeros.clone()))
            total += gradient
            squares += gradient**2
    return moments


@contextmanager
def _as_in_training(model: Stack, seed: int, epoch: int) -> Iterator[None]:
    """Use batch norm and dropout as in training; mode and statistics are restored."""
    training, buffers = model.training, [buffer.clone() for buffer in model.buffers()]
    model.train()
    model.start_epoch(seed, epoch)
    try:
        yield
    finally:
        model.train(training)
        for buffer, value in zip(model.buffers(), buffers, strict=True):
            buffer.copy_(value)


def _batches(
    n: int, batch_size: int | None, seed: int, epoch: int, *, least: int
) -> tuple[Tensor, ...]:
    size = max(least, min(batch_size or n, n // BATCHES))
    order = torch.randperm(n, generator=seeds.generator(seed, "gradient batches", epoch))
    return order[: n - n % size].split(size)


def _norms(values: Float[Tensor, "k w"]) -> list[float]:
    return values.double().norm(dim=1).tolist()
