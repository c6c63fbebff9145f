"""``infoplane text``: a small GPT trained on a text of your own, and what its layers tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from infoplane.language.config import GPTTraining, TextConfig

if TYPE_CHECKING:
    from infoplane.runs.texts.config import TextRunConfig


@dataclass(frozen=True)
class Network:
    """Which network; its vocabulary and length are those of the text."""

    preset: Literal["gpt"] = "gpt"
    """GPT-2 in small: learned positions; the embedding of tokens is the readout too."""
    layers: int = 4
    """Blocks."""
    width: int = 128
    """Units of the states."""
    heads: int | None = None
    """Heads of attention; one for each 32 units unless given."""


@dataclass(frozen=True)
class TextCommand:
    """Train a small GPT on text, and draw what its layers tell of tokens, each with its null.

    Also of canaries, if there are any: random continuations of which each network sees half, and
    what every layer has memorized of them. In the folder: losses, planes and canaries as Parquet,
    the weights, the figures. The same command again goes on where it stopped.
    """

    data: TextConfig = field(default_factory=TextConfig)
    network: Network = field(default_factory=Network)
    training: GPTTraining = field(default_factory=GPTTraining)
    canaries: int = 0
    """Random continuations that are inserted, each 1, 4 or 16 times into the text of half of the
    networks: a multiple of 6, and an even number of networks."""
    blocks: int | None = None
    """Blocks of text that are trained on, at most (default: all)."""
    looks: int = 6
    """How often losses and planes are measured, from before the first step to after the last."""
    members: Annotated[int, tyro.conf.arg(metavar="N")] = 1
    """Networks, alike but for their seeds and the canaries they see."""
    seed: int = 0
    """The number all random choices follow from."""
    device: str = "auto"
    """auto, cpu, or another torch device."""
    out: Annotated[str | None, tyro.conf.arg(metavar="DIR")] = None
    """The run's folder, or its URL of fsspec (default: runs/text-ID)."""

    @property
    def config(self) -> TextRunConfig:
        """The run that is asked for.

        Raises:
            InfoplaneError: for numbers that do not fit one another.
        """
        from infoplane.language.canaries.making import CanaryConfig
        from infoplane.language.looks import PlaneConfig
        from infoplane.runs.texts.config import GPTConfig, TextRunConfig

        network = GPTConfig(self.network.layers, self.network.width, self.network.heads)
        config = TextRunConfig(
            text=self.data,
            network=network,
            training=self.training,
            canaries=CanaryConfig(count=self.canaries) if self.canaries else None,
            blocks=self.blocks,
            looks=self.looks,
            members=self.members,
            seed=self.seed,
            device=self.device,
        )
        return config.with_planes(PlaneConfig(looks=tuple(config.look_steps), texts=200))

    def __call__(self) -> None:
        from infoplane.runs.storage.remote import publish
        from infoplane.runs.texts.run import run_text

        run = run_text(self.config, out=self.out)
        from infoplane.commands.text_results import draw, print_text_run  # Matplotlib

        draw(run)
        if self.out is not None:
            publish(self.out)
        print_text_run(run)


def on_text(arguments: Sequence[str]) -> list[str]:
    """Return the arguments of ``text`` for those of ``run`` where a text is given to it."""
    of_text = any(argument.split("=")[0] == "--data.text" for argument in arguments)
    return ["text", *arguments[1:]] if arguments[:1] == ["run"] and of_text else list(arguments)
