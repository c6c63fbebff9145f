"""Which text, as which tokens, and how GPTs train on it: readable without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from infoplane.errors import InfoplaneError
from infoplane.settings import check_settings

BYTES, BPE = "bytes", "bpe"


@dataclass(frozen=True)
class TextConfig:
    """Which text, as which tokens."""

    text: str = "docstrings"
    """A file or folder of text, the id of a data set on the hub (owner/name, or
    owner/name:configuration), or what ships with Python: docstrings, licences."""
    tokenizer: str = BYTES
    """bytes; bpe, fitted to the training text; or a tokenizer of Transformers, by its name on the
    hub or its folder."""
    vocabulary: int = 1024
    """The most tokens of bpe."""
    length: int = 128
    """Tokens of a block."""
    held_out: float = 0.1
    """Share of the documents that are not trained on."""
    column: str = "text"
    """Of a table or a data set, that of the text."""
    part: str = "train"
    """Of a data set on the hub."""

    def __post_init__(self) -> None:
        check_settings(self)
        if not 0 < self.held_out < 1:
            raise InfoplaneError(
                f"held_out is {self.held_out}; give a share of the documents between 0 and 1."
            )
        if self.length < 2:
            raise InfoplaneError(f"length is {self.length}; give 2 tokens or more.")


@dataclass(frozen=True)
class GPTTraining:
    """How GPTs are trained: AdamW, a rate that rises and then falls along a cosine, clipping."""

    steps: int = 1000
    """Updates in all."""
    batch: int = 32
    """Blocks of a step."""
    learning_rate: float = 1e-3
    """The largest learning rate."""
    warm_up: float = 0.05
    """Share of the steps in which the rate rises to its full value."""
    last_rate: float = 0.1
    """The last rate, as a share of it."""
    weight_decay: float = 0.1
    """Of matrices, embeddings among them."""
    clip: float = 1.0
    """The largest norm of a network's gradient."""

    def __post_init__(self) -> None:
        check_settings(self)
        for key, least in {"steps": 0, "batch": 1}.items():
            if getattr(self, key) < least:
                raise InfoplaneError(f"{key} is {getattr(self, key)}; give {least} or more.")
        for key in ("learning_rate", "clip"):
            if getattr(self, key) <= 0:
                raise InfoplaneError(f"{key} is {getattr(self, key)}; give a number above 0.")
        for key in ("warm_up", "last_rate"):
            if not 0 <= getattr(self, key) <= 1:
                raise InfoplaneError(f"{key} is {getattr(self, key)}; give a share, 0 to 1.")

    def rate(self, step: int) -> float:
        """Return the learning rate of the update that follows ``step`` of them."""
        risen = min(1.0, (step + 1) / max(1.0, self.warm_up * self.steps))
        cosine = (1 + math.cos(math.pi * step / max(1, self.steps))) / 2
        return self.learning_rate * risen * (self.last_rate + (1 - self.last_rate) * cosine)
