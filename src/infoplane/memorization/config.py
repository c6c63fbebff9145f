"""What is asked of memorization in a run: the configuration, readable without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from infoplane.errors import InfoplaneError
from infoplane.settings import check_settings


@dataclass(frozen=True)
class MemorizationConfig:
    """The memorized part M = I(T;Ỹ|Y) of every layer, measured in runs on corrupted labels."""

    decoder: Literal["strongest", "knn", "linear", "mlp", "none"] = "strongest"
    """Nearest neighbours, a linear reading, a small network, or the strongest of all three, with
    each beside it; or none."""
    k: int = 50
    """The most neighbours that are asked; fewer where they decode better."""
    folds: int = 2
    """Parts of the probe: decoders are fitted on all but one and scored on that one."""
    probe_size: int = 4000
    """Training examples, and as many of test, that are decoded: seeded, balanced subsets."""
    permutations: int = 20
    """Shuffles of the seen labels within each true class, which make the null."""
    examples: Literal["corrupted", "always", "never"] = "corrupted"
    """Which runs follow every training example through every epoch: those on corrupted labels, all,
    or none."""
    keep_weights: bool = False
    """Keep the weights of every decoded epoch, so that layers can be rewound to them."""
    looks: int = 8
    """At most so many of the observed epochs are decoded, evenly on a log axis."""

    def __post_init__(self) -> None:
        check_settings(self)
        least_of = {"k": 1, "folds": 2, "probe_size": self.folds, "permutations": 0, "looks": 2}
        for key, least in least_of.items():
            if getattr(self, key) < least:
                raise InfoplaneError(f"{key} is {getattr(self, key)}; give {least} or more.")
