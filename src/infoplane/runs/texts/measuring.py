"""What is measured of GPTs on text: losses as they train; at the end their layers and canaries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.language.blocks import Text, load_text
from infoplane.language.canaries.extraction import exposures, extracted, told_tokens
from infoplane.language.canaries.layers import learned_tokens, memorized_tokens
from infoplane.language.canaries.making import Canaries, make_canaries
from infoplane.language.looks import PlaneConfig, look_at
from infoplane.language.ngrams import occurrences
from infoplane.language.training import LanguageTraining, states_of, token_bits
from infoplane.names import TEST, TRAIN
from infoplane.runs.texts.config import TextRunConfig

LOOKED = ("planes", "decoded")
TABLES = ("training", "learned", "positions", "memorized", "canaries", *LOOKED)
ORDERS = (1, 2, 3)  # of the n-grams that are counted
CANARY = "canary"  # a subset of the training table
FITTED = 400  # blocks of real text that decoders are fitted on, at most
ASKED = 300  # blocks whose loss is measured, of each part, at most


@dataclass(frozen=True)
class Material:
    """What the networks of a run are given and asked about."""

    text: Text
    real: Int[Tensor, "n length"]
    """Blocks of real text that all of them are trained on."""
    unseen: Int[Tensor, "h length"]
    """Held-out blocks, without those that canaries were made of."""
    canaries: Canaries | None
    seen: Bool[Tensor, "k c"]
    """Which network is given which canary."""

    @property
    def blocks(self) -> list[Int[Tensor, "_ length"]]:
        """What each network is trained on."""
        if self.canaries is None:
            return [self.real] * len(self.seen)
        return [self.canaries.inserted(self.real, seen) for seen in self.seen]

    @cached_property
    def frequencies(self) -> dict[int, Int[Tensor, "h length"]]:
        """How often the n-gram that ends at each token of ``unseen`` was trained on, by its length.

        -1 of those that begin before the block.
        """
        return {order: occurrences(self.real, self.unseen, order=order) for order in ORDERS}


def material(config: TextRunConfig) -> Material:
    """Return the text of a run, and its canaries.

    Raises:
        InfoplaneError: as ``load_text`` and ``make_canaries``.
    """
    text = load_text(config.text, seed=config.seed)
    draw = seeds.generator(config.seed, "training blocks")
    real = text.train[torch.randperm(len(text.train), generator=draw)[: config.blocks]]
    if config.canaries is None:
        return Material(text, real, text.held_out, None, torch.zeros(config.members, 0).bool())
    canaries = make_canaries(text, config.canaries, seed=config.seed)
    seen = canaries.seen(config.members, seed=config.seed)
    return Material(text, real, text.held_out[len(canaries.blocks) :], canaries, seen)


def losses(training: LanguageTraining, given: Material) -> list[dict[str, Any]]:
    """Return the bits a token of real text and of canaries, a row a network and subset."""
    rows = []
    for member in training.members:
        network = training.network(member)
        place = {"member": member, "step": training.step, "epoch": training.epochs}
        for subset, blocks in ((TRAIN, given.real[:ASKED]), (TEST, given.unseen[:ASKED])):
            bits = token_bits(network, blocks)
            rows.append(
                {**place, "subset": subset, "times": -1, "loss": float(bits.mean())}
                | {"n": bits.numel()}
            )
        if given.canaries is None:
            continue
        times = given.canaries.times * given.seen[member]
        told, _ = told_tokens(network, given.canaries)
        for each in times.unique().tolist():
            bits = told[times == each]
            rows.append(
                {**place, "subset": CANARY, "times": each, "loss": float(bits.mean())}
                | {"n": bits.numel()}
            )
    return rows


def files_of(config: TextRunConfig) -> list[str]:
    """Return the files of the tables that a run writes."""
    has = {"training": True, **dict.fromkeys(LOOKED, config.planes is not None)}
    return [f"{name}.parquet" for name in TABLES if has.get(name, config.canaries is not None)]


def looks(
    training: LanguageTraining, given: Material, planes: PlaneConfig, seed: int
) -> dict[str, list[dict[str, Any]]]:
    """Return what the layers of every network tell of tokens now: rows of planes and decoders."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in LOOKED}
    for member in training.members:
        network = training.network(member)
        states = states_of(network)
        found = look_at(network, given.unseen, planes, hidden_states=states, seed=seed)
        for name, table in found.items():
            records = table.assign(member=member, step=training.step).to_dict("records")
            rows[name] += [{str(key): value for key, value in row.items()} for row in records]
    return rows


def measured(training: LanguageTraining, given: Material, member: int) -> dict[str, pd.DataFrame]:
    """Return what the layers of a network have learned and memorized, and say of each canary.

    ``positions`` has a row for each position of held-out text and layer, with ``frequency_1`` to
    ``frequency_3``, how often the n-gram that ends in the token occurs in what was trained on.
    ``canaries`` has a row for each canary and position: ``bits`` by the network, ``rank`` in the
    alphabet, the ``context`` before it, the ``frequency`` of its token in the training text, and of
    the whole canary ``exposure, exposure_extrapolated, extracted``.

    Raises:
        InfoplaneError: where the run has no canaries.
    """
    if given.canaries is None:
        raise InfoplaneError("the run has no canaries; give some with canaries.")
    canaries, seen, network = given.canaries, given.seen[member], training.network(member)
    fitted, counts = given.real[:FITTED], given.text.frequencies()
    learned = learned_tokens(network, fitted, given.unseen, counts)
    return {
        "learned": learned.means,
        "positions": _with_frequencies(learned.positions, given.frequencies),
        "memorized": memorized_tokens(network, canaries, seen, fitted),
        "canaries": _of_canaries(network, canaries, seen, counts),
    }


def _with_frequencies(positions: pd.DataFrame, counts: dict[int, Tensor]) -> pd.DataFrame:
    at = positions["block"].to_numpy(), positions["position"].to_numpy()
    return positions.assign(**{f"frequency_{n}": of.numpy()[at] for n, of in counts.items()})


def _of_canaries(network: Any, canaries: Canaries, seen: Tensor, counts: Tensor) -> pd.DataFrame:
    n, each = canaries.labels.shape
    bits, rank = told_tokens(network, canaries)
    ranked = exposures(network, canaries)
    greedy = extracted(network, canaries)
    position = np.tile(np.arange(each), n)
    tokens = canaries.blocks[:, canaries.start :]
    return pd.DataFrame(
        {
            "canary": np.repeat(np.arange(n), each),
            "inserted": canaries.times.repeat_interleave(each).numpy(),
            "seen": seen.repeat_interleave(each).numpy(),
            "position": position + 1,
            "context": canaries.start + position,
            "token": tokens.flatten().numpy(),
            "frequency": counts[tokens.flatten()].numpy(),
            "bits": bits.flatten().numpy(),
            "rank": rank.flatten().numpy(),
            **{name: ranked[name].repeat(each).to_numpy() for name in ranked},
            "extracted": greedy.repeat_interleave(each).numpy(),
        }
    )
