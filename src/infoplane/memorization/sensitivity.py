"""Loss sensitivity: how much the loss in training depends on each example; its Gini coefficient.

Two quantities go by this name. That of Arpit et al. is ``unrolled_loss_sensitivity``: the gradient
of the loss after t updates with respect to an input, through the trajectory of the weights, which
has seen that input. What later work (Ravikumar et al. 2025) calls so is ``input_gradient``: the
gradient of an example's own loss at fixed weights, which knows nothing of the trajectory; summed
over epochs it is called the input-gradient sum here.

Source: Arpit et al. 2017, §4.2 (figures 3 and 4).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from infoplane.errors import InfoplaneError
from infoplane.memorization.critical_samples import Model

Parameters = dict[str, Tensor]
Forward = Callable[[Parameters, Tensor], Tensor]
"""Takes parameters and inputs [k, n, d] and returns logits [k, n, c], each of k networks alone."""


def input_gradient(
    model: Model, inputs: Float[Tensor, "n ..."], labels: Int[Tensor, " n"]
) -> Float[Tensor, " n"]:
    """Return ‖∂ℓ_i/∂x_i‖₁ in nats per unit of input: of an example's own loss at fixed weights.

    Averaged over the epochs of a training it is the cheap stand-in for the loss sensitivity.
    """
    x = inputs.detach().requires_grad_()
    with torch.enable_grad():
        loss = functional.cross_entropy(model(x), labels, reduction="sum")
    return torch.autograd.grad(loss, x)[0].flatten(1).abs().sum(dim=1)


class Sensitivity(NamedTuple):
    """What an unrolled training gives, of each of k networks."""

    values: Float[Tensor, "k t n"]  # ‖∂L_t/∂x‖₁ at each look, nats per unit of input
    losses: Float[Tensor, "k t"]  # L_t, nats
    accuracy: Float[Tensor, " k"]  # at the end, on the labels trained on


def unrolled_loss_sensitivity(
    forward: Forward,
    parameters: Parameters,
    inputs: Float[Tensor, "k n d"],
    labels: Int[Tensor, "k n"],
    *,
    batches: Sequence[Int[Tensor, "k b"]],
    looks: Collection[int],
    learning_rate: float,
) -> Sensitivity:
    """Train by plain SGD and return g_x = ‖∂L_t/∂x‖₁ of each training example after t updates.

    L_t is the mean loss over all examples after t updates; its gradient is taken through every
    update before, so that it has the example's direct part and its part through the weights. The
    mean over t is the paper's loss sensitivity ḡ_x.

    Args:
        forward: the networks, as a function of their parameters.
        parameters: at the start, each [k, ...].
        inputs: of each network its own examples.
        labels: what they are trained on.
        batches: indices of each update's examples, for each network.
        looks: the numbers of updates t after which L_t is differentiated, from 0.
        learning_rate: of SGD without momentum.

    Raises:
        InfoplaneError: where there is nothing to look at, or a look after the last update.

    Cost: memory for the graph of all updates; Σ_t t updates' worth of time for the looks.

    Source: Arpit et al. 2017, §4.2; reverse mode through the trajectory as Maclaurin et al. 2015.
    """
    if not looks or min(looks) < 0 or max(looks) > len(batches):
        raise InfoplaneError(
            f"looks is {sorted(looks)}, but there are {len(batches)} updates; give numbers of "
            f"updates between 0 and {len(batches)}."
        )
    x = inputs.detach().requires_grad_()
    theta = {name: value.detach().requires_grad_() for name, value in parameters.items()}
    values, losses = [], []
    for t in range(len(batches) + 1):
        if t in looks:
            loss = _losses(forward(theta, x), labels)
            (gradient,) = torch.autograd.grad(loss.sum(), x, retain_graph=True)
            values.append(gradient.abs().sum(dim=2))
            losses.append(loss.detach())
        if t < len(batches):
            theta = _updated(forward, theta, x, labels, batches[t], learning_rate)
    with torch.no_grad():
        hits = (forward(theta, x).argmax(dim=2) == labels).float().mean(dim=1)
    return Sensitivity(torch.stack(values, dim=1), torch.stack(losses, dim=1), hits)


def _updated(
    forward: Forward, theta: Parameters, x: Tensor, labels: Tensor, batch: Tensor, rate: float
) -> Parameters:
    """Return the weights after one update, as a function of the inputs."""
    member = torch.arange(len(x), device=x.device)[:, None]
    loss = _losses(forward(theta, x[member, batch]), labels[member, batch]).sum()
    gradients = torch.autograd.grad(loss, list(theta.values()), create_graph=True)
    return {
        name: value - rate * gradient
        for (name, value), gradient in zip(theta.items(), gradients, strict=True)
    }


def _losses(logits: Float[Tensor, "k n c"], labels: Int[Tensor, "k n"]) -> Float[Tensor, " k"]:
    return functional.cross_entropy(logits.mT, labels, reduction="none").mean(dim=1)


def gini(values: Float[Tensor, "*k n"]) -> Float[Tensor, " *k"]:
    """Return the Gini coefficient of values of 0 or more: 0 where all are alike, to (n - 1)/n.

    G = Σ_i (2i - n - 1) x_(i) / (n Σ_i x_i) with x sorted; 0 where all are 0.

    Raises:
        InfoplaneError: where a value is negative, or there is none.
    """
    n = values.shape[-1]
    if not n or (values < 0).any():
        raise InfoplaneError(
            f"values holds {n} numbers, the least {values.min().item() if n else None}; give at "
            "least one, and none below 0."
        )
    x = values.double().sort(dim=-1).values
    rank = torch.arange(1, n + 1, dtype=torch.float64, device=x.device)
    total = x.sum(dim=-1)
    weighted = (x * (2 * rank - n - 1)).sum(dim=-1)
    return torch.where(total > 0, weighted / (n * total.clamp(min=1e-300)), torch.zeros_like(total))
