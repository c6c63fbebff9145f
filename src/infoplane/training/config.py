"""How it learns: the configuration, readable without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from infoplane.errors import InfoplaneError


@dataclass(frozen=True)
class TrainingConfig:
    """How it learns: optimizer, loss, schedule, precision and device."""

    epochs: int = 100
    """Passes through the training examples."""
    batch_size: int | None = None
    """Examples a step; all of them (full batch) unless given."""
    optimizer: Literal["sgd", "adam", "adamw"] = "adam"
    """The update rule."""
    learning_rate: float = 1e-3
    """Step size at epoch 0."""
    momentum: float = 0.9
    """Momentum of sgd; of no effect on the others."""
    weight_decay: float = 0.0
    """L2 penalty (sgd, adam) or decoupled decay (adamw)."""
    loss: Literal["cross-entropy", "binary-cross-entropy"] = "cross-entropy"
    """Softmax cross-entropy, or logistic loss on one-hot targets averaged over outputs."""
    schedule: Literal["constant", "cosine", "exponential", "step"] = "constant"
    """The learning rate from epoch to epoch: exponential multiplies it by decay every epoch, step
    every decay_every epochs, cosine brings it to 0 at the end."""
    decay: float = 0.95
    """Factor of the exponential and step schedules."""
    decay_every: int = 30
    """Epochs between the factors of the step schedule."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """Precision of matrix products in training; weights stay float32."""
    device: str = "auto"
    """auto (CUDA, else Apple's MPS, else CPU) or a torch device such as cpu or cuda:1."""

    def __post_init__(self) -> None:
        for key in ("epochs", "momentum", "weight_decay"):
            if getattr(self, key) < 0:
                raise InfoplaneError(f"{key} is {getattr(self, key)}; give 0 or more.")
        for key in ("learning_rate", "decay", "decay_every"):
            if not getattr(self, key) > 0:
                raise InfoplaneError(f"{key} is {getattr(self, key)}; give more than 0.")
        if self.batch_size is not None and self.batch_size < 1:
            raise InfoplaneError(
                f"batch_size is {self.batch_size}; give 1 or more, or leave it out for full batch."
            )

    def learning_rate_at(self, epoch: int) -> float:
        """Return the learning rate of the updates that follow ``epoch`` finished epochs."""
        return self.learning_rate * self.schedule_at(epoch)

    def schedule_at(self, epoch: int) -> float:
        """Return what the schedule multiplies the learning rate by after ``epoch`` epochs."""
        match self.schedule:
            case "cosine":
                return 0.5 * (1 + math.cos(math.pi * epoch / max(self.epochs, 1)))
            case "exponential":
                return self.decay**epoch
            case "step":
                return self.decay ** (epoch // self.decay_every)
            case _:
                return 1.0
