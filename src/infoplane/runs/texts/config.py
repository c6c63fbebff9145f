"""A run on text: which text, which networks, how trained, and which canaries among it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from infoplane.errors import InfoplaneError
from infoplane.language.blocks import TextConfig
from infoplane.language.canaries.making import CanaryConfig
from infoplane.language.looks import PlaneConfig
from infoplane.language.training import GPTTraining
from infoplane.networks.transformer import TransformerConfig
from infoplane.settings import check_settings, short_id

HEAD = 32  # units of a head, unless the number of heads is given


@dataclass(frozen=True)
class GPTConfig:
    """The size of a GPT; its vocabulary and length are those of the text."""

    layers: int = 4
    """Blocks."""
    width: int = 128
    """Units of the states."""
    heads: int | None = None
    """Heads of attention; one for each 32 units unless given."""

    def __post_init__(self) -> None:
        check_settings(self)
        self.size(vocabulary=2, length=2)

    def size(self, *, vocabulary: int, length: int) -> TransformerConfig:
        """Return the whole size of a network.

        Raises:
            InfoplaneError: where the width is no multiple of the heads, or a number is below 1.
        """
        heads = max(1, self.width // HEAD) if self.heads is None else self.heads
        return TransformerConfig(vocabulary, length, self.layers, self.width, heads)


@dataclass(frozen=True)
class TextRunConfig:
    """GPTs on text, with canaries or without."""

    text: TextConfig = field(default_factory=TextConfig)
    network: GPTConfig = field(default_factory=GPTConfig)
    training: GPTTraining = field(default_factory=GPTTraining)
    canaries: CanaryConfig | None = None
    """Random continuations that half of the networks see each; none unless given."""
    planes: PlaneConfig | None = None
    """Looks at what the layers tell of tokens; none unless given."""
    blocks: int | None = None
    """Blocks of real text that are trained on, at most: a seeded choice; all unless given."""
    looks: int = 6
    """How often losses are measured, from before the first step to after the last."""
    members: int = 1
    """Networks, alike but for their seeds and the canaries they see."""
    seed: int = 0
    """The number all random choices follow from."""
    device: str = "auto"
    """auto, cpu, or another torch device."""

    def __post_init__(self) -> None:
        check_settings(self)
        for key, least in {"members": 1, "looks": 2, "blocks": 1}.items():
            if getattr(self, key) is not None and getattr(self, key) < least:
                raise InfoplaneError(f"{key} is {getattr(self, key)}; give {least} or more.")
        if self.canaries is not None and self.members % 2:
            raise InfoplaneError(
                f"members is {self.members}; give an even number, so that every canary is seen by "
                "half of the networks."
            )

    def with_planes(self, planes: PlaneConfig) -> TextRunConfig:
        """Return the same run with looks at what the layers tell of tokens."""
        return dataclasses.replace(self, planes=planes)

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits: the hash of all but what computes.

        Runs without planes have the ids that they had before there were any.
        """
        values = dataclasses.asdict(self)
        del values["device"]
        if self.planes is None:
            del values["planes"]
        return short_id(values)

    @property
    def look_steps(self) -> list[int]:
        """The steps after which losses are measured."""
        last = self.training.steps
        return sorted({round(i * last / (self.looks - 1)) for i in range(self.looks)})
