"""How it learns: the configuration, readable without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from infoplane.errors import InfoplaneError
from infoplane.settings import check_settings

MOST_EPOCHS = 10**8  # those to look at are listed beforehand
Dtype = Literal["float32", "tf32", "bfloat16"]
Augmentation = Literal["none", "crop", "flip", "crop-and-flip"]


@dataclass(frozen=True)
class TrainingConfig:
    """How it learns: optimizer, loss, schedule, precision and device."""

    NO_RESULT: ClassVar = ("device", "deterministic")  # how it is computed: no part of an identity

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
    label_smoothing: float = 0.0
    """Share of the target that is spread evenly over all classes, in training alone."""
    augmentation: Augmentation = "none"
    """What is done to images in training alone, anew every epoch: crop pads them with 4 zeros and
    takes a window of their size at random, flip turns half of them left to right."""
    patience: int | None = None
    """Stop early: a seeded tenth of the training examples is held out, and training ends where the
    loss on it has not fallen for so many epochs (of every member: a stack goes on for the last)."""
    stop_at_accuracy: float | None = None
    """Stop once the accuracy on the seen labels, over the presentations of an epoch, has reached
    this in every member."""
    dtype: Dtype = "float32"
    """Precision of matrix products in training; weights stay float32. tf32 is for NVIDIA's GPUs."""
    device: str = "auto"
    """auto (CUDA, else Apple's MPS, else CPU; the CPU for small networks, which are faster there)
    or a torch device such as cpu or cuda:1."""
    deterministic: bool = True
    """On CUDA, train by deterministic algorithms alone: the same run ends with the same bits."""

    def __post_init__(self) -> None:
        check_settings(self)
        if self.epochs > MOST_EPOCHS:
            raise InfoplaneError(f"epochs is {self.epochs:,}; give {MOST_EPOCHS:,} at most.")
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
        if not 0 <= self.label_smoothing < 1:
            raise InfoplaneError(
                f"label_smoothing is {self.label_smoothing}; give a share from 0 to below 1."
            )
        if self.patience is not None and self.patience < 1:
            raise InfoplaneError(
                f"patience is {self.patience}; give 1 epoch or more, or leave it out."
            )
        if self.stop_at_accuracy is not None and not 0 < self.stop_at_accuracy <= 1:
            raise InfoplaneError(
                f"stop_at_accuracy is {self.stop_at_accuracy}; give a share above 0, at most 1."
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
