"""Which data: the configuration, readable without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from infoplane.errors import InfoplaneError

LabelKind = Literal["true", "resampled", "flipped", "permuted"]


@dataclass(frozen=True)
class DataConfig:
    """What is learned: a data set, its size, and what was done to its training labels."""

    name: str = "digits"
    """digits, 12-bit, mnist, fashion-mnist, cifar10, or any image set of the hub by its id."""
    root: str | None = None
    """A folder of local Parquet files in the hub's layout, used instead of a download."""
    train_size: int | None = None
    """Training examples: a seeded, class-balanced subset; all of them unless given."""
    test_size: int | None = None
    """Test examples: a seeded, class-balanced subset; all of them unless given."""
    labels: LabelKind = "true"
    """Training labels: true; resampled (a uniform class, perhaps the same); flipped (never the
    true class); permuted (shuffled among examples, class counts kept)."""
    rate: float = 1.0
    """Chance that a training label is corrupted; of no effect on true labels."""
    stochastic_labels: bool = False
    """12-bit task only: draw labels from p(y|x) with I(X;Y) = 0.99 bits instead of the rule."""

    def __post_init__(self) -> None:
        if self.labels not in get_args(LabelKind):
            raise InfoplaneError(
                f"labels is {self.labels!r}; give one of: {', '.join(get_args(LabelKind))}."
            )
        if not 0 <= self.rate <= 1:
            raise InfoplaneError(f"rate is {self.rate}; give a chance between 0 and 1.")
        for key in ("train_size", "test_size"):
            value = getattr(self, key)
            if value is not None and value < 1:
                raise InfoplaneError(f"{key} is {value}; give at least 1, or leave it out for all.")
        if self.stochastic_labels and self.name != "12-bit":
            raise InfoplaneError(
                f"stochastic_labels belongs to the 12-bit task, not to {self.name!r}; leave it out."
            )
