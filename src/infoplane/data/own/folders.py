"""Images in folders by class."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from infoplane.data.cache import cached
from infoplane.data.own.pictures import decode_files
from infoplane.data.own.raw import Raw
from infoplane.errors import InfoplaneError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
TRAIN, TEST = ("train", "training"), ("test", "val", "valid", "validation")


def has_classes(root: Path) -> bool:
    """Whether there are images in folders of a folder, or in those of its train folder."""
    return any(next(_files(folder), None) for folder in _folders(_part(root, TRAIN) or root))


def read(root: Path, size: int | None) -> tuple[Raw, Raw | None]:
    """Return train and test; all is train where there is no folder of that name.

    Raises:
        InfoplaneError: where an image cannot be decoded, or sizes differ and none is asked for.
    """
    train, test = _part(root, TRAIN), _part(root, TEST)
    if train is None:
        return _read(root, root, size), None
    return _read(train, root, size), None if test is None else _read(test, root, size)


def _part(root: Path, names: tuple[str, ...]) -> Path | None:
    return next((root / name for name in names if (root / name).is_dir()), None)


def _folders(root: Path) -> list[Path]:
    return sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))


def _files(folder: Path) -> Iterator[Path]:
    """Yield the images of a folder and what it holds; links are not followed out of it."""
    inside = folder.resolve()
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.resolve().is_relative_to(inside):
            yield path


def _read(part: Path, root: Path, size: int | None) -> Raw:
    named_files = [(folder.name, path) for folder in _folders(part) for path in _files(folder)]
    if not named_files:
        raise InfoplaneError(f"{part} holds no images in folders of classes; give CLASS/*.png.")
    names, files = zip(*named_files, strict=True)
    stats = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    classes, numbers = np.unique(names, return_inverse=True)
    pixels, labels = cached(
        f"folder {size} {stats!r}", lambda: (decode_files(files, size), numbers.astype(np.int64))
    )
    return Raw(pixels, classes[labels], tuple(str(path.relative_to(root)) for path in files))
