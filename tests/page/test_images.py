"""Images of examples in a page: the right one for each, small, and said where there is none."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from infoplane.errors import InfoplaneError
from infoplane.page import write_report
from infoplane.page.images import SIDE, data_urls

from .run_folders import unpacked


def seen(url: str) -> np.ndarray:
    """Return the pixels of a data URL."""
    return np.asarray(Image.open(BytesIO(base64.b64decode(url.split(",")[1]))))


def test_grey_images_are_exact() -> None:
    images = np.random.default_rng(0).uniform(size=(3, 8, 8))
    urls = data_urls(images, [2, -1, 0])
    assert urls[1] is None
    for url, image in ((urls[0], images[2]), (urls[2], images[0])):
        assert (seen(url) == np.round(image * 255)).all()


def test_large_ones_and_those_in_colour_are_small() -> None:
    images = np.random.default_rng(0).uniform(size=(1, 96, 64, 3))
    (url,) = data_urls(images, [0])
    assert url is not None
    assert url.startswith("data:image/webp;base64,")
    assert seen(url).shape == (SIDE, round(SIDE * 64 / 96), 3)
    assert len(url) < 4000


def test_no_more_than_the_budget() -> None:
    images = np.random.default_rng(0).uniform(size=(9, 8, 8))
    urls = data_urls(images, range(9), budget=500)
    held = [url is not None for url in urls]
    assert held == sorted(held, reverse=True)
    assert 1 < sum(held) < 9


def test_each_example_has_its_own_image(run: Path, tables, read) -> None:
    first = tables["examples"][tables["examples"].member == 0]
    images = np.zeros((len(first), 8, 8))
    images[:, 0, 0] = first.id.to_numpy() % 256 / 255
    asked = []

    def inputs_of(config, path):
        asked.append((config.members, path.name))
        return images

    page = read(write_report([run], inputs_of=inputs_of))
    assert asked == [(2, run.name)]
    rows = unpacked(page["runs"][0]["examples"]["table"])
    assert [int(seen(url)[0, 0]) for url in rows.image] == [i % 256 for i in rows.id]
    without = unpacked(read(write_report([run]))["runs"][0]["examples"]["table"])
    assert without.image.isna().all()


def test_images_that_are_not_found_are_said_to_be_missing(run: Path, read) -> None:
    def lost(*_: object) -> np.ndarray:
        raise InfoplaneError("the data are <gone>")

    page = read(write_report([run], inputs_of=lost))
    assert page["runs"][0]["no_inputs"] == "the data are <gone>"


def test_another_number_of_images_is_refused(run: Path) -> None:
    with pytest.raises(InfoplaneError, match="3 inputs were given for 60 training examples"):
        write_report([run], inputs_of=lambda *_: np.zeros((3, 8, 8)))
