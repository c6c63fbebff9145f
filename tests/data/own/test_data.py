"""Data of the user's own in every form: the same examples, whatever they are kept in."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.data.own.data import read_own
from infoplane.errors import InfoplaneError

DRAW = np.random.default_rng(0)
PIXELS = DRAW.integers(0, 256, (30, 5, 4, 3), dtype=np.uint8)
NAMES = np.array(["cat", "dog", "emu"])
LABELS = np.arange(30) % 3


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOPLANE_CACHE", str(tmp_path / "cache"))


def write_folder(root: Path, which: range = range(30), pixels: np.ndarray = PIXELS) -> Path:
    for i in which:
        path = root / NAMES[LABELS[i]] / f"{i:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels[i]).save(path)
    return root


def test_a_folder_of_images_by_class(tmp_path: Path) -> None:
    own = read_own(write_folder(tmp_path / "photos"))
    assert (own.names, own.test) == (("cat", "dog", "emu"), None)
    order = [int(Path(source).stem) for source in own.sources]
    assert sorted(order) == list(range(30))
    assert own.train.labels.tolist() == LABELS[order].tolist()
    expected = torch.from_numpy(PIXELS[order]).permute(0, 3, 1, 2).float() / 255
    assert torch.equal(own.train.inputs, expected)


def test_a_folder_with_parts(tmp_path: Path) -> None:
    write_folder(tmp_path / "photos" / "train", range(24))
    write_folder(tmp_path / "photos" / "val", range(24, 30))
    own = read_own(tmp_path / "photos")
    assert own.test is not None
    assert (len(own.train), len(own.test)) == (24, 6)
    assert own.sources[0] == "train/cat/00.png"


def test_images_of_other_sizes_are_brought_to_one(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "photos")
    Image.fromarray(np.full((40, 80), 51, dtype=np.uint8)).save(root / "cat" / "wide.png")
    with pytest.raises(InfoplaneError, match=r"from 5 × 4 to 40 × 80 pixels; .* data.size"):
        read_own(root)
    own = read_own(root, size=8)
    assert own.train.inputs.shape == (31, 3, 8, 8)
    wide = own.train.inputs[own.sources.index("cat/wide.png")]
    assert torch.allclose(wide, torch.tensor(51 / 255))  # grey becomes red, green and blue


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "photos")
    Image.fromarray(PIXELS[0]).save(tmp_path / "secret.png")
    os.symlink(tmp_path / "secret.png", root / "cat" / "link.png")
    assert len(read_own(root).train) == 30


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_columns_of_numbers(tmp_path: Path, suffix: str) -> None:
    values = DRAW.normal(50, 9, (30, 2))
    frame = pd.DataFrame({"id": range(30), "a": values[:, 0], "b": values[:, 1], "constant": 7})
    frame["class"] = NAMES[LABELS]
    path = tmp_path / f"table.{suffix}"
    getattr(frame, f"to_{suffix}")(path, index=False)
    own = read_own(path)
    assert own.train.inputs.shape == (30, 3)
    assert own.train.labels.tolist() == LABELS.tolist()
    assert own.train.inputs.mean(dim=0).abs().max() < 1e-6
    spread = own.train.inputs.std(dim=0, correction=0)
    assert torch.allclose(spread, torch.tensor([1.0, 1.0, 0.0]), atol=1e-6)


def test_columns_of_two_parts_are_measured_by_those_of_train(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [0.0, 2.0, 0.0, 2.0], "label": [3, 4, 3, 4]})
    table.to_csv(tmp_path / "train.csv", index=False)
    table.assign(a=table["a"] + 4).to_csv(tmp_path / "test.csv", index=False)
    own = read_own(tmp_path)
    assert own.test is not None
    assert own.test.inputs.flatten().tolist() == [3, 5, 3, 5]
    assert own.names == ("3", "4")


def test_a_table_of_paths(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "photos")
    own = read_own(root)
    table = pd.DataFrame({"file": own.sources, "label": np.array(own.names)[own.train.labels]})
    table.to_csv(root / "table.csv", index=False)
    named = read_own(root / "table.csv")
    assert torch.equal(named.train.inputs, own.train.inputs)
    assert named.sources == own.sources
    table.assign(file="../secret.png").to_csv(root / "table.csv", index=False)
    Image.fromarray(PIXELS[0]).save(tmp_path / "secret.png")
    with pytest.raises(InfoplaneError, match=r"'\.\./secret.png' is no file below"):
        read_own(root / "table.csv")


def test_a_table_of_encoded_images(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "photos")
    own = read_own(root)
    encoded = [(root / source).read_bytes() for source in own.sources]
    table = pd.DataFrame({"image": encoded, "label": own.train.labels.numpy()})
    table.to_parquet(tmp_path / "images.parquet")
    kept = read_own(tmp_path / "images.parquet")
    assert torch.equal(kept.train.inputs, own.train.inputs)


def test_names_of_classes_that_the_hub_has_written(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        a=datasets.Value("float32"), label=datasets.ClassLabel(names=["cat", "dog", "emu"])
    )
    kept = datasets.Dataset.from_dict({"a": [1.0, 2.0, 3.0], "label": [2, 0, 1]}, features)
    kept.to_parquet(tmp_path / "train.parquet")
    own = read_own(tmp_path)
    assert [own.names[y] for y in own.train.labels] == ["emu", "cat", "dog"]


@pytest.mark.parametrize(
    "keys", [("x", "y", None, None), ("x_train", "y_train", "x_test", "y_test")]
)
def test_arrays(tmp_path: Path, keys: tuple[str, str, str | None, str | None]) -> None:
    held = {} if keys[2] is None else {keys[2]: PIXELS[:6], str(keys[3]): LABELS[:6, None]}
    np.savez(tmp_path / "own.npz", **{keys[0]: PIXELS, keys[1]: NAMES[LABELS]} | held)
    if held:
        np.savez(tmp_path / "own.npz", **{keys[0]: PIXELS, keys[1]: LABELS} | held)
    own = read_own(tmp_path / "own.npz")
    assert own.train.inputs.shape == (30, 3, 5, 4)
    assert own.train.labels.tolist() == LABELS.tolist()
    assert (own.test is None) == (not held)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": PIXELS}, "holds a; give inputs and labels as x and y"),
        ({"x": PIXELS, "y": LABELS[:3]}, "30 inputs and 3 labels"),
        ({"x": PIXELS, "y": LABELS[:, None, None]}, r"labels .* shape \[30, 1, 1\]"),
        ({"x": PIXELS, "y": LABELS + 0.5}, "no classes"),
        ({"x": PIXELS, "y": LABELS * 0}, "1 class of labels"),
        ({"x": PIXELS[:, 0, 0, 0], "y": LABELS}, r"inputs .* shape \[30\]"),
        ({"x": PIXELS * np.nan, "y": LABELS}, "NaN or infinite"),
        ({"x": PIXELS.astype(str), "y": LABELS}, "hold <U3 values"),
        ({"x": PIXELS.astype(object), "y": LABELS}, "cannot be read"),
        (
            {"x_train": PIXELS, "y_train": LABELS, "x_test": PIXELS[:, 1:], "y_test": LABELS},
            r"\[5, 4, 3\] in train and \[4, 4, 3\] in test",
        ),
    ],
)
def test_arrays_that_are_no_data(tmp_path: Path, arrays: dict, message: str) -> None:
    np.savez(tmp_path / "own.npz", **arrays)
    with pytest.raises(InfoplaneError, match=message):
        read_own(tmp_path / "own.npz")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"a": [1, 2]}, "2 rows of columns a; give rows with labels"),
        (
            {"a": [1.0, 2.0], "city": ["x", "y"], "label": [0, 1]},
            "columns city that are no numbers",
        ),
        ({"label": [0, 1]}, "no columns that are no numbers"),
        ({"a": [1.0, 2.0], "label": [0, None]}, "missing for some examples"),
        ({"a": ["a.png", "b.png"], "b": ["a.png", "b.png"], "label": [0, 1]}, "images in columns"),
    ],
)
def test_tables_that_are_no_data(tmp_path: Path, table: dict, message: str) -> None:
    pd.DataFrame(table).to_csv(tmp_path / "own.csv", index=False)
    with pytest.raises(InfoplaneError, match=message):
        read_own(tmp_path / "own.csv")


def test_what_holds_no_data(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path, what in ((tmp_path / "empty", "a folder without"), (tmp_path / "no", "not there")):
        with pytest.raises(InfoplaneError, match=f"is {what}.*; give a folder of images by class"):
            read_own(path)
    for name in ("broken.npz", "broken.parquet"):
        (tmp_path / name).write_bytes(b"nothing")
        with pytest.raises(InfoplaneError, match="cannot be read"):
            read_own(tmp_path / name)
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InfoplaneError, match="is a file; give"):
        read_own(tmp_path / "notes.txt")
    (tmp_path / "parts").mkdir()
    pd.DataFrame({"a": [1.0], "label": [0]}).to_csv(tmp_path / "parts" / "train-0.csv", index=False)
    pd.DataFrame({"b": [1.0], "label": [0]}).to_csv(tmp_path / "parts" / "train-1.csv", index=False)
    with pytest.raises(InfoplaneError, match="different columns"):
        read_own(tmp_path / "parts")
    (tmp_path / "half" / "train" / "cat").mkdir(parents=True)
    Image.fromarray(PIXELS[0]).save(tmp_path / "half" / "train" / "cat" / "0.png")
    (tmp_path / "half" / "test").mkdir()
    with pytest.raises(InfoplaneError, match="holds no images in folders of classes"):
        read_own(tmp_path / "half")


def test_a_run_holds_a_fifth_of_each_class_out(tmp_path: Path) -> None:
    root = str(write_folder(tmp_path / "photos"))
    train, test = load(DataConfig("mine", root=root), 0)
    assert (len(train), len(test)) == (24, 6)
    assert torch.bincount(test.labels).tolist() == [2, 2, 2]
    assert torch.cat([train.ids, test.ids]).sort().values.tolist() == list(range(30))
    other, _ = load(DataConfig("mine", root=root), 1)
    assert other.ids.tolist() != train.ids.tolist()


def test_options_that_do_not_belong_to_own_data(tmp_path: Path) -> None:
    with pytest.raises(InfoplaneError, match="'digits', which needs no files"):
        DataConfig("digits", root=str(tmp_path))
    with pytest.raises(InfoplaneError, match=r"data.size is for images of your own"):
        DataConfig("mnist", size=8)
    np.savez(tmp_path / "own.npz", x=PIXELS[:, :, 0, 0].astype(float), y=LABELS)
    with pytest.raises(InfoplaneError, match=r"belong to images, .* the shape \[5\]"):
        load(DataConfig("mine", root=str(tmp_path / "own.npz"), whiten=True), 0)
