"""Read an image set from local Parquet files in the layout of the hub."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from infoplane.data.cache import cached
from infoplane.data.image_decoding import Arrays, decode_images
from infoplane.data.names import HUB_IDS
from infoplane.errors import InfoplaneError

PARTS = ("train", "test")


def parquet_folder(name: str, root: Path) -> Path:
    """Return the folder of both parts: ``root``, or its folder named so, or data/ in either.

    Raises:
        InfoplaneError: where none holds train-*.parquet and test-*.parquet.
    """
    short = name.rsplit("/", 1)[-1]
    on_hub = HUB_IDS.get(name, name).rsplit("/", 1)[-1]
    tried = [root / a / b for a in ("", short, on_hub) for b in ("", "data", "plain_text", on_hub)]
    for folder in dict.fromkeys(tried):
        if all(_files(folder, part) for part in PARTS):
            return folder
    there = sorted(p.name for p in root.iterdir())[:5] if root.is_dir() else "no such folder"
    raise InfoplaneError(
        f"{name!r} was looked for as train-*.parquet and test-*.parquet in {root} and its folder "
        f"{short} (there: {there}); name the folder that holds them with --data-root."
    )


def parquet_part(folder: Path, part: str) -> Arrays:
    """Return pixels and labels of a part, decoded once for each state of its files."""
    files = _files(folder, part)
    stats = [(str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    return cached(repr(stats), lambda: decode_images(_table(files), str(folder)))


def _files(folder: Path, part: str) -> list[Path]:
    return sorted(folder.glob(f"{part}-*.parquet")) or sorted(folder.glob(f"{part}.parquet"))


def _table(files: list[Path]) -> pa.Table:
    tables = [_read(file) for file in files]
    try:
        return pa.concat_tables(tables)
    except pa.ArrowInvalid as error:
        raise InfoplaneError(
            f"{files[0].name} and the files after it in {files[0].parent} have different columns; "
            "keep the files of one data set there."
        ) from error


def _read(path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            return file.read()
    except (OSError, pa.ArrowException) as error:
        raise InfoplaneError(
            f"{path} cannot be read as Parquet ({error}); download it again."
        ) from error
