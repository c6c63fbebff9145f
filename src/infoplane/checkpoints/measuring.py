"""Measure causal models by name on the same texts, one after another, into one table."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from jaxtyping import Int
from rich.progress import track
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.language.loading import CausalModel, causal_model, check_known
from infoplane.language.looks import USUAL, soft_entropy
from infoplane.language.plane import language_plane
from infoplane.language.text import documents
from infoplane.runs.progress import say
from infoplane.runs.storage.files import read_json, read_table, write_json, write_table
from infoplane.settings import check_settings
from infoplane.training.device import choose_device

RECORD, PLANES = "estimate.json", "planes.parquet"


@dataclass(frozen=True)
class CheckpointOptions:
    """Which models are measured, on which texts: see ``infoplane estimate --help``."""

    models: tuple[str, ...]
    text: str = "docstrings"
    texts: int = 500
    length: int = 128
    estimator: str = USUAL
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        check_settings(self)
        for key in ("texts", "length"):
            if getattr(self, key) < 1:
                raise InfoplaneError(f"{key} is {getattr(self, key)}; give 1 or more.")
        if not self.models or len(set(self.models)) < len(self.models):
            raise InfoplaneError(
                f"the models are {', '.join(self.models) or 'none'}; give one or more, each once."
            )
        soft_entropy(self.estimator)


def measure(options: CheckpointOptions, out: Path) -> pd.DataFrame:
    """Measure every checkpoint that was not measured yet; keep the table after each.

    Args:
        options: which models, which texts, and by what.
        out: a folder, that goes on where it holds the same.

    Returns:
        The tables of ``language_plane``, one below the other, with ``checkpoint``, and ``step``: as
        their names say, else their place.

    Raises:
        InfoplaneError: where a model or the text is not to be had, or the folder holds something
            else.
    """
    asked = {k: v for k, v in asdict(options).items() if k not in ("models", "device")}
    record: dict[str, Any] = {"options": asked, "tokens": None, "files": {}}
    parts = _earlier(out, record)
    device, texts = choose_device(options.device), _texts(options)
    left = [name for name in options.models if name not in parts]
    for name in track(left, "checkpoints", disable=len(left) < 2, transient=True):
        loaded = causal_model(name, device=device)
        tokens = _tokens(name, loaded, texts, options.length)
        _check_same(name, parts, record, tokens)
        parts[name] = _plane(loaded, *tokens, options).assign(checkpoint=name)
        record["files"][name] = _files(name)
        write_table(out / PLANES, pd.concat(parts.values(), ignore_index=True))
        write_json(out / RECORD, record)
    steps = steps_of(options.models)
    return pd.concat([parts[n].assign(step=s) for n, s in steps.items()], ignore_index=True)


def steps_of(models: tuple[str, ...]) -> dict[str, int]:
    """Return the step of each model in order: the last number of its name, where each has its own.

    Else its place in the list.

    Example:
        >>> steps_of(("pythia-70m@step512", "pythia-70m@step0"))
        {'pythia-70m@step0': 0, 'pythia-70m@step512': 512}
    """
    numbers = {name: re.findall(r"\d+", Path(name).name.rpartition("@")[2]) for name in models}
    steps = {name: int(found[-1]) for name, found in numbers.items() if found}
    if len(set(steps.values())) < len(models):
        steps = {name: place for place, name in enumerate(models)}
    return dict(sorted(steps.items(), key=lambda item: item[1]))


def _texts(options: CheckpointOptions) -> list[str]:
    """Return so many texts at most, drawn by the seed."""
    texts = documents(options.text)
    order = torch.randperm(len(texts), generator=seeds.generator(options.seed, "texts"))
    return [texts[i] for i in order[: options.texts].tolist()]


def _tokens(
    name: str, loaded: CausalModel, texts: list[str], length: int
) -> tuple[Int[Tensor, "t l"], Int[Tensor, "t l"]]:
    """Return the first tokens of the texts, padded, and which are no padding."""
    most = getattr(loaded.model.config, "max_position_embeddings", None)
    if most is not None and most < length:
        raise InfoplaneError(f"{name} reads {most} tokens at most; give --length {most} or less.")
    tokens = [loaded.tokenizer(text)["input_ids"][:length] for text in texts]
    ids, mask = torch.zeros(2, len(tokens), max(map(len, tokens)), dtype=torch.int64)
    for row, text in enumerate(tokens):
        ids[row, : len(text)], mask[row, : len(text)] = torch.tensor(text), 1
    check_known(name, loaded.model, ids)
    return ids, mask


def _check_same(
    name: str, parts: dict[str, pd.DataFrame], record: dict[str, Any], tokens: tuple[Tensor, Tensor]
) -> None:
    """Refuse a checkpoint that reads other tokens than those before: no course leads to it."""
    digest = hashlib.sha256(b"".join(each.numpy().tobytes() for each in tokens)).hexdigest()[:16]
    record["tokens"] = record["tokens"] or digest
    if record["tokens"] != digest:
        raise InfoplaneError(
            f"{name} reads the texts as other tokens than {next(iter(parts))}; give checkpoints of "
            "one training, and measure other models into another folder."
        )


def _plane(
    loaded: CausalModel,
    ids: Int[Tensor, "t l"],
    mask: Int[Tensor, "t l"],
    options: CheckpointOptions,
) -> pd.DataFrame:
    estimator = soft_entropy(options.estimator)
    return language_plane(
        loaded.model,
        ids,
        mask,
        references=estimator.references,
        temperature=estimator.temperature,
        seed=options.seed,
    )


def _earlier(out: Path, record: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """Return the planes that the folder holds of checkpoints that are as they were, by name."""
    if not (out / RECORD).exists():
        if out.exists() and any(out.iterdir()):
            raise InfoplaneError(f"{out} holds something else; choose another folder with --out.")
        return {}
    earlier = read_json(out / RECORD)
    if earlier.get("options") != record["options"]:
        raise InfoplaneError(
            f"{out} holds estimates of other texts or options; choose another folder with --out."
        )
    planes = read_table(out / PLANES)
    found = {str(name): rows for name, rows in planes.groupby("checkpoint", sort=False)}
    kept = {name: rows for name, rows in found.items() if earlier["files"][name] == _files(name)}
    say(f"goes on: {len(kept)} checkpoints are there as they are now")
    if kept:
        record["tokens"] = earlier["tokens"]
    record["files"] = {name: earlier["files"][name] for name in kept}
    return kept


def _files(name: str) -> list[list[Any]]:
    """Return size and time of the files of a folder; of a name on the hub nothing."""
    folder = Path(name).expanduser()
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    stats = [(path.name, path.stat()) for path in paths if path.is_file()]
    return [[file, stat.st_size, stat.st_mtime_ns] for file, stat in stats]
