"""Inputs and labels in the columns of Parquet and CSV files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from infoplane.data.cache import cached
from infoplane.data.own.folders import SUFFIXES as IMAGES
from infoplane.data.own.pictures import decode_files, decode_values
from infoplane.data.own.raw import Raw, as_inputs, as_labels
from infoplane.errors import InfoplaneError

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".parquet", ".csv")
LABELS = ("label", "labels", "fine_label", "class", "target", "y", "category")
IDS = ("id", "index", "idx")


def files_of(root: Path, part: str) -> list[Path]:
    """Return the files of a part of a folder: train.csv, or train-00000-of-00001.parquet …"""
    for folder in (root, root / "data"):
        for suffix in SUFFIXES:
            files = [*folder.glob(f"{part}-*{suffix}"), *folder.glob(f"{part}{suffix}")]
            if files:
                return sorted(files)
    return []


def read(files: Sequence[Path], size: int | None) -> Raw:
    """Return inputs and labels of the rows of one or several files.

    Inputs are the one column of images (bytes, or paths below the file's folder), or else all
    columns of numbers but the labels and ``id``.

    Raises:
        InfoplaneError: where they cannot be read, or what is input and label is not plain.
    """
    where = str(files[0])
    frame = _frame(files)
    label = next((name for name in LABELS if name in frame), None)
    if label is None or len(frame) == 0:
        raise InfoplaneError(
            f"{where} has {len(frame)} rows of columns {', '.join(map(str, frame.columns))}; give "
            f"rows with labels in a column named {', '.join(LABELS[:-1])} or {LABELS[-1]}."
        )
    labels = as_labels(_named(frame, label, files), where)
    rest = frame.drop(columns=[label])
    pictures = [name for name in rest if _holds_images(rest[name])]
    if len(pictures) > 1:
        raise InfoplaneError(f"{where} has images in columns {pictures}; keep one of them.")
    if pictures:
        values = list(rest[pictures[0]])
        return _images(values, labels, files, size)
    return Raw(as_inputs(_numbers(rest, where), where), labels)


def _frame(files: Sequence[Path]) -> pd.DataFrame:
    import pandas as pd

    frames = []
    for path in files:
        try:
            reader = pd.read_csv if path.suffix == ".csv" else pd.read_parquet
            frames.append(reader(path))
        except (OSError, ValueError) as error:  # pyarrow's errors are both
            raise InfoplaneError(
                f"{path} cannot be read ({error}); write it again, or download it again."
            ) from error
    if len({tuple(frame.columns) for frame in frames}) > 1:
        raise InfoplaneError(
            f"{files[0]} and the files after it have different columns; keep the files of one "
            "data set there."
        )
    return pd.concat(frames, ignore_index=True)


def _named(frame: pd.DataFrame, label: str, files: Sequence[Path]) -> np.ndarray:
    """Return labels, by the names of their classes where the file has them."""
    values = frame[label].to_numpy()
    names = _class_names(files[0], label)
    valid = values.dtype.kind in "iu" and names and 0 <= values.min() <= values.max() < len(names)
    return np.array(names)[values] if valid and len(set(names)) == len(names) else values


def _class_names(path: Path, label: str) -> list[str]:
    """Return the names of the classes that the hub's client has written into a Parquet file."""
    import json

    import pyarrow.parquet as pq

    if path.suffix != ".parquet":
        return []
    try:
        metadata = (pq.read_schema(path).metadata or {}).get(b"huggingface", b"{}")
        feature = json.loads(metadata)["info"]["features"][label]
        return [str(name) for name in feature.get("names", [])]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _holds_images(column: pd.Series) -> bool:
    first = column.iloc[0]
    if isinstance(first, dict):
        return "bytes" in first
    return isinstance(first, bytes) or (isinstance(first, str) and first.lower().endswith(IMAGES))


def _images(
    values: list[object], labels: np.ndarray, files: Sequence[Path], size: int | None
) -> Raw:
    if isinstance(values[0], str):
        paths = [_inside(files[0].parent, str(value)) for value in values]
        return Raw(decode_files(paths, size), labels, tuple(map(str, values)))
    stats = [(str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    nothing = np.zeros(0, dtype=np.int64)
    pixels, _ = cached(
        f"own {size} {stats!r}", lambda: (decode_values(values, str(files[0]), size), nothing)
    )
    return Raw(pixels, labels)


def _inside(folder: Path, name: str) -> Path:
    """Return the path of an image, which has to lie below the folder of the table that names it."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise InfoplaneError(
            f"the image {name!r} is no file below {folder}; give paths relative to the table."
        )
    return path


def _numbers(frame: pd.DataFrame, where: str) -> np.ndarray:
    import pandas as pd

    columns = [n for n in frame if str(n) not in IDS and not str(n).startswith("Unnamed: ")]
    text = [str(n) for n in columns if not pd.api.types.is_numeric_dtype(frame[n])]
    if text or not columns:
        raise InfoplaneError(
            f"{where} has {'columns ' + ', '.join(text[:5]) if text else 'no columns'} that are "
            "no numbers beside the labels; give a column of images, or numbers alone."
        )
    return frame[columns].to_numpy(dtype=np.float64, na_value=np.nan)
