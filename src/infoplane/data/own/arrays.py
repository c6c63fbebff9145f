"""Inputs and labels in an .npz file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from infoplane.data.own.raw import Raw, as_inputs, as_labels
from infoplane.errors import InfoplaneError

WHOLE = (("x", "inputs", "images", "data", "features", "X"), ("y", "labels", "label", "targets"))
PAIRS = (("x_{}", "y_{}"), ("X_{}", "y_{}"), ("{}_images", "{}_labels"), ("{}_inputs", "{}_labels"))


def read(path: Path) -> tuple[Raw, Raw | None]:
    """Return train and test of a file; nothing in it is executed.

    Raises:
        InfoplaneError: where it is damaged, or lacks inputs or labels.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            names = list(archive)
            of_train = _keys(names, "train", path)
            train = _part(archive, of_train, path)
            of_test = next((p for p in _pairs("test") if set(p) <= set(names)), None)
            return train, None if of_test is None else _part(archive, of_test, path)
    except InfoplaneError:
        raise
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise InfoplaneError(
            f"{path} cannot be read ({error}); write it with numpy.savez, arrays of numbers only."
        ) from error


def _pairs(part: str) -> list[tuple[str, str]]:
    return [(x.format(part), y.format(part)) for x, y in PAIRS]


def _keys(names: list[str], part: str, path: Path) -> tuple[str, str]:
    for pair in _pairs(part):
        if set(pair) <= set(names):
            return pair
    x, y = (next((name for name in kind if name in names), None) for kind in WHOLE)
    if x is None or y is None:
        raise InfoplaneError(
            f"{path} holds {', '.join(names) or 'nothing'}; give inputs and labels as x and y, or "
            "x_train, y_train, x_test and y_test."
        )
    return x, y


def _part(archive: np.lib.npyio.NpzFile, keys: tuple[str, str], path: Path) -> Raw:
    where = f"{path} ({keys[0]}, {keys[1]})"
    part = Raw(as_inputs(archive[keys[0]], where), as_labels(archive[keys[1]], where))
    if len(part.inputs) != len(part.labels):
        raise InfoplaneError(
            f"{where} holds {len(part.inputs)} inputs and {len(part.labels)} labels; give one for "
            "each."
        )
    return part
