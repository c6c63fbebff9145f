"""Image sets as splits: scikit-learn's digits, local Parquet, and the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from infoplane.data.hub import hub_part
from infoplane.data.image_decoding import Arrays
from infoplane.data.parquet import PARTS, parquet_folder, parquet_part
from infoplane.data.split import Split, clean_split, without_fifth


def digits(generator: torch.Generator) -> tuple[Split, Split]:
    """Return scikit-learn's 1,797 digits, 8 × 8 pixels in [0, 1]; a fifth of each class is test."""
    from sklearn.datasets import load_digits

    bunch: Any = load_digits()
    inputs = torch.from_numpy(bunch.images / 16).float()[:, None]
    whole = clean_split(inputs, torch.from_numpy(bunch.target), classes=10)
    return without_fifth(whole, generator)


def image_set(name: str, root: str | None) -> tuple[Split, Split]:
    """Return the train and test part of an image set, pixels in [0, 1], ``[n, c, h, w]``.

    Args:
        name: a known name, or the id of a set on the hub.
        root: a folder of Parquet files in the hub's layout; the hub (or its cache) without one.

    Raises:
        InfoplaneError: where the set is not found, or its files are not images with labels.
    """
    if root is None:
        parts = [hub_part(name, part) for part in PARTS]
    else:
        folder = parquet_folder(name, Path(root).expanduser())
        parts = [parquet_part(folder, part) for part in PARTS]
    classes = 1 + max(int(labels.max()) for _, labels in parts)
    train, test = (_split(part, classes) for part in parts)
    return train, test


def _split(arrays: Arrays, classes: int) -> Split:
    pixels, labels = arrays
    inputs = torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div_(255).contiguous()
    return clean_split(inputs, torch.from_numpy(labels), classes)
