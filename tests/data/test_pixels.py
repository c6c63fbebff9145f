"""Pixels: what each corruption keeps, what it destroys, and that train and test go together."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
import torch

from infoplane import seeds
from infoplane.data.config import DataConfig, PixelKind
from infoplane.data.labels import corrupt
from infoplane.data.load import fingerprint, load, load_each
from infoplane.data.pixels import crop, gaussian, prepare, shuffle_each, whiten
from infoplane.errors import InfoplaneError

KINDS = get_args(PixelKind)
SHUFFLES = ("shuffled", "random")
NOISE = ("gaussian", "uniform")
SIDE = 6


def pictures(n: int, seed: int) -> torch.Tensor:
    """Return images [n, 3, 6, 6] whose second and third channel follow from the first."""
    grey = torch.rand(n, 1, SIDE, SIDE, generator=seeds.generator(seed, "pictures"))
    return torch.cat([grey, grey / 2, 1 - grey], dim=1)


TRAIN, TEST = pictures(700, 0), pictures(300, 1)


def prepared(kind: str, seed: int = 0, **given: object) -> tuple[torch.Tensor, torch.Tensor]:
    return prepare(TRAIN, TEST, DataConfig("any/thing", pixels=kind, **given), seed)


@pytest.mark.parametrize("kind", KINDS)
def test_seeded_and_never_in_place(kind: str) -> None:
    before = TRAIN.clone(), TEST.clone()
    first, again, other = prepared(kind), prepared(kind), prepared(kind, seed=1)
    for i, given in enumerate(before):
        assert torch.equal((TRAIN, TEST)[i], given)
        assert first[i].shape == given.shape
        assert first[i].dtype == torch.float32
        assert torch.equal(first[i], again[i])
        assert torch.equal(first[i], other[i]) == (kind == "true")
        assert torch.equal(first[i], given) == (kind == "true")


@pytest.mark.parametrize("kind", SHUFFLES)
def test_shuffles_keep_every_pixel_with_its_channels(kind: str) -> None:
    for part, given in zip(prepared(kind), (TRAIN, TEST), strict=True):
        torch.testing.assert_close(part[:, 1], part[:, 0] / 2)
        torch.testing.assert_close(part[:, 2], 1 - part[:, 0])
        assert torch.equal(part.flatten(2).sort().values, given.flatten(2).sort().values)


def orders(shuffled: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
    """Return where each pixel of the first channel went, of each image."""
    ranks = given[:, 0].flatten(1).argsort(dim=1)
    return torch.empty_like(ranks).scatter_(1, shuffled[:, 0].flatten(1).argsort(dim=1), ranks)


def test_one_order_for_all_or_one_for_each() -> None:
    one = [orders(*each) for each in zip(prepared("shuffled"), (TRAIN, TEST), strict=True)]
    assert all(torch.equal(row, one[0][0]) for part in one for row in part)
    many = torch.cat(
        [orders(*each) for each in zip(prepared("random"), (TRAIN, TEST), strict=True)]
    )
    assert len(many.unique(dim=0)) == len(TRAIN) + len(TEST)


def test_orders_of_each_are_uniform() -> None:
    """Every pixel goes to every place equally often: χ² within five standard deviations."""
    n, pixels = 20_000, 9
    ramp = torch.arange(pixels).float().view(1, 1, 3, 3).expand(n, 1, 3, 3)
    places = shuffle_each(ramp, generator=seeds.generator(0, "t")).flatten(1).long()
    counts = torch.stack([torch.bincount(p, minlength=pixels) for p in places.T]).double()
    statistic = float(((counts - n / pixels) ** 2 / (n / pixels)).sum())
    freedom = (pixels - 1) ** 2
    assert abs(statistic - freedom) < 5 * (2 * freedom) ** 0.5


def test_gaussian_pixels_have_the_moments_of_each_channel_of_train() -> None:
    for part in prepared("gaussian"):
        for channel in range(3):
            std, mean = torch.std_mean(TRAIN[:, channel], correction=0)
            found = part[:, channel]
            error = float(std) / found.numel() ** 0.5
            assert float(found.mean()) == pytest.approx(float(mean), abs=5 * error)
            assert float(found.std()) == pytest.approx(float(std), abs=5 * error)
    train, test = prepared("gaussian")
    assert not torch.equal(train[:300], test)


def test_gaussian_noise_is_independent() -> None:
    noise = gaussian(
        TRAIN, mean=torch.zeros(3), std=torch.ones(3), generator=seeds.generator(0, "t")
    )
    correlation = torch.corrcoef(noise.flatten(1).T) - torch.eye(3 * SIDE**2)
    assert float(correlation.abs().max()) < 6 / len(TRAIN) ** 0.5


def test_uniform_pixels_fill_their_range() -> None:
    for part in prepared("uniform"):
        assert 0 <= float(part.min()) < 0.01
        assert 0.99 < float(part.max()) < 1
        assert float(part.mean()) == pytest.approx(0.5, abs=0.01)
        assert float(part.var()) == pytest.approx(1 / 12, abs=0.002)


@pytest.mark.parametrize("kind", KINDS)
def test_whitened_images_have_mean_zero_and_variance_one(kind: str) -> None:
    for part in prepared(kind, whiten=True):
        std, mean = torch.std_mean(part.flatten(1), dim=1, correction=0)
        torch.testing.assert_close(mean, torch.zeros(len(part)), atol=1e-5, rtol=0)
        torch.testing.assert_close(std, torch.ones(len(part)), atol=1e-5, rtol=0)


def test_whitening_a_constant_image_gives_zeros_and_a_faint_one_is_not_blown_up() -> None:
    constant = torch.full((1, 3, 4, 4), 0.7)
    assert float(whiten(constant).abs().max()) < 1e-5
    faint = constant.clone()
    faint[0, 0, 0, 0] += 1e-3
    peak = 1e-3 * (47 / 48) * 48**0.5  # over the floor 1/√48
    assert float(whiten(faint).max()) == pytest.approx(peak, rel=1e-3)


def test_whitening_follows_the_corruption() -> None:
    for kind in SHUFFLES:
        torch.testing.assert_close(prepared(kind, whiten=True)[0], whiten(prepared(kind)[0]))


def test_the_crop_is_central_and_comes_first() -> None:
    assert torch.equal(crop(TRAIN, 4), TRAIN[:, :, 1:5, 1:5])
    assert torch.equal(crop(TRAIN, 3), TRAIN[:, :, 1:4, 1:4])
    for part, given in zip(prepared("true", crop=4), (TRAIN, TEST), strict=True):
        assert torch.equal(part, crop(given, 4))
        assert part.is_contiguous()
    shuffled, _ = prepared("shuffled", crop=4)
    kept = crop(TRAIN, 4).flatten(2).sort().values
    assert torch.equal(shuffled.flatten(2).sort().values, kept)
    assert torch.equal(crop(TRAIN, SIDE), TRAIN)


@pytest.mark.parametrize("kind", KINDS)
def test_labels_and_ids_are_those_of_true_pixels(kind: str) -> None:
    clean = load(DataConfig("digits", train_size=100), seed=0)
    for part, other in zip(
        load(DataConfig("digits", train_size=100, pixels=kind), seed=0), clean, strict=True
    ):
        assert torch.equal(part.labels, other.labels)
        assert torch.equal(part.ids, other.ids)
        assert part.inputs.shape == other.inputs.shape


def test_label_noise_alone_needs_no_pixels_of_its_own() -> None:
    noisy = DataConfig("digits", labels="paired", rate=0.2, pixels="random", whiten=True)
    parts = load_each([(noisy, 0), (replace(noisy, rate=0.7), 0), (noisy, 1)])
    inputs = [train.inputs for train, _ in parts]
    assert inputs[0] is inputs[1] is not inputs[2]
    train, test = load(noisy, 0)
    assert fingerprint(train, test) == fingerprint(*parts[0])
    generator = seeds.generator(0, "label corruption")
    seen = corrupt(train.labels, "paired", rate=0.2, classes=10, generator=generator)
    assert torch.equal(train.seen_labels, seen), "pixels and labels are drawn apart"


IDENTITY = (1.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DataConfig("digits", pixels="noise"), "pixels is 'noise'; give one of: true, shu"),
        (lambda: DataConfig("digits", crop=0), "crop is 0; give at least 1"),
        (lambda: DataConfig("digits", crop=9), "crop is 9, but the images have 8 × 8 pixels"),
        (lambda: DataConfig("12-bit", pixels="random"), "data.pixels belongs to images"),
        (lambda: DataConfig("12-bit", crop=2), "data.crop belongs to images, and the 12-bit"),
        (lambda: DataConfig("12-bit", whiten=True), "data.whiten belongs to images"),
        (
            lambda: DataConfig("12-bit", labels="matrix"),
            "labels is 'matrix' and data.transition holds 0 values; give both",
        ),
        (lambda: DataConfig("12-bit", transition=IDENTITY), "labels is 'true' and data.transition"),
        (
            lambda: DataConfig("digits", labels="matrix", transition=IDENTITY),
            "data.transition holds 4 values, but the data have 10 classes",
        ),
        *(
            (
                lambda given=given: DataConfig("12-bit", labels="matrix", transition=given),
                "no transition matrix; give K × K values, row after row: chances",
            )
            for given in ((1.0, 0.0, 0.0), (0.5, 0.6, 0.5, 0.5), (1.5, -0.5, 0.0, 1.0))
        ),
    ],
)
def test_refusals(make, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        load(make(), seed=0)
