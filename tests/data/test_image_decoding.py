"""Tables of encoded images become pixels and labels, or one clear sentence."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pictures import RANDOM, encoded

from infoplane.data.image_decoding import decode_image, decode_images
from infoplane.errors import InfoplaneError

GREY = RANDOM.integers(0, 256, (3, 3, 5), dtype=np.uint8)
COLOUR = RANDOM.integers(0, 256, (3, 3, 5, 3), dtype=np.uint8)
PICTURES = [encoded(p) for p in GREY]
DEEP = encoded(np.array([[0, 256, 40_000, 65_535]], dtype=np.uint16))
EMPTY = pa.array([], type=pa.struct([("bytes", pa.binary()), ("path", pa.string())]))


@pytest.mark.parametrize("pixels", [GREY[..., None], COLOUR])
def test_pixels_are_those_of_the_pictures(pixels: np.ndarray) -> None:
    table = pa.table({"image": [encoded(p.squeeze()) for p in pixels], "label": [1, 0, 2]})
    got, labels = decode_images(table, "here")
    np.testing.assert_array_equal(got, pixels, strict=True)
    assert labels.tolist() == [1, 0, 2]


def test_jpeg_is_close() -> None:
    smooth = np.add.outer(np.arange(16), np.arange(16)).astype(np.uint8) * 8
    got, _ = decode_images(pa.table({"img": [encoded(smooth, "JPEG")], "labels": [0]}), "here")
    assert np.abs(got[0, :, :, 0].astype(int) - smooth).max() < 8


def test_grey_among_colour_becomes_colour() -> None:
    table = pa.table({"image": [PICTURES[0], encoded(COLOUR[1])], "fine_label": [0, 1]})
    got, _ = decode_images(table, "here")
    np.testing.assert_array_equal(got[0], GREY[0][..., None].repeat(3, axis=2))
    np.testing.assert_array_equal(got[1], COLOUR[1])


def test_chunks_and_slices_keep_their_order() -> None:
    one = pa.table({"image": PICTURES, "label": [0, 1, 2]})
    table = pa.concat_tables([one.slice(1, 2), one.slice(0, 1)])
    got, labels = decode_images(table, "here")
    np.testing.assert_array_equal(got[..., 0], GREY[[1, 2, 0]])
    assert labels.tolist() == [1, 2, 0]


def test_damaged_pictures_end_in_one_sentence() -> None:
    whole = PICTURES[0]["bytes"]
    for i in range(len(whole)):
        bad = {"bytes": whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :], "path": None}
        try:
            decode_images(pa.table({"image": [bad], "label": [0]}), "here")
        except InfoplaneError as error:
            assert "image 0 of here" in str(error)  # noqa: PT017 - many a flip does no harm


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"image": [1], "label": [0]}, r"columns \['image', 'label'\], of images \[\]"),
        ({"image": PICTURES[:1], "colour": [1]}, r"of labels \[\]; infoplane needs one column"),
        ({"image": PICTURES[:1], "label": ["cat"]}, r"of labels \[\]; infoplane needs one column"),
        (
            {"image": PICTURES[:1], "img": PICTURES[:1], "label": [0]},
            r"of images \['image', 'img'\]",
        ),
        (
            {"image": PICTURES[:1], "label": [0], "fine_label": [7]},
            r"of labels \['label', 'fine_label'\]",
        ),
        ({"image": PICTURES, "label": [0, None, 2]}, "1 of 3 examples of here have no label"),
        ({"image": PICTURES, "label": [-1, -1, -1]}, "3 of 3 examples of here have no label"),
        ({"image": EMPTY, "label": pa.array([], pa.int64())}, "here has a part without examples"),
        ({"image": [{"bytes": b"no", "path": ""}], "label": [0]}, "image 0 of here cannot be dec"),
        ({"image": [PICTURES[0], None], "label": [0, 1]}, "image 1 of here cannot be decoded"),
        ({"image": [DEEP], "label": [0]}, "image 0 of here has more than 8 bits"),
        (
            {"image": [PICTURES[0], encoded(np.zeros((2, 2), np.uint8))], "label": [0, 1]},
            "have 2 different shapes; infoplane needs one size",
        ),
    ],
)
def test_refusals(columns: dict, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        decode_images(pa.table(columns), "here")


def test_an_image_that_claims_too_many_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file may hold a large image: it is refused by its header, before it is decoded."""
    import io

    from PIL import Image

    small = io.BytesIO()
    Image.new("1", (9000, 9000)).save(small, "PNG")
    assert len(small.getvalue()) < 50_000
    with pytest.raises(InfoplaneError, match=r"has 9000 × 9000 pixels, more than .*; make it smal"):
        decode_image(small.getvalue(), "image 0")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10**6)
    with pytest.raises(
        InfoplaneError, match="image 0 has more than the 67,108,864 pixels that are"
    ):
        decode_image(small.getvalue(), "image 0")
