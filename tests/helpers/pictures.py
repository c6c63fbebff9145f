"""Small image sets for tests."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

RANDOM = np.random.default_rng(0)


def encoded(pixels: np.ndarray, kind: str = "PNG") -> dict:
    """Return a picture as the hub keeps it."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=kind)
    return {"bytes": buffer.getvalue(), "path": None}


def write_parquet(folder: Path, *, n: int = 20, image: str = "image", label: str = "label") -> Path:
    """Write a small image set in the hub's layout, two files for the training part."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"):
        pictures = RANDOM.integers(0, 256, (n, 4, 4, 3), dtype=np.uint8)
        columns = {image: [encoded(p) for p in pictures], label: np.arange(n) % 4}
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder
