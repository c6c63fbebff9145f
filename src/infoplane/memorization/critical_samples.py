"""Critical samples: inputs that a small step can bring to another prediction (LASS).

Source: Arpit et al. 2017, "A Closer Look at Memorization in Deep Networks", §5 and algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from infoplane.errors import InfoplaneError

Model = Callable[[Tensor], Tensor]
"""Takes inputs [n, ...] and returns logits [n, c]."""


@dataclass(frozen=True)
class LangevinSearch:
    """Langevin adversarial sample search: its steps, in grey levels of 0 to 255."""

    step: float = 0.25  # α
    noise: float = 0.2  # β
    radius: float = 0.3  # r, of the box (L∞)
    iterations: int = 30
    """Steps at most; the paper names no number."""
    grey_level: float = 1 / 255
    """One grey level in the units of the inputs."""

    def __post_init__(self) -> None:
        for key in ("step", "radius", "grey_level", "iterations"):
            if not getattr(self, key) > 0:
                raise InfoplaneError(f"{key} is {getattr(self, key)}; give more than 0.")
        if self.noise < 0:
            raise InfoplaneError(f"noise is {self.noise}; give 0 or more.")


def critical_samples(
    model: Model,
    inputs: Float[Tensor, "n ..."],
    *,
    generator: torch.Generator,
    search: LangevinSearch = LangevinSearch(),
) -> Bool[Tensor, " n"]:
    """Find the inputs x with an x̂ in their box, |x̂ - x|∞ ≤ r, that is predicted otherwise.

    With k what is predicted at x, the search repeats

        x̂ ← clip(x̂ - α sign ∂ log p_k(x̂)/∂x + β η),    η ~ N(0, 1)

    until the prediction is another. (The paper writes +α, for a loss; public code lowers log p_k,
    as here.) What it finds is critical, what it does not find may be: the ratio is a lower bound.

    Args:
        model: returns logits [n, c], differentiable in its inputs; it is not changed.
        inputs: where to search from.
        generator: of the noise, on the CPU.
        search: steps, radius and number of steps.

    Raises:
        InfoplaneError: where the search has no step, no radius or no iterations.

    Cost: at most ``iterations`` passes forth and back over those not yet found.
    """
    level = search.grey_level
    step, radius, noise = search.step * level, search.radius * level, search.noise * level
    with torch.no_grad():
        predicted = model(inputs).argmax(dim=1)
    left = torch.arange(len(inputs), device=inputs.device)  # positions not yet found critical
    x = inputs.detach()
    for _ in range(search.iterations):
        eta = torch.randn(x.shape, generator=generator, dtype=x.dtype).to(x.device)
        moved = x - step * _gradient(model, x, predicted[left]).sign() + noise * eta
        x = moved.clamp(min=inputs[left] - radius, max=inputs[left] + radius)
        with torch.no_grad():
            same = model(x).argmax(dim=1) == predicted[left]
        left, x = left[same], x[same]
        if not len(left):
            break
    critical = torch.ones(len(inputs), dtype=torch.bool, device=inputs.device)
    critical[left] = False
    return critical


def critical_sample_ratio(
    model: Model,
    inputs: Float[Tensor, "n ..."],
    *,
    generator: torch.Generator,
    search: LangevinSearch = LangevinSearch(),
) -> float:
    """Return the share of critical samples; arguments and errors as ``critical_samples``."""
    critical = critical_samples(model, inputs, generator=generator, search=search)
    return float(critical.double().mean())


def _gradient(model: Model, x: Tensor, predicted: Tensor) -> Tensor:
    """Return ∂ log p_k/∂x of each input, k what was predicted."""
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        log_p = model(x).log_softmax(dim=1)
        chosen = log_p.gather(1, predicted[:, None]).sum()
    return torch.autograd.grad(chosen, x)[0]
