"""What the study of capacity reads off its runs: bits memorized against bits there are."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from safetensors import safe_open

from infoplane.names import TRAIN
from infoplane.networks.transformer import TransformerConfig
from infoplane.runs.analyses.kept import kept
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run
from infoplane.runs.storage.folder import WEIGHTS
from infoplane.studies.capacity.text import descent, text_losses
from infoplane.studies.capacity.tokens import TokenConfig, memorized_tokens
from infoplane.studies.study import Runs
from infoplane.tables import RANDOM_TOKENS, TEXT_LOSSES
from infoplane.training.device import choose_device

SWEEP = "examples"
VARIANTS = ("half as wide", "twice as wide", "two layers", "bfloat16", "sgd")
TINY = TransformerConfig(vocabulary=32, length=8, layers=1, width=8, heads=2)
SMALL = TokenConfig(TINY, (16, 64, 128, 256), members=3, steps=2000, learning_rate=1e-2)
TEXT = TokenConfig(
    TransformerConfig(vocabulary=64, length=32, layers=1, width=8, heads=2),
    (8, 16, 32, 64, 128, 256, 8192),  # the last one is the reference
    members=3,
    steps=2000,
    batch=512,
    learning_rate=1e-2,
)
LARGE_TEXT = replace(
    TEXT,
    network=TransformerConfig(vocabulary=64, length=64, layers=1, width=64, heads=4),
    sequences=(64, 128, 256, 512, 1024, 2048, 4096, 15_000),
    members=5,
    steps=50_000,
    batch=2048,
    learning_rate=3e-3,
)
PUBLISHED = tuple(
    TokenConfig(
        TransformerConfig(width=width),
        sequences,
        members=5,
        steps=100_000,
        learning_rate=1e-3,
        dtype=dtype,
    )
    for width, sequences in (
        (32, (128, 256, 512, 1024, 2048)),  # 80,352 parameters, about 300 kbit
        (128, (1024, 2048, 4096, 8192)),  # 468,864 parameters, about 1.7 Mbit
    )
    for dtype in ("float32", "bfloat16")
)


def perceptrons(runs: Runs) -> pd.DataFrame:
    """Return the label bits that each member memorized, a row a run and member.

    Bits are N (log2 K - loss): labels are uniform, so that nothing of them can be learned.
    """
    return pd.concat([_of_run(name, run) for name, run in runs.items()], ignore_index=True)


def _of_run(name: str, run: Run) -> pd.DataFrame:
    rows = run.training[run.training["subset"] == TRAIN]
    last = rows[rows["epoch"] == rows["epoch"].max()].sort_values("member")
    n, label = int(last["n"].iloc[0]), math.log2(_classes(run))
    return pd.DataFrame(
        {
            **{"run": name, "member": last["member"].to_numpy(), "parameters": parameters(run)},
            **{"examples": n, "data_bits": n * label, "ceiling": n * label},
            "bits": n * (label - last["loss"].to_numpy()),
        }
    )


def _classes(run: Run) -> int:
    return int(run.examples["label"].max()) + 1


def parameters(run: Run) -> int:
    """Return the number of parameters of one network of a run."""
    with safe_open(run.path / WEIGHTS, "pt") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
    return sum(math.prod(shape[1:]) for shape in shapes)


def transformers(runs: Runs) -> pd.DataFrame:
    """Return what transformers memorize of random tokens, kept beside the last run."""
    last = list(runs.values())[-1]
    return with_ceiling(kept(last, "random_tokens", lambda run: _tokens(run.config)))


def with_ceiling(tokens: pd.DataFrame) -> pd.DataFrame:
    """Return a table of random tokens with the most bits that can be saved: all but N log2 N.

    A network that knows all N sequences still has to be told which of them comes, in log2 N bits.
    """
    n = tokens["sequences"].to_numpy(dtype=np.float64)
    return tokens.assign(ceiling=tokens["data_bits"] - n * np.log2(n))


def _tokens(config: RunConfig) -> pd.DataFrame:
    """Train what the scale of a run calls for: one tiny size, or those that were published."""
    asked = (SMALL,) if config.data.name == "digits" else PUBLISHED
    device = str(choose_device(config.training.device))
    of_each = [memorized_tokens(each, seed=config.seed, device=device) for each in asked]
    return pd.concat(of_each, ignore_index=True)[list(RANDOM_TOKENS)].astype(RANDOM_TOKENS)


def texts(runs: Runs) -> pd.DataFrame:
    """Return the losses of transformers on text, with loads, kept beside the last run."""
    last = list(runs.values())[-1]
    return descent(kept(last, "text_losses", lambda run: _texts(run.config)))


def _texts(config: RunConfig) -> pd.DataFrame:
    asked = TEXT if config.data.name == "digits" else LARGE_TEXT
    device = str(choose_device(config.training.device))
    losses = text_losses(asked, seed=config.seed, device=device)
    return losses[list(TEXT_LOSSES)].astype(TEXT_LOSSES)


def plateau(points: pd.DataFrame) -> pd.DataFrame:
    """Return the most that each member memorizes at any number of examples, and a parameter."""
    most = points.groupby("member")[["bits", "parameters"]].max()
    return most.assign(bits_a_parameter=most["bits"] / most["parameters"])


def flatness(points: pd.DataFrame) -> np.ndarray:
    """Return the bits of each member at most data over those at the number before."""
    wide = points.pivot(index="data_bits", columns="member", values="bits").sort_index()
    return (wide.iloc[-1] / wide.iloc[-2]).to_numpy()
