"""A look at a language model in training: planes at several resolutions, and what decoders read."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from jaxtyping import Int
from torch import Tensor, nn

from infoplane.errors import InfoplaneError
from infoplane.information.as_text import parse
from infoplane.information.projected.soft_entropy import SoftEntropy
from infoplane.language.decoding import decoded_tokens
from infoplane.language.plane import HiddenStates, language_plane, layers_of
from infoplane.settings import check_settings

USUAL = "soft-entropy"
CENTRED = "soft-entropy of centred layers"


@dataclass(frozen=True)
class PlaneConfig:
    """When planes are measured, and by what."""

    looks: tuple[int, ...] = (0, 10, 30, 60, 100, 200, 300, 500, 700, 1000)
    """The steps after which they are."""
    texts: int = 500
    """Held-out blocks that are read, at most."""
    others: tuple[str, ...] = ()
    """Other resolutions, as 'soft-entropy(references=1000)', and the usual one on as few texts."""
    other_texts: int = 125
    """Blocks that are read for these, and for decoders."""
    centred: bool = False
    """Whether layers less their mean over positions are measured beside. That loses nothing that a
    layer tells; soft entropy, which sees directions from 0 alone, may say otherwise."""

    def __post_init__(self) -> None:
        check_settings(self)
        for key in ("texts", "other_texts"):
            if getattr(self, key) < 1:
                raise InfoplaneError(f"{key} is {getattr(self, key)}; give 1 or more.")
        if not self.looks or min(self.looks) < 0:
            raise InfoplaneError(f"looks is {self.looks}; give steps, 0 or more.")
        for text in self.others:
            soft_entropy(text)


def soft_entropy(text: str) -> SoftEntropy:
    """Return what planes of language models are estimated by.

    Raises:
        InfoplaneError: for another estimator, or options that its planes do not take.
    """
    estimator, options = parse(text)
    if not isinstance(estimator, SoftEntropy) or options != type(options)():
        raise InfoplaneError(
            f"estimator is {text!r}; planes of language models are by soft-entropy, as "
            "'soft-entropy(references=1000)', always with its null."
        )
    return estimator


def look_at(
    network: nn.Module,
    blocks: Int[Tensor, "n l"],
    config: PlaneConfig,
    *,
    hidden_states: HiddenStates,
    seed: int = 0,
) -> dict[str, pd.DataFrame]:
    """Measure a network as it is now.

    Returns:
        ``planes``, rows of ``language_plane`` with ``estimator`` and ``texts``; and ``decoded``,
        rows of ``decoded_tokens``.

    Raises:
        InfoplaneError: as ``language_plane`` and ``decoded_tokens``.
    """
    few = blocks[: config.other_texts]
    asked = [(USUAL, USUAL, blocks[: config.texts], hidden_states)]
    if config.others or config.centred:
        asked += [(text, text, few, hidden_states) for text in (USUAL, *config.others)]
    if config.centred:
        asked.append((CENTRED, USUAL, few, _centred(network, few, hidden_states)))
    planes = []
    for name, text, read, states in asked:
        resolution = soft_entropy(text)
        plane = language_plane(
            network,
            read,
            hidden_states=states,
            references=resolution.references,
            temperature=resolution.temperature,
            seed=seed,
        )
        planes.append(plane.assign(estimator=name, texts=len(read)))
    decoded = decoded_tokens(network, few, hidden_states=hidden_states, seed=seed)
    return {"planes": pd.concat(planes, ignore_index=True), "decoded": decoded}


def _centred(
    network: nn.Module, blocks: Int[Tensor, "n l"], hidden_states: HiddenStates
) -> HiddenStates:
    """Return layers less their mean over all positions of some blocks."""
    sums: list[Tensor] = []
    for _, layers in layers_of(network, blocks, hidden_states=hidden_states):
        of_batch = [layer.double().sum(dim=(0, 1)) for layer in layers]
        sums = [a + b for a, b in zip(sums, of_batch, strict=True)] if sums else of_batch
    means = [(total / blocks.numel()).float() for total in sums]

    def states(ids: Tensor, mask: Tensor) -> list[Tensor]:
        layers = hidden_states(ids, mask)
        return [layer - mean for layer, mean in zip(layers, means, strict=True)]

    return states
