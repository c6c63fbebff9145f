"""A known share of labels flipped at random: what can be measured where no label is known true."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import torch

from infoplane import seeds
from infoplane.data.labels import check_flippable, check_rate
from infoplane.errors import InfoplaneError
from infoplane.user_models.labels import as_array


@dataclass(frozen=True)
class Planted:
    """Labels, some of which were flipped on purpose."""

    labels: np.ndarray
    """As they were given [n]; they may be wrong themselves."""
    seen_labels: np.ndarray
    """Those to train on [n]: classes are those that were given."""
    planted: np.ndarray
    """Which were flipped [n]."""

    @property
    def ids(self) -> np.ndarray:
        """The places of those that were flipped."""
        return np.flatnonzero(self.planted)

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return (
            f"{len(self.ids):,} of {len(self):,} labels flipped on purpose: train on .seen_labels, "
            "and give this as the labels of an InformationPlane"
        )


def plant(labels: Any, rate: float = 0.05, seed: int = 0) -> Planted:
    """Flip a known share of labels at random, each to another class, all equally likely.

    A flip that is drawn at random is known to nobody: whatever a layer says of it beyond the label
    that was given has come through the weights. So M of the planted examples alone, I(T;Ỹ|given),
    is measured exactly as with true labels, though the labels given may be wrong. It says what the
    network does with a label it cannot have learned; how much of it stands for how much of the
    unknown wrong ones is in docs/how-to/own-network.md.

    Args:
        labels: as they are [n], of any kind that ``InformationPlane`` takes.
        rate: the share that is flipped.
        seed: of the choice and of the flips.

    Returns:
        ``Planted``: train on its ``seen_labels``, and give it to ``InformationPlane`` as labels.

    Raises:
        InfoplaneError: for a rate outside [0, 1], one class, or so few labels that none is flipped.

    Example:
        >>> planted = plant(["cat", "dog"] * 50, rate=0.1, seed=0)
        >>> len(planted.ids), (planted.labels != planted.seen_labels).sum()
        (10, np.int64(10))
    """
    if not isinstance(rate, Real) or isinstance(rate, bool):
        raise InfoplaneError(f"rate is {rate!r:.60}; give a chance between 0 and 1.")
    check_rate(float(rate))
    original = as_array("labels", labels)
    classes, y = np.unique(original, return_inverse=True)
    check_flippable(len(classes))
    number = round(rate * len(y))
    if not number:
        raise InfoplaneError(
            f"a rate of {rate} of {len(y)} labels flips none; give a larger rate or more labels."
        )
    draw = seeds.generator(seed, "planting")
    flipped = torch.randperm(len(y), generator=draw)[:number].numpy()
    shift = torch.randint(1, len(classes), (number,), generator=draw).numpy()
    seen = y.copy()
    seen[flipped] = (y[flipped] + shift) % len(classes)
    planted = np.zeros(len(y), dtype=bool)
    planted[flipped] = True
    return Planted(original, classes[seen], planted)
