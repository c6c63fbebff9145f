"""Arrays in files, of which rows are read when they are asked for: nothing is held whole."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from infoplane.errors import InfoplaneError

SUFFIXES = (".npy", ".npz", ".safetensors", ".parquet")
HELD = 1 << 26  # bytes of an array in an archive that is read whole; larger ones are unpacked


class SavedArray(ABC):
    """One array [n, …] in a file."""

    def __init__(self, path: Path, key: str | None, shape: tuple[int, ...]) -> None:
        self.path, self.key, self.shape = path, key, shape
        if len(shape) < 2 or 0 in shape:
            raise InfoplaneError(
                f"{self} has the shape {list(shape)}; give activations [n, units] or [n, …]."
            )

    def __len__(self) -> int:
        return self.shape[0]

    def __str__(self) -> str:
        return str(self.path) if self.key is None else f"{self.path} ({self.key})"

    def rows(self, index: Int[np.ndarray, " b"]) -> Tensor:
        """Return some rows as float32 or float64.

        Raises:
            InfoplaneError: where they cannot be read.
        """
        with readable(self.path):
            values = self._rows(index)
        wide = torch.float64 if values.dtype == torch.float64 else torch.float32
        return values.to(wide)

    @abstractmethod
    def _rows(self, index: Int[np.ndarray, " b"]) -> Tensor: ...


class _Mapped(SavedArray):
    """An array of NumPy that is held, or mapped into memory while rows of it are read."""

    def __init__(self, path: Path, key: str | None, stored: np.ndarray | Path) -> None:
        self.stored = stored
        values = self._values()
        if values.dtype.kind not in "biuf":
            raise InfoplaneError(
                f"{path}{'' if key is None else f' ({key})'} holds {values.dtype} values; give "
                "real numbers."
            )
        super().__init__(path, key, values.shape)

    def _values(self) -> np.ndarray:
        if isinstance(self.stored, Path):
            return np.load(self.stored, "r", allow_pickle=False)
        return self.stored

    def _rows(self, index: Int[np.ndarray, " b"]) -> Tensor:
        values = np.array(self._values()[index])
        wide = np.float64 if values.dtype.kind == "f" and values.dtype.itemsize > 4 else np.float32
        return torch.from_numpy(values.astype(wide, copy=False))


class _Sliced(SavedArray):
    """A tensor of a file of safetensors."""

    def _rows(self, index: Int[np.ndarray, " b"]) -> Tensor:
        from safetensors import safe_open

        with safe_open(self.path, "pt") as file:
            part = file.get_slice(self.key)
            low, high = int(index.min()), int(index.max()) + 1
            if high - low == len(index):
                return part[low:high][torch.from_numpy(index - low)]
            return torch.stack([part[int(i) : int(i) + 1][0] for i in index])


class _Columns(SavedArray):
    """Columns of numbers, or one of lists, of a Parquet file, by its groups of rows."""

    def __init__(
        self, path: Path, key: str | None, columns: list[str], groups: np.ndarray, width: int
    ) -> None:
        self.columns, self.ends = columns, np.cumsum(groups)
        super().__init__(path, key, (int(self.ends[-1]), width))

    def _rows(self, index: Int[np.ndarray, " b"]) -> Tensor:
        import pyarrow.parquet as pq

        group = np.searchsorted(self.ends, index, side="right")
        out = torch.empty(len(index), self.shape[1], dtype=torch.float64)
        with pq.ParquetFile(self.path) as file:
            for i in np.unique(group):
                of_group = np.flatnonzero(group == i)
                start = int(self.ends[i - 1]) if i else 0
                table = file.read_row_group(int(i), columns=self.columns)
                rows = table.take(index[of_group] - start)
                out[of_group] = torch.from_numpy(_numbers(rows, self.columns, str(self)))
        return out


def open_arrays(path: Path, unpacked: Path) -> dict[str | None, SavedArray]:
    """Return the arrays of a file by their keys; the one of an ``.npy`` file by None.

    Args:
        path: .npy (mapped), .npz, .safetensors, or .parquet: all columns of numbers together, or
            each column of lists alone.
        unpacked: a folder into which large arrays of an ``.npz`` file are unpacked.

    Raises:
        InfoplaneError: where it cannot be read, or holds no arrays of numbers.
    """
    with readable(path):
        match path.suffix:
            case ".npy":
                return {None: _Mapped(path, None, path)}
            case ".npz":
                return dict(_of_archive(path, unpacked))
            case ".safetensors":
                return _of_safetensors(path)
            case ".parquet":
                return _of_parquet(path)
    raise InfoplaneError(f"{path} is of no known kind; give one of: {', '.join(SUFFIXES)}.")


def _of_archive(path: Path, unpacked: Path) -> Iterator[tuple[str, SavedArray]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            key = member.filename.removesuffix(".npy")
            with archive.open(member) as file:
                if member.file_size <= HELD:
                    stored = np.lib.format.read_array(file, allow_pickle=False)
                else:
                    handle, name = tempfile.mkstemp(dir=unpacked, suffix=".npy")
                    stored = Path(name)
                    with os.fdopen(handle, "wb") as to:
                        shutil.copyfileobj(file, to, 1 << 24)
            yield key, _Mapped(path, key, stored)


def _of_safetensors(path: Path) -> dict[str | None, SavedArray]:
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        shapes = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
    return {key: _Sliced(path, key, shape) for key, shape in shapes.items()}


def _of_parquet(path: Path) -> dict[str | None, SavedArray]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        meta, schema = file.metadata, file.schema_arrow
        groups = np.array([meta.row_group(i).num_rows for i in range(meta.num_row_groups)], int)
        if not len(groups):
            raise InfoplaneError(f"{path} has no rows; give activations of one sample or more.")
        first = file.read_row_group(0).slice(0, 1)
    numbers = [
        f.name for f in schema if pa.types.is_floating(f.type) or pa.types.is_integer(f.type)
    ]
    kinds = (pa.types.is_list, pa.types.is_fixed_size_list, pa.types.is_large_list)
    lists = [f.name for f in schema if any(is_kind(f.type) for is_kind in kinds)]
    arrays: dict[str | None, SavedArray] = {
        name: _Columns(path, name, [name], groups, len(first[name][0])) for name in lists
    }
    if numbers and not lists:
        arrays[None] = _Columns(path, None, numbers, groups, len(numbers))
    if not arrays:
        raise InfoplaneError(f"{path} has no columns of numbers or of lists of numbers.")
    return arrays


def _numbers(rows: Any, columns: list[str], where: str) -> np.ndarray:
    if len(columns) > 1 or rows[columns[0]].type.num_fields == 0:
        return np.column_stack([rows[name].to_numpy().astype(np.float64) for name in columns])
    values = rows[columns[0]].to_pylist()
    if len({len(value) if value is not None else -1 for value in values}) > 1:
        raise InfoplaneError(f"{where} has lists of different lengths; give as many units to each.")
    return np.asarray(values, dtype=np.float64)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say in one sentence that a file cannot be read."""
    try:
        yield
    except InfoplaneError:
        raise
    except Exception as error:  # of NumPy, zipfile, pyarrow and safetensors: many kinds
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InfoplaneError(
            f"{path} cannot be read ({first}); write it again, arrays of numbers only."
        ) from error
