"""Labels in a file: one a sample, as numbers or text."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from infoplane.errors import InfoplaneError
from infoplane.saved_activations.arrays import readable

SUFFIXES = (".npy", ".npz", ".safetensors", ".parquet", ".csv", ".txt")
USUAL = ("labels", "label", "y", "targets", "target")


def read_labels(text: str) -> np.ndarray:
    """Return the labels that FILE or FILE:KEY holds [n], or one-hot rows.

    Raises:
        InfoplaneError: where the file cannot be read, or which array or column is meant is not
            plain.
    """
    path, key = _split(text)
    if not path.is_file():
        raise InfoplaneError(f"the labels {text} are not there; give FILE, or FILE:KEY.")
    with readable(path):
        match path.suffix:
            case ".npy":
                return np.load(path, allow_pickle=False)
            case ".txt":
                return np.array(path.read_text(encoding="utf-8").split("\n")[: _lines(path)])
            case ".npz":
                with np.load(path, allow_pickle=False) as file:
                    return file[_chosen(list(file), key, path)]
            case ".safetensors":
                from safetensors import safe_open

                with safe_open(path, "pt") as file:
                    name = _chosen(list(file.keys()), key, path)
                    return file.get_tensor(name).numpy()
            case ".parquet" | ".csv":
                return _column(path, key)
    raise InfoplaneError(f"{path} is of no known kind; give one of: {', '.join(SUFFIXES)}.")


def _split(text: str) -> tuple[Path, str | None]:
    path = Path(text).expanduser()
    if path.is_file() or ":" not in text:
        return path, None
    file, _, key = text.rpartition(":")
    return Path(file).expanduser(), key


def _lines(path: Path) -> int:
    text = path.read_text(encoding="utf-8")
    return text.count("\n") + (not text.endswith("\n"))


def _column(path: Path, key: str | None) -> np.ndarray:
    import pandas as pd

    if path.suffix == ".csv":
        frame = pd.read_csv(path)
        return frame[_chosen([str(c) for c in frame.columns], key, path)].to_numpy()
    import pyarrow.parquet as pq

    name = _chosen(list(pq.read_schema(path).names), key, path)
    return pd.read_parquet(path, columns=[name])[name].to_numpy()


def _chosen(names: list[str], key: str | None, path: Path) -> str:
    if key is not None and key in names:
        return key
    usual = [name for name in USUAL if name in names]
    if key is None and (usual or len(names) == 1):
        return (usual or names)[0]
    asked = "" if key is None else f", not {key!r}"
    raise InfoplaneError(
        f"{path} holds {', '.join(names[:10]) or 'nothing'}{asked}; say which are the labels as "
        f"{path.name}:KEY."
    )
