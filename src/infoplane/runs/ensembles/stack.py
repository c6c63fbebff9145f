"""One stack of an ensemble: trained, asked about every example, and kept."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from infoplane import seeds
from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.data.split import Split
from infoplane.errors import DamagedError
from infoplane.memorization.ensembles.outcomes import Outcomes
from infoplane.names import TEST, TRAIN
from infoplane.networks.build import build_network
from infoplane.networks.stack import Stack
from infoplane.runs.ensembles.config import StackConfig
from infoplane.runs.ensembles.subsets import memberships, positions
from infoplane.runs.ensembles.table import is_whole, write_outcomes
from infoplane.runs.progress import Progress, say
from infoplane.runs.storage.folder import RunFolder
from infoplane.runs.storage.remote import run_folder
from infoplane.training.device import computing, device_of
from infoplane.training.loop import Training, chunk_size

TABLE = "networks.parquet"


@lru_cache(maxsize=1)  # of one ensemble: its stacks share the data
def load_once(data: DataConfig, seed: int) -> tuple[Split, Split]:
    """Return the training and the test part of an ensemble's data, read once in a process."""
    return load(data, seed)


def train_stack(config: StackConfig, *, out: Path | str, name: str) -> None:
    """Train a stack of an ensemble into its folder, where it is not there yet.

    Args:
        config: which stack.
        out: its folder, a path or a URL of fsspec.
        name: what to call it on the progress bar.

    Raises:
        InfoplaneError: for data that cannot be found, and subsets that cannot be drawn.
        HeldError: for a folder that another process is writing.
        NonFiniteError: where training diverges.

    Killed at any moment, the same call begins the stack again and ends with the same file.
    """
    folder = run_folder(out)
    with folder.locked():
        train, test = load_once(config.data, config.seed)
        rows = len(config.members) * (len(train) + len(test))
        if is_done(folder, rows):
            return
        folder.clear_leftovers()
        folder.write_status("running", epoch=0)
        masks = memberships(config.members, len(train), ratio=config.ratio, seed=config.seed)
        started = time.monotonic()
        model = _train(config, train, positions(masks), name, folder.write_status)
        write_outcomes(folder / TABLE, _parts(config, model, masks, {TRAIN: train, TEST: test}))
        took = f"{time.monotonic() - started:.1f} s"
        folder.write_complete(config.training.epochs, took, files=[TABLE])


def is_done(folder: RunFolder, rows: int) -> bool:
    """Whether a stack is in its folder as it was written, with so many rows."""
    try:
        folder.check(TABLE)
        return folder.status()["state"] == "complete" and is_whole(folder / TABLE, rows)
    except DamagedError as error:
        say(f"trained again, as the folder is damaged: {error}")
        return False


def _train(config: StackConfig, train: Split, subsets: Tensor, name: str, say_status) -> Stack:
    seed = seeds.number(config.seed, "ensemble", config.index) >> 32
    members = len(config.members)
    model = build_network(
        config.network,
        input_shape=train.inputs.shape[1:],
        classes=train.classes,
        seed=seed,
        members=members,
    ).to(device_of(config.network, config.training, train, members=members, n=subsets.shape[1]))
    training = Training(model, train, config.training, seed=seed, subsets=subsets, fused=True)
    with Progress(name, config.training.epochs) as progress:
        for epoch in training.epochs():
            progress.advance(epoch, [], last=training.finished)
            say_status("running", epoch=epoch, durably=False)
    return model


def _parts(
    config: StackConfig, model: Stack, masks: Tensor, splits: dict[str, Split]
) -> Iterator[tuple[int, str, Int[np.ndarray, " n"], Outcomes]]:
    """Yield number, subset, ids and outcomes [1, n] of each network and subset."""
    asked = {subset: _ask(model, split) for subset, split in splits.items()}
    for member, network in enumerate(config.members):
        for subset, split in splits.items():
            prediction, log2_p = (values[member : member + 1].numpy() for values in asked[subset])
            seen = masks[member : member + 1].numpy() if subset == TRAIN else prediction < 0
            correct = prediction == split.seen_labels.numpy()
            yield network, subset, split.ids.numpy(), Outcomes(seen, correct, prediction, log2_p)


@torch.inference_mode()
def _ask(model: Stack, split: Split) -> tuple[Int[Tensor, "k n"], Float[Tensor, "k n"]]:
    """Return the predictions, and log2 p of the seen labels, of every network in float32."""
    model.eval()
    device, n = next(model.parameters()).device, len(split)
    labels = split.seen_labels.to(device)
    prediction = torch.empty(model.members, n, dtype=torch.int64)
    log2_p = torch.empty(model.members, n)
    inputs = split.inputs.flatten(1)
    step = chunk_size(model)
    with computing(device, same_bits=False):
        for rows in (slice(first, first + step) for first in range(0, n, step)):
            logits = model(inputs[rows].to(device))
            prediction[:, rows] = logits.argmax(dim=1).cpu()
            log2_p[:, rows] = label_log2_p(logits, labels[rows]).cpu()
    return prediction, log2_p


def label_log2_p(logits: Float[Tensor, "k c n"], labels: Int[Tensor, " n"]) -> Float[Tensor, "k n"]:
    """Return log2 p of each label, exact in relative terms also where p is all but 1.

    -ln p = ln(1 + Σ exp(z_k - z_y)) over the other classes k: a softmax in float32 cannot tell p
    from 1 above 1 - 6e-8, where many networks are.
    """
    label = labels.expand(len(logits), 1, -1)
    others = (logits - logits.gather(1, label)).scatter(1, label, -math.inf)
    return -functional.softplus(others.logsumexp(dim=1), threshold=40.0) / math.log(2)
