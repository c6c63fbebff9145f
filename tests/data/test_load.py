"""Loading by name, from local Parquet, and what is said where nothing is found."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from infoplane.data import images
from infoplane.data.cache import cached
from infoplane.data.config import DataConfig
from infoplane.data.load import fingerprint, load
from infoplane.errors import InfoplaneError

SHARED = Path(__file__).parents[3] / "shared" / "data"
RANDOM = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOPLANE_CACHE", str(tmp_path / "cache"))


def encoded(pixels: np.ndarray) -> dict:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return {"bytes": buffer.getvalue(), "path": None}


def write_parquet(folder: Path, *, n: int = 20, image: str = "image", label: str = "label") -> Path:
    """Write a small image set in the hub's layout, two files for the training part."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"):
        pictures = RANDOM.integers(0, 256, (n, 4, 4, 3), dtype=np.uint8)
        columns = {image: [encoded(p) for p in pictures], label: np.arange(n) % 4}
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder


def test_digits() -> None:
    train, test = load(DataConfig("digits"), seed=0)
    assert len(train) + len(test) == 1797
    assert train.inputs.shape[1:] == (1, 8, 8)
    assert (float(train.inputs.min()), float(train.inputs.max())) == (0, 1)
    whole = torch.cat([train.ids, test.ids])
    assert whole.unique().numel() == 1797
    assert torch.bincount(test.labels).min() >= 34
    again = load(DataConfig("digits"), seed=0)
    assert fingerprint(train, test) == fingerprint(*again)
    assert fingerprint(train, test) != fingerprint(*load(DataConfig("digits"), seed=1))


@pytest.mark.parametrize("labels", ["resampled", "flipped", "permuted"])
def test_only_training_labels_are_corrupted_and_true_ones_stay(labels: str) -> None:
    clean, _ = load(DataConfig("digits"), seed=0)
    train, test = load(DataConfig("digits", labels=labels, rate=0.5), seed=0)
    assert torch.equal(train.labels, clean.labels)
    assert torch.equal(train.inputs, clean.inputs)
    assert 0.3 < float(train.corrupted.double().mean()) < 0.6
    assert not test.corrupted.any()


def test_twelve_bit_sizes() -> None:
    train, test = load(DataConfig("12-bit"), seed=0)
    assert (len(train), len(test)) == (3276, 820)
    assert not set(train.ids.tolist()) & set(test.ids.tolist())
    few, rest = load(DataConfig("12-bit", train_size=205), seed=0)
    assert (len(few), len(rest)) == (205, 3891)
    stochastic, _ = load(DataConfig("12-bit", stochastic_labels=True), seed=0)
    assert torch.equal(stochastic.inputs, train.inputs)
    assert not torch.equal(stochastic.labels, train.labels)
    with pytest.raises(InfoplaneError, match="4000 patterns for training and 820 for testing"):
        load(DataConfig("12-bit", train_size=4000, test_size=820), seed=0)


@pytest.mark.parametrize("inside", ["", "data", "small", "small/plain_text"])
def test_local_parquet_in_the_layouts_of_the_hub(tmp_path: Path, inside: str) -> None:
    root = tmp_path / "root"
    write_parquet(root / inside, image="img")
    train, test = load(DataConfig("owner/small", root=str(root)), seed=0)
    assert train.inputs.shape == (40, 3, 4, 4)
    assert train.inputs.dtype == torch.float32
    assert (len(test), train.classes) == (20, 4)
    part, _ = load(DataConfig("owner/small", root=str(root), train_size=8), seed=0)
    assert torch.bincount(part.labels).tolist() == [2] * 4
    assert torch.equal(part.inputs, train.inputs[part.ids])


def test_pixels_are_those_of_the_pictures() -> None:
    grey = RANDOM.integers(0, 256, (2, 3, 5), dtype=np.uint8)
    table = pa.table({"image": [encoded(p) for p in grey], "label": [1, 0]})
    pixels, labels = images.decode_images(table, "here")
    np.testing.assert_array_equal(pixels[..., 0], grey)
    assert labels.tolist() == [1, 0]


def test_cache_is_used_survives_damage_and_is_not_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def make() -> tuple[np.ndarray, np.ndarray]:
        calls.append(1)
        return np.arange(4), np.arange(2)

    cached("key", make)
    cached("key", make)
    assert len(calls) == 1
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(kept.read_bytes()[:40])
    assert cached("key", make)[0].tolist() == [0, 1, 2, 3]
    assert cached("key", make)[1].tolist() == [0, 1]
    assert len(calls) == 2
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("INFOPLANE_CACHE", str(tmp_path / "file" / "below"))
    assert cached("key", make)[0].tolist() == [0, 1, 2, 3]


def test_a_set_that_is_nowhere_says_what_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("socket.getaddrinfo", unreachable)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", Path("/nowhere"))
    message = r"'mnist' is neither at hand .* 'ylecun/mnist' \(train\) .* --data-root DIR"
    with pytest.raises(InfoplaneError, match=message):
        load(DataConfig("mnist"), seed=0)


def test_the_hub_is_asked_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Loaded:
        def with_format(self, _: str) -> Loaded:
            return self

        def __getitem__(self, _: slice) -> pa.Table:
            pictures = [encoded(np.zeros((2, 2), dtype=np.uint8))] * 3
            return pa.table({"image": pictures, "label": [0, 1, 2]})

    def load_dataset(hub_id: str, split: str) -> Loaded:
        asked.append((hub_id, split))
        return Loaded()

    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    train, _ = load(DataConfig("fashion-mnist"), seed=0)
    assert asked == [("zalando-datasets/fashion_mnist", p) for p in ("train", "test")]
    assert train.labels.tolist() == [0, 1, 2]


def bad_parquet(root: Path, change) -> DataConfig:
    write_parquet(root)
    path = root / "test-00000-of-00001.parquet"
    change(path)
    return DataConfig("owner/set", root=str(root))


def replace(**columns):
    return lambda path: pq.write_table(pa.table(columns), path)


WHITE = [encoded(np.zeros((2, 2), dtype=np.uint8)), encoded(np.zeros((3, 2), dtype=np.uint8))]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:50]), "cannot be read as Parquet"),
        (replace(image=[1, 2], label=[0, 1]), r"has columns \['image', 'label'\]"),
        (replace(image=WHITE[:1], colour=[1]), "needs one column of images and one of integer"),
        (replace(image=WHITE, label=[0, 1]), "2 different shapes"),
        (
            replace(image=[{"bytes": b"no", "path": ""}], label=[0]),
            "image 0 of .* cannot be decoded",
        ),
    ],
)
def test_damaged_local_sets(tmp_path: Path, change, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        load(bad_parquet(tmp_path / "root", change), seed=0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DataConfig("minst"), r"no data set 'minst' \(did you mean 'mnist'\?\)"),
        (lambda: DataConfig("mnist", root="/nowhere"), "there: no such folder"),
        (lambda: DataConfig("digits", rate=-0.1), "rate is -0.1; give a chance"),
        (lambda: DataConfig("digits", train_size=0), "train_size is 0; give at least 1"),
        (lambda: DataConfig("digits", stochastic_labels=True), "belongs to the 12-bit task"),
        (lambda: DataConfig("digits", train_size=9999), "subset of 9999 examples was asked of"),
    ],
)
def test_refusals(make, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        load(make(), seed=0)


@pytest.mark.parametrize(("name", "shape"), [("mnist", (1, 28, 28)), ("cifar10", (3, 32, 32))])
@pytest.mark.slow
def test_real_sets(name: str, shape: tuple[int, ...]) -> None:
    if not SHARED.is_dir():
        pytest.skip("the real data sets are not beside the repository")
    train, test = load(DataConfig(name, root=str(SHARED), train_size=1000), seed=0)
    assert train.inputs.shape == (1000, *shape)
    assert len(test) == 10_000
    assert torch.bincount(train.labels).tolist() == [100] * 10
    assert 0 <= float(train.inputs.min()) < float(train.inputs.max()) <= 1
