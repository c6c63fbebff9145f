"""Load the two parts of a data set as a configuration asks for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import torch

from infoplane import seeds
from infoplane.data import images, twelve_bit
from infoplane.data.config import DataConfig
from infoplane.data.labels import corrupt
from infoplane.data.names import known_names
from infoplane.data.own.data import OwnData, read_own
from infoplane.data.pixels import prepare
from infoplane.data.split import Split, balanced_subset, clean_split, without_fifth
from infoplane.errors import InfoplaneError

__all__ = ["fingerprint", "known_names", "load", "load_each"]

Read = Callable[[str, str | None], tuple[Split, Split]]
ReadOwn = Callable[[str | None, int | None], OwnData]

TWELVE_BIT_SHARE = 0.8  # of the patterns are for training, as in the published code


def load(config: DataConfig, seed: int) -> tuple[Split, Split]:
    """Return the training and the test part.

    Subsets are seeded and class-balanced (of the 12-bit task: a plain random part, the test part
    being the rest); images of both parts are cropped, their pixels corrupted, then whitened; only
    training labels are corrupted, and the true ones stay beside them.

    Raises:
        InfoplaneError: where the data cannot be found, are smaller than asked for, or have another
            number of classes than the transition matrix.
    """
    return load_each([(config, seed)])[0]


def load_each(asked: Sequence[tuple[DataConfig, int]]) -> list[tuple[Split, Split]]:
    """Return the two parts of each configuration and seed, as ``load``.

    An image set is read once, and those that differ in label noise alone share their inputs.
    """
    read_image_set = cache(images.image_set)
    read_user_data = cache(lambda root, size: read_own(Path(root), size=size))
    drawn = cache(lambda config, seed: _drawn(config, seed, read_image_set, read_user_data))
    parts = []
    for config, seed in asked:
        train, test = drawn(replace(config, labels="true", rate=1.0, transition=()), seed)
        seen = corrupt(
            train.labels,
            config.labels,
            rate=config.rate,
            classes=train.classes,
            generator=seeds.generator(seed, "label corruption"),
            transition=config.transition,
        )
        parts.append((train.with_seen_labels(seen), test))
    return parts


def _drawn(
    config: DataConfig, seed: int, read_image_set: Read, read_user_data: ReadOwn
) -> tuple[Split, Split]:
    """Return both parts on true labels."""
    if config.name == "12-bit":
        return _twelve_bit(config, seed)
    if config.name == "digits":
        parts = images.digits(seeds.generator(seed, "digits split"))
    elif config.own:
        data = read_user_data(config.root, config.size)
        whole, held_out = data.train, seeds.generator(seed, "test part")
        parts = without_fifth(whole, held_out) if data.test is None else (whole, data.test)
    else:
        parts = read_image_set(config.name, config.root)
    sizes = {"train": config.train_size, "test": config.test_size}
    train, test = (
        part
        if size is None
        else balanced_subset(part, size, seeds.generator(seed, "data subset", i))
        for i, (part, size) in enumerate(zip(parts, sizes.values(), strict=True))
    )
    inputs = prepare(train.inputs, test.inputs, config, seed)
    return replace(train, inputs=inputs[0]), replace(test, inputs=inputs[1])


def _twelve_bit(config: DataConfig, seed: int) -> tuple[Split, Split]:
    if config.stochastic_labels:
        y = twelve_bit.stochastic_labels(seeds.generator(seed, "stochastic labels"))
    else:
        y = twelve_bit.labels()
    whole = clean_split(twelve_bit.patterns(), y, classes=2)
    n = len(whole)
    train_size = int(TWELVE_BIT_SHARE * n) if config.train_size is None else config.train_size
    test_size = n - train_size if config.test_size is None else config.test_size
    if train_size > n or train_size + test_size > n:
        raise InfoplaneError(
            f"{train_size} patterns for training and {max(test_size, 0)} for testing were asked "
            f"of {n}; ask for fewer."
        )
    order = torch.randperm(n, generator=seeds.generator(seed, "data subset"))
    train, test = order[:train_size], order[train_size : train_size + test_size]
    return whole.select(train.sort().values), whole.select(test.sort().values)


def fingerprint(*splits: Split) -> str:
    """Return the SHA-256 of everything in the splits: inputs, both labels, ids."""
    digest = hashlib.sha256()
    for split in splits:
        for values in (split.inputs, split.labels, split.seen_labels, split.ids):
            digest.update(values.contiguous().numpy().reshape(-1).data)  # inputs are not copied
    return digest.hexdigest()
