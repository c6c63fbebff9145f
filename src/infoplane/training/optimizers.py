"""The update rule: one for a whole stack, or with rates of each member's own."""

from __future__ import annotations

from typing import Any

import torch

from infoplane.errors import InfoplaneError
from infoplane.networks.stack import Stack
from infoplane.training.config import TrainingConfig


def make_optimizer(
    model: Stack,
    config: TrainingConfig,
    *,
    learning_rates: tuple[float, ...] = (),
    weight_decays: tuple[float, ...] = (),
    fused: bool = False,
) -> torch.optim.Optimizer:
    """Return the optimizer; its updates are element-wise, so members stay independent.

    It is torch's, ``fused`` where that is asked for. With learning rates [K] or weight decays [K]
    it always is, has a parameter group for each member, in order, and is to be zeroed with
    ``set_to_none=False``.

    Raises:
        InfoplaneError: where there are not as many of them as members.
    """
    per_member = {"learning_rates": learning_rates, "weight_decays": weight_decays}
    for name, values in per_member.items():
        if len(values) not in (0, model.members):
            raise InfoplaneError(
                f"{name} holds {len(values)} values for {model.members} members; give one for each."
            )
    if not any(per_member.values()):
        return _optimizer(list(model.parameters()), config, {"fused": True} if fused else {})
    groups: list[dict[str, Any]] = [{"params": params} for params in model.parameters_by_member()]
    for key, values in (("lr", learning_rates), ("weight_decay", weight_decays)):
        for group, value in zip(groups, values, strict=False):  # none given: that of the config
            group[key] = value
    # 50 members have hundreds of small parameters: a fused kernel takes those of one in one call.
    return _optimizer(groups, config, {"fused": True})


def _optimizer(
    parameters: list[Any], config: TrainingConfig, options: dict[str, Any]
) -> torch.optim.Optimizer:
    shared = {"lr": config.learning_rate, "weight_decay": config.weight_decay, **options}
    match config.optimizer:
        case "sgd":
            return torch.optim.SGD(parameters, momentum=config.momentum, **shared)
        case "adam":
            return torch.optim.Adam(parameters, **shared)
        case "adamw":
            return torch.optim.AdamW(parameters, **shared)
