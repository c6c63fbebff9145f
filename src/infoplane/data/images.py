"""Image sets: scikit-learn's digits, local Parquet in the hub's layout, and the hub itself."""

from __future__ import annotations

import difflib
import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Int, UInt8

from infoplane.data.cache import cached
from infoplane.data.split import Split, clean_split
from infoplane.errors import InfoplaneError

HUB_IDS = {
    "mnist": "ylecun/mnist",
    "fashion-mnist": "zalando-datasets/fashion_mnist",
    "cifar10": "uoft-cs/cifar10",
}
KNOWN = ("digits", "12-bit", *HUB_IDS)
LABEL_COLUMNS = ("label", "labels", "fine_label")
PARTS = ("train", "test")

Arrays = tuple[UInt8[np.ndarray, "n h w c"], Int[np.ndarray, " n"]]


def digits(generator: torch.Generator) -> tuple[Split, Split]:
    """Return scikit-learn's 1,797 digits, 8 × 8 pixels in [0, 1]; a fifth of each class is test."""
    from sklearn.datasets import load_digits

    bunch: Any = load_digits()
    inputs = torch.from_numpy(bunch.images / 16).float()[:, None]
    whole = clean_split(inputs, torch.from_numpy(bunch.target), classes=10)
    test = torch.zeros(len(whole), dtype=torch.bool)
    for c in range(10):
        of_class = torch.nonzero(whole.labels == c).flatten()
        shuffled = of_class[torch.randperm(len(of_class), generator=generator)]
        test[shuffled[: len(of_class) // 5]] = True
    return whole.select(~test), whole.select(test)


def image_set(name: str, root: str | None) -> tuple[Split, Split]:
    """Return the train and test part of an image set, pixels in [0, 1], ``[n, c, h, w]``.

    Args:
        name: a known name, or the id of a set on the hub.
        root: a folder of Parquet files in the hub's layout; the hub (or its cache) without one.

    Raises:
        InfoplaneError: where the set is not found, or its files are not images with labels.
    """
    if root is None:
        arrays = [_from_hub(name, part) for part in PARTS]
    else:
        folder = _parquet_folder(name, Path(root))
        arrays = [_from_parquet(folder, part) for part in PARTS]
    classes = 1 + max(int(labels.max()) for _, labels in arrays)
    train, test = (
        clean_split(
            torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div_(255).contiguous(),
            torch.from_numpy(labels),
            classes,
        )
        for pixels, labels in arrays
    )
    return train, test


def _parquet_folder(name: str, root: Path) -> Path:
    """Return the folder under ``root`` that holds the Parquet files of both parts."""
    short = name.rsplit("/", 1)[-1]
    on_hub = HUB_IDS.get(name, name).rsplit("/", 1)[-1]
    tried = [root / a / b for a in ("", short, on_hub) for b in ("", "data", "plain_text", on_hub)]
    for folder in dict.fromkeys(tried):
        if all(_parquet_files(folder, part) for part in PARTS):
            return folder
    there = sorted(p.name for p in root.iterdir())[:5] if root.is_dir() else "no such folder"
    raise InfoplaneError(
        f"{name!r} was looked for as train-*.parquet and test-*.parquet in {root} and its folder "
        f"{short} (there: {there}); name the folder that holds them with --data-root."
    )


def _parquet_files(folder: Path, part: str) -> list[Path]:
    return sorted(folder.glob(f"{part}-*.parquet")) or sorted(folder.glob(f"{part}.parquet"))


def _from_parquet(folder: Path, part: str) -> Arrays:
    import pyarrow.parquet as pq

    files = _parquet_files(folder, part)
    stats = [(str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns) for f in files]

    def decode() -> Arrays:
        try:
            table = pa.concat_tables(pq.read_table(f) for f in files)
        except (OSError, pa.ArrowInvalid) as error:
            raise InfoplaneError(
                f"{files[0]} cannot be read as Parquet ({error}); download it again."
            ) from error
        return decode_images(table, str(folder))

    return cached(repr(stats), decode)


def _from_hub(name: str, part: str) -> Arrays:
    """Load from the hub or its local cache, and keep what was decoded."""
    if name not in HUB_IDS and "/" not in name:
        near = difflib.get_close_matches(name, KNOWN, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise InfoplaneError(
            f"no data set {name!r}{hint}; give one of: {', '.join(KNOWN)}, or the id of an image "
            "set on the hub, owner/name."
        )
    hub_id = HUB_IDS.get(name, name)

    def decode() -> Arrays:
        return decode_images(_hub_table(name, hub_id, part), hub_id)

    return cached(f"hub {hub_id} {part}", decode)


def _hub_table(name: str, hub_id: str, part: str) -> pa.Table:
    import datasets
    from datasets import config

    try:
        with offline_if_unreachable():
            loaded: Any = datasets.load_dataset(hub_id, split=part)
    except Exception as error:  # the hub's client raises many kinds, from many libraries
        raise InfoplaneError(
            f"{name!r} is neither at hand nor to be had: the hub's {hub_id!r} ({part}) was looked "
            f"for online and in the cache {config.HF_DATASETS_CACHE} "
            f"({type(error).__name__}); connect once, or give a folder with train-*.parquet and "
            "test-*.parquet by --data-root DIR (--data.root DIR in infoplane run)."
        ) from error
    return loaded.with_format("arrow")[:]


@contextmanager
def offline_if_unreachable() -> Iterator[None]:
    """Ask only the cache where the hub's name cannot be resolved: its client would try for long."""
    from datasets import config
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE, config.HF_HUB_OFFLINE
    try:
        socket.getaddrinfo(urlsplit(constants.ENDPOINT).hostname, 443)
    except OSError:
        constants.HF_HUB_OFFLINE = config.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE, config.HF_HUB_OFFLINE = before


def decode_images(table: pa.Table, where: str) -> Arrays:
    """Return pixels ``[n, h, w, c]`` and labels ``[n]`` of a table of encoded images.

    Raises:
        InfoplaneError: where there is not one image column and one label column, an image cannot
            be decoded, or sizes differ.
    """
    from PIL import Image, UnidentifiedImageError

    image, label = _columns(table, where)
    pixels = []
    for i, value in enumerate(table[image].combine_chunks().field("bytes")):
        try:
            with Image.open(io.BytesIO(value.as_py())) as picture:
                mode = "L" if picture.mode in ("1", "L", "I;16") else "RGB"
                pixels.append(np.asarray(picture.convert(mode)))
        except (UnidentifiedImageError, OSError, TypeError) as error:
            raise InfoplaneError(
                f"image {i} of {where} cannot be decoded; download the file again."
            ) from error
    shapes = {p.shape for p in pixels}
    if len(shapes) != 1:
        raise InfoplaneError(
            f"images of {where} have {len(shapes)} different shapes; infoplane needs one size: "
            "resize them first."
        )
    stacked = np.stack(pixels)
    stacked = stacked[..., None] if stacked.ndim == 3 else stacked
    return stacked, table[label].to_numpy().astype(np.int64)


def _columns(table: pa.Table, where: str) -> tuple[str, str]:
    """Find the column of encoded images and the one of labels."""
    kinds = {field.name: field.type for field in table.schema}
    pictures = [
        name
        for name, kind in kinds.items()
        if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0
    ]
    labels = [name for name in LABEL_COLUMNS if name in kinds and pa.types.is_integer(kinds[name])]
    if len(pictures) != 1 or not labels:
        raise InfoplaneError(
            f"{where} has columns {list(kinds)}; infoplane needs one column of images and one of "
            f"integer labels named {' or '.join(LABEL_COLUMNS)}."
        )
    return pictures[0], labels[0]
