"""How weights start: each from a generator that is handed in."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from infoplane.networks.config import Initialisation


def initialise(
    weight: Tensor, bias: Tensor | None, kind: Initialisation, generator: torch.Generator
) -> None:
    """Draw the weights [out, in, ...] and biases [out] of a layer, in place.

    All kinds but torch's start with zero biases.
    """
    fan_out, fan_in = weight.flatten(1).shape
    if bias is not None:
        nn.init.zeros_(bias)
    match kind:
        case "torch":  # nn.Linear and nn.Conv2d: both uniform within 1/√fan_in
            bound = fan_in**-0.5
            nn.init.uniform_(weight, -bound, bound, generator=generator)
            if bias is not None:
                nn.init.uniform_(bias, -bound, bound, generator=generator)
        case "truncated-normal":  # TensorFlow cuts at two standard deviations
            std = fan_out**-0.5
            nn.init.trunc_normal_(weight, 0, std, -2 * std, 2 * std, generator=generator)
        case "xavier":
            nn.init.xavier_uniform_(weight, generator=generator)
        case "orthogonal":
            nn.init.orthogonal_(weight, generator=generator)
        case "he":
            nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)
