"""Drift and diffusion: the mean and the spread of the gradient over minibatches, by layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from infoplane import seeds
from infoplane.data.split import Split
from infoplane.networks.mlp import StackedMLP
from infoplane.training.loop import example_losses

BATCHES = 8  # at least, so that there is a spread


def gradient_rows(
    model: StackedMLP, train: Split, *, loss: str, batch_size: int | None, epoch: int, seed: int
) -> Iterator[dict[str, Any]]:
    """Yield a row of the gradients table for each member and layer; nothing of the model changes.

    All minibatches of one pass over the training examples are taken at fixed weights, in an order
    that depends on (seed, epoch) alone. ``mean_norm`` is the norm of the mean gradient of a
    layer's weights (drift), ``std_norm`` that of its standard deviations (diffusion),
    ``weight_norm`` that of the weights.

    Source: Shwartz-Ziv & Tishby 2017, §3.3.
    """
    names = [name for name, _ in model.named_parameters() if name.endswith("weight")]
    weights = [model.get_parameter(name) for name in names]
    sums = [torch.zeros_like(w) for w in weights]
    squares = [torch.zeros_like(w) for w in weights]
    batches = _batches(len(train), batch_size, seed, epoch)
    device = weights[0].device
    for batch in batches:
        inputs = train.inputs[batch].flatten(1).to(device)
        targets = train.seen_labels[batch].to(device).expand(model.members, -1)
        losses = example_losses(model(inputs), targets, loss).mean(dim=1).sum()
        for i, gradient in enumerate(torch.autograd.grad(losses, weights)):
            sums[i] += gradient
            squares[i] += gradient**2
    for depth, (name, weight) in enumerate(zip(names, weights, strict=True), start=1):
        mean = sums[depth - 1] / len(batches)
        variance = (squares[depth - 1] / len(batches) - mean**2).clamp(min=0)
        norms = zip(_norms(mean), _norms(variance.sqrt()), _norms(weight.detach()), strict=True)
        layer = name.removesuffix(".weight").replace("readout", "logits")
        for member, (mean_norm, std_norm, weight_norm) in enumerate(norms):
            yield {
                "member": member,
                "epoch": epoch,
                "layer": layer,
                "depth": depth,
                "mean_norm": mean_norm,
                "std_norm": std_norm,
                "weight_norm": weight_norm,
            }


def _batches(n: int, batch_size: int | None, seed: int, epoch: int) -> tuple[Tensor, ...]:
    size = max(1, min(batch_size or n, n // BATCHES))
    order = torch.randperm(n, generator=seeds.generator(seed, "gradient batches", epoch))
    return order[: n - n % size].split(size)


def _norms(values: Float[Tensor, "k out in"]) -> list[float]:
    return values.flatten(1).double().norm(dim=1).tolist()
