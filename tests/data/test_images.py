"""Image sets as splits: digits, local Parquet in the layouts of the hub, the real sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from pictures import encoded, write_parquet

from infoplane import seeds
from infoplane.data import images
from infoplane.errors import InfoplaneError

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INFOPLANE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "root"


def test_digits_are_split_within_classes() -> None:
    train, test = images.digits(seeds.generator(0, "t"))
    assert (len(train), len(test)) == (1442, 355)
    assert train.inputs.shape[1:] == (1, 8, 8)
    assert train.inputs.dtype == torch.float32
    assert (float(train.inputs.min()), float(train.inputs.max())) == (0, 1)
    assert torch.cat([train.ids, test.ids]).sort().values.equal(torch.arange(1797))
    counts = torch.bincount(train.labels) + torch.bincount(test.labels)
    assert torch.equal(torch.bincount(test.labels), counts // 5)


@pytest.mark.parametrize("inside", ["", "data", "small", "small/data", "small/plain_text"])
def test_layouts_of_the_hub(folder: Path, inside: str) -> None:
    write_parquet(folder / inside, image="img")
    train, test = images.image_set("owner/small", str(folder))
    assert train.inputs.shape == (40, 3, 4, 4)
    assert train.inputs.dtype == torch.float32
    assert (len(test), train.classes) == (20, 4)


def test_known_names_are_found_under_their_names_on_the_hub(folder: Path) -> None:
    write_parquet(folder / "fashion_mnist")
    train, _ = images.image_set("fashion-mnist", str(folder))
    assert len(train) == 40


def test_home_is_expanded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_parquet(folder)
    monkeypatch.setenv("HOME", str(folder.parent))
    assert len(images.image_set("owner/set", "~/root")[1]) == 20


def test_changed_files_are_decoded_again(folder: Path) -> None:
    before, _ = images.image_set("owner/set", str(write_parquet(folder)))
    after, _ = images.image_set("owner/set", str(write_parquet(folder, n=10)))
    assert (len(before), len(after)) == (40, 20)


def test_pixels_channels_and_order(folder: Path) -> None:
    folder.mkdir()
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3) * 10
    table = pa.table({"image": [encoded(picture)], "label": [1]})
    for part in ("train", "test"):
        pq.write_table(table, folder / f"{part}-00000-of-00001.parquet")
    train, _ = images.image_set("owner/set", str(folder))
    expected = torch.from_numpy(picture).permute(2, 0, 1).float() / 255
    assert torch.equal(train.inputs[0], expected)
    assert train.inputs.is_contiguous()


def spoil_second(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50])


def other_columns(path: Path) -> None:
    pq.write_table(pa.table({"picture": [1]}), path)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (spoil_second, "train-00001-of-00002.parquet cannot be read as Parquet"),
        (other_columns, "train-00000-of-00002.parquet and the files after it in .* different col"),
        (Path.unlink, None),
        (lambda path: (path.parent / "test-00000-of-00001.parquet").unlink(), r"there: \['train-0"),
    ],
)
def test_damaged_local_sets(folder: Path, spoil, message: str | None) -> None:
    write_parquet(folder)
    spoil(folder / "train-00001-of-00002.parquet")
    if message is None:  # one file of two is a set of its own
        assert len(images.image_set("owner/set", str(folder))[0]) == 20
        return
    with pytest.raises(InfoplaneError, match=message):
        images.image_set("owner/set", str(folder))


def test_a_folder_that_is_not_there() -> None:
    with pytest.raises(InfoplaneError, match=r"in /nowhere .*there: no such folder.*--data-root"):
        images.image_set("mnist", "/nowhere")


@pytest.mark.parametrize(
    ("name", "shape", "mean", "counts"),
    [
        (
            "mnist",
            (1, 28, 28),
            [0.1307],
            [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
        ),
        ("cifar10", (3, 32, 32), [0.4914, 0.4822, 0.4465], [5000] * 10),
    ],
)
@pytest.mark.slow
def test_real_sets_have_their_known_statistics(
    name: str, shape: tuple[int, ...], mean: list[float], counts: list[int]
) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip(f"{name} is not beside the repository")
    train, test = images.image_set(name, str(SHARED))
    assert train.inputs.shape[1:] == shape
    assert torch.bincount(train.labels).tolist() == counts
    assert len(test) == 10_000
    # published training means: no channel swapped, nothing clipped. The CIFAR-10 files beside the
    # repository are JPEG, so its pixels are near the published ones and not equal to them.
    assert train.inputs.mean(dim=(0, 2, 3)).tolist() == pytest.approx(mean, abs=2e-4)
    assert (float(train.inputs.min()), float(train.inputs.max())) == (0, 1)
