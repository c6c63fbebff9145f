"""One pass over examples, forward and backward, by torch or by compiled code."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.networks.stack import Stack
from infoplane.training.config import TrainingConfig
from infoplane.training.losses import example_losses
from infoplane.training.narrow import Narrow, narrow


class Pass(NamedTuple):
    """Detached outputs of a forward–backward pass over some examples."""

    logits: Float[Tensor, "k classes n"]
    squared_features: Float[Tensor, "k n"]
    """‖h‖² of what the readout was given."""
    losses: Float[Tensor, " k"]
    """Summed over the examples and divided by the ``size`` asked for."""


Passing = Callable[[Tensor, Tensor, int], Pass]
"""Takes inputs ([n, d], or [K, n, d]), targets [K, n] and a size; adds the gradients of losses."""


def make_passing(model: Stack, config: TrainingConfig) -> Passing:
    """Return the function for a model's passes: compiled code where it is narrow."""
    compiled = narrow(model, config)  # partials: copies of a training copy them and the model
    if compiled is None:
        return partial(pass_by_torch, model, config)
    return partial(_pass_by, compiled)


def _pass_by(compiled: Narrow, inputs: Tensor, targets: Tensor, size: int) -> Pass:
    return Pass(*compiled(inputs, targets, size))


def pass_by_torch(
    model: Stack,
    config: TrainingConfig,
    inputs: Tensor,  # [n, ...], or [k, n, ...] where members have their own
    targets: Int[Tensor, "k n"],
    size: int,
) -> Pass:
    """Take a pass by the modules of the model."""
    low = config.dtype == "bfloat16"
    with torch.autocast(inputs.device.type, torch.bfloat16) if low else nullcontext():
        features, logits = model.features_and_logits(inputs)
    wide = torch.promote_types(logits.dtype, torch.float32)
    losses = example_losses(
        logits.to(wide), targets, config.loss, label_smoothing=config.label_smoothing
    )
    means = losses.sum(dim=1) / size
    means.sum().backward()
    squared = features.detach().to(wide).square().sum(dim=-2)
    return Pass(logits.detach(), squared.expand(model.members, -1), means.detach())
