"""The loss of each example."""

from __future__ import annotations

from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional


def example_losses(
    logits: Float[Tensor, "k c n"],
    targets: Int[Tensor, "k n"],
    loss: str,
    *,
    label_smoothing: float = 0.0,
) -> Float[Tensor, "k n"]:
    """Return the loss of each example, in nats.

    Binary cross-entropy is on one-hot targets and averaged over the outputs, as torch has it. With
    label smoothing ε the target of class c is (1 - ε) [c = y] + ε / classes (Szegedy et al. 2016).
    """
    if loss == "cross-entropy":
        return functional.cross_entropy(
            logits, targets, reduction="none", label_smoothing=label_smoothing
        )
    k, classes, n = logits.shape
    distinct = targets if targets.stride(0) else targets[:1]  # the same of all members: only once
    one_hot = logits.new_zeros(len(distinct), classes, n).scatter_(1, distinct[:, None], 1.0)
    smooth = (one_hot * (1 - label_smoothing) + label_smoothing / classes).expand(k, -1, -1)
    by_class = functional.binary_cross_entropy_with_logits(logits, smooth, reduction="none")
    return by_class.mean(dim=1)
