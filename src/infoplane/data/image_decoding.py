"""Decode a table of encoded images into arrays of pixels and labels."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Int, UInt8

from infoplane.errors import InfoplaneError

LABEL_COLUMNS = ("label", "labels", "fine_label")
GREY_MODES = ("1", "L")
MOST_PIXELS = 2**26  # of one image, 67 million; a small file may claim to hold far more
DEEP_MODES = ("I", "F")  # and those that begin so: more than 8 bits, which Pillow would clip

Arrays = tuple[UInt8[np.ndarray, "n h w c"], Int[np.ndarray, " n"]]


def decode_images(table: pa.Table, where: str) -> Arrays:
    """Return pixels ``[n, h, w, c]`` and labels ``[n]`` of a table of encoded images.

    Pixels are 8-bit; grey where all images are, else red, green and blue.

    Args:
        table: one column of images, as the hub keeps them (struct of bytes and path), and one of
            integer labels.
        where: what errors call the table.

    Raises:
        InfoplaneError: where there is not one column of either kind, an image cannot be decoded
            or has more than 8 bits, sizes differ, or a label is missing.
    """
    image, label = _columns(table, where)
    labels = _labels(table[label], where)
    encoded = [value for chunk in table[image].chunks for value in chunk.field("bytes")]
    pixels = [
        decode_image(value.as_py(), f"image {i} of {where}") for i, value in enumerate(encoded)
    ]
    channels = max(p.shape[2] for p in pixels)
    pixels = [p if p.shape[2] == channels else np.repeat(p, channels, axis=2) for p in pixels]
    sizes = {p.shape[:2] for p in pixels}
    if len(sizes) > 1:
        raise InfoplaneError(
            f"images of {where} have {len(sizes)} different shapes; infoplane needs one size: "
            "resize them first."
        )
    return np.stack(pixels), labels


def decode_image(encoded: bytes | None, what: str) -> UInt8[np.ndarray, "h w c"]:
    """Return the pixels of an encoded image: one channel of a grey one, else three.

    Raises:
        InfoplaneError: where it cannot be decoded, has more than 8 bits a pixel, or is larger than
            ``MOST_PIXELS``, which is known before it is decoded.
    """
    from PIL import Image

    try:
        with _opened(encoded or b"") as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise InfoplaneError(
                    f"{what} has {picture.width} × {picture.height} pixels, more than the "
                    f"{MOST_PIXELS:,} that are decoded; make it smaller."
                )
            mode = picture.mode
            wanted = "L" if mode in GREY_MODES else "RGB"
            pixels = np.asarray(picture.convert(wanted))
    except InfoplaneError:
        raise
    except Image.DecompressionBombError as error:  # Pillow's own limit, which is larger
        raise InfoplaneError(
            f"{what} has more than the {MOST_PIXELS:,} pixels that are decoded; make it smaller."
        ) from error
    except Exception as error:  # Pillow raises many kinds on damaged bytes, SyntaxError too
        raise InfoplaneError(f"{what} cannot be decoded; download the file again.") from error
    if mode.startswith(DEEP_MODES):
        raise InfoplaneError(
            f"{what} has more than 8 bits a pixel (mode {mode}); convert the images to 8 bits."
        )
    return pixels.reshape(*pixels.shape[:2], -1)


@contextmanager
def _opened(encoded: bytes) -> Iterator[Any]:
    """Open an image without Pillow's own warning of large ones, as another limit holds here."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(encoded)) as picture:
            yield picture


def _labels(column: pa.ChunkedArray, where: str) -> Int[np.ndarray, " n"]:
    """Return the labels, all of them there: the hub writes -1 where it hides them."""
    if len(column) == 0:
        raise InfoplaneError(f"{where} has a part without examples; give at least one.")
    labels = column.cast(pa.int64()).fill_null(-1).to_numpy().copy()  # Arrow's own is read-only
    if missing := int((labels < 0).sum()):
        raise InfoplaneError(
            f"{missing} of {len(labels)} examples of {where} have no label (null or below 0); "
            "give a labelled part."
        )
    return labels


def _columns(table: pa.Table, where: str) -> tuple[str, str]:
    """Find the column of encoded images and the one of labels."""
    kinds = {field.name: field.type for field in table.schema}
    pictures = [
        name
        for name, kind in kinds.items()
        if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0
    ]
    labels = [name for name in LABEL_COLUMNS if name in kinds and pa.types.is_integer(kinds[name])]
    if len(pictures) != 1 or len(labels) != 1:
        raise InfoplaneError(
            f"{where} has columns {list(kinds)}, of images {pictures} and of labels {labels}; "
            "infoplane needs one column of images and one of integer labels named "
            f"{' or '.join(LABEL_COLUMNS)}."
        )
    return pictures[0], labels[0]
