"""Read data of the user's own, whatever their form, as splits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from infoplane.data.own import arrays, columns, folders
from infoplane.data.own.raw import Raw
from infoplane.data.split import Split, clean_split
from infoplane.errors import InfoplaneError

FORMS = (
    "a folder of images by class (CLASS/*.png, or train/CLASS/*.png and test/CLASS/*.png), a "
    ".parquet or .csv file with a column of labels, or an .npz file of inputs and labels"
)


@dataclass(frozen=True)
class OwnData:
    """The parts of a data set, with what its classes and examples are called."""

    train: Split
    test: Split | None
    """None where the data have no such part."""
    names: tuple[str, ...]
    """Of the classes."""
    sources: tuple[str, ...]
    """Of the examples of train: files below the root; none where they have no names."""


def read_own(root: Path, *, size: int | None = None) -> OwnData:
    """Read the data at a path: pixels in [0, 1]; columns of numbers with mean 0 and variance 1.

    Args:
        root: a folder of images by class, a file of Parquet, CSV or NumPy, or a folder of
            train and test files of these.
        size: side of the square that images are brought to.

    Raises:
        InfoplaneError: where there are none, or they cannot be read as inputs with labels.
    """
    train, test = _parts(root.expanduser(), size)
    names, numbers = np.unique(
        train.labels if test is None else np.concatenate([train.labels, test.labels]),
        return_inverse=True,
    )
    if len(names) < 2:
        raise InfoplaneError(f"{root} has {len(names)} class of labels; give data of two or more.")
    if test is not None and train.inputs.shape[1:] != test.inputs.shape[1:]:
        raise InfoplaneError(
            f"examples of {root} are {_shape(train)} in train and {_shape(test)} in test; give "
            "both parts the same shape."
        )
    inputs = _tensors(train, test)
    y = torch.from_numpy(numbers.astype(np.int64)).split([len(x) for x in inputs])
    splits = [clean_split(x, labels, len(names)) for x, labels in zip(inputs, y, strict=True)]
    held_out = splits[1] if test is not None else None
    return OwnData(splits[0], held_out, tuple(map(str, names.tolist())), train.sources)


def _parts(root: Path, size: int | None) -> tuple[Raw, Raw | None]:
    if root.is_dir():
        files = {part: columns.files_of(root, part) for part in ("train", "test")}
        if files["train"]:
            held = columns.read(files["test"], size) if files["test"] else None
            return columns.read(files["train"], size), held
        if folders.has_classes(root):
            return folders.read(root, size)
    elif root.suffix in columns.SUFFIXES and root.is_file():
        return columns.read([root], size), None
    elif root.suffix == ".npz" and root.is_file():
        return arrays.read(root)
    what = "a folder without them" if root.is_dir() else "a file" if root.is_file() else "not there"
    raise InfoplaneError(f"{root} is {what}; give {FORMS}.")


def _shape(part: Raw) -> list[int]:
    return list(part.inputs.shape[1:])


def _tensors(train: Raw, test: Raw | None) -> list[Tensor]:
    """Return inputs as floats: images [n, c, h, w], rows of columns [n, d]."""
    parts = [train.inputs] if test is None else [train.inputs, test.inputs]
    if parts[0].ndim == 2:
        wide = [part.astype(np.float64) for part in parts]
        mean, std = wide[0].mean(axis=0), wide[0].std(axis=0)
        std = np.where(std > 0, std, 1)
        return [torch.from_numpy(((part - mean) / std).astype(np.float32)) for part in wide]
    return [_images(part) for part in parts]


def _images(pixels: np.ndarray) -> Tensor:
    """Return images with their channels first, bytes in [0, 1]."""
    if pixels.ndim == 3:
        pixels = pixels[..., None]
    x = torch.from_numpy(np.ascontiguousarray(pixels))
    x = x.float().div_(255) if pixels.dtype == np.uint8 else x.float()
    return x.permute(0, 3, 1, 2).contiguous() if pixels.ndim == 4 else x
