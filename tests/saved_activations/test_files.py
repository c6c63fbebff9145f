"""Files, arrays and labels: what patterns mean, which rows come out, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from infoplane.errors import InfoplaneError
from infoplane.saved_activations import arrays
from infoplane.saved_activations.arrays import open_arrays
from infoplane.saved_activations.files import find
from infoplane.saved_activations.labels import read_labels

DRAW = np.random.default_rng(0)
VALUES = DRAW.standard_normal((20, 3)).astype(np.float32)
INDEX = np.array([3, 4, 17, 0, 9])


def test_names_and_epochs_come_from_the_path(tmp_path: Path) -> None:
    for epoch in (2, 10):
        for layer in ("layer10", "layer2", "logits", "head"):
            path = tmp_path / f"e{epoch}" / f"{layer}.npy"
            path.parent.mkdir(exist_ok=True)
            np.save(path, VALUES)
    found = find([f"{tmp_path}/e{{epoch}}/{{layer}}.npy"], tmp_path)
    assert list(found) == [2, 10]
    assert list(found[2]) == ["head", "layer2", "layer10", "logits"]
    assert list(find([f"{tmp_path}/e2/*.npy"], tmp_path)) == [0]
    assert list(find([f"{tmp_path}/e1?/h*.npy"], tmp_path)[0]) == ["head"]


def test_keys_are_layers_and_a_path_may_have_brackets(tmp_path: Path) -> None:
    (tmp_path / "[a]").mkdir()
    np.savez(tmp_path / "[a]" / "net.npz", **{"x/1": VALUES, "y": VALUES})
    found = find([f"{tmp_path}/[a]/net.npz"], tmp_path)
    assert list(found[0]) == ["x/1", "y"]
    assert list(find([f"{tmp_path}/[a]/{{layer}}.npz"], tmp_path)[0]) == ["net.x/1", "net.y"]


@pytest.mark.parametrize("held", [0, 1 << 26])
def test_rows_of_every_kind_of_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(arrays, "HELD", held)  # of archives: unpacked, and read whole
    np.save(tmp_path / "a.npy", VALUES)
    np.savez_compressed(tmp_path / "a.npz", a=VALUES)
    save_file({"a": torch.from_numpy(VALUES)}, tmp_path / "a.safetensors")
    frame = pd.DataFrame(VALUES, columns=["u", "v", "w"])
    frame.to_parquet(tmp_path / "a.parquet", row_group_size=6)
    for suffix in arrays.SUFFIXES:
        (array,) = open_arrays(tmp_path / f"a{suffix}", tmp_path).values()
        assert array.shape == (20, 3)
        for index in (INDEX, np.arange(5, 14), INDEX[:1]):
            assert torch.equal(array.rows(index).float(), torch.from_numpy(VALUES[index]))


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int8, np.uint64, bool, ">f4", "<f8"])
def test_numbers_of_every_kind(tmp_path: Path, dtype) -> None:
    np.save(tmp_path / "a.npy", (VALUES > 0).astype(dtype))
    (array,) = open_arrays(tmp_path / "a.npy", tmp_path).values()
    rows = array.rows(INDEX)
    assert rows.dtype == (torch.float64 if np.dtype(dtype).name == "float64" else torch.float32)
    assert torch.equal(rows.float(), torch.from_numpy(VALUES[INDEX] > 0).float())


def test_half_precision_of_safetensors(tmp_path: Path) -> None:
    values = torch.from_numpy(VALUES).bfloat16()
    save_file({"a": values}, tmp_path / "a.safetensors")
    (array,) = open_arrays(tmp_path / "a.safetensors", tmp_path).values()
    assert torch.equal(array.rows(INDEX), values[INDEX].float())


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (VALUES[:, 0], r"shape \[20\]; give activations"),
        (VALUES[:0], r"shape \[0, 3\]"),
        (VALUES.astype(complex), "holds complex128 values"),
        (VALUES.astype(str), "values; give real numbers"),
        (VALUES.astype(object), "cannot be read"),
    ],
)
def test_arrays_that_are_no_activations(tmp_path: Path, values: np.ndarray, message: str) -> None:
    np.save(tmp_path / "a.npy", values)
    np.savez(tmp_path / "a.npz", a=values)
    for name in ("a.npy", "a.npz"):
        with pytest.raises(InfoplaneError, match=message):
            find([str(tmp_path / name)], tmp_path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for suffix in arrays.SUFFIXES:
        (tmp_path / f"a{suffix}").write_bytes(b"nothing at all")
        with pytest.raises(InfoplaneError, match="cannot be read"):
            find([str(tmp_path / f"a{suffix}")], tmp_path)
    (tmp_path / "a.txt").write_text("1")
    with pytest.raises(InfoplaneError, match="of no known kind; give one of"):
        find([str(tmp_path / "a.txt")], tmp_path)
    pd.DataFrame({"a": ["x"]}).to_parquet(tmp_path / "text.parquet")
    with pytest.raises(InfoplaneError, match="no columns of numbers"):
        find([str(tmp_path / "text.parquet")], tmp_path)
    pd.DataFrame({"a": np.zeros(0)}).to_parquet(tmp_path / "none.parquet", row_group_size=1)
    with pytest.raises(InfoplaneError, match=r"has no rows|shape \[0, 1\]"):
        find([str(tmp_path / "none.parquet")], tmp_path)
    pd.DataFrame({"a": [[1.0, 2.0], [1.0]]}).to_parquet(tmp_path / "ragged.parquet")
    (array,) = open_arrays(tmp_path / "ragged.parquet", tmp_path).values()
    with pytest.raises(InfoplaneError, match="lists of different lengths"):
        array.rows(np.arange(2))


def test_patterns_that_mean_nothing_or_too_much(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", VALUES)
    np.savez(tmp_path / "b.npz", a=VALUES)
    with pytest.raises(InfoplaneError, match="means no file; name files"):
        find([f"{tmp_path}/c*.npy"], tmp_path)
    with pytest.raises(InfoplaneError, match=r"has \{step\}; write \{layer\}"):
        find([f"{tmp_path}/{{step}}.npy"], tmp_path)
    with pytest.raises(InfoplaneError, match="are both layer 'a'"):
        find([f"{tmp_path}/a.npy", f"{tmp_path}/b.npz"], tmp_path)


def test_layers_that_do_not_fit_together(tmp_path: Path) -> None:
    np.save(tmp_path / "1-a.npy", VALUES)
    np.save(tmp_path / "1-b.npy", VALUES[:5])
    with pytest.raises(InfoplaneError, match=r"holds 20 samples and .* 5; give the same samples"):
        find([f"{tmp_path}/{{epoch}}-{{layer}}.npy"], tmp_path)
    np.save(tmp_path / "1-b.npy", VALUES)
    np.save(tmp_path / "2-a.npy", VALUES)
    with pytest.raises(InfoplaneError, match=r"layers of epochs 1 and 2 differ \(b\)"):
        find([f"{tmp_path}/{{epoch}}-{{layer}}.npy"], tmp_path)
    np.save(tmp_path / "2-b.npy", VALUES[:, :2])
    with pytest.raises(InfoplaneError, match=r"\[20, 2\] and .* \[20, 3\]; give the same samples"):
        find([f"{tmp_path}/{{epoch}}-{{layer}}.npy"], tmp_path)


def test_labels_from_every_kind_of_file(tmp_path: Path) -> None:
    numbers, names = np.arange(6) % 3, np.array(list("abcabc"))
    np.save(tmp_path / "y.npy", numbers)
    np.savez(tmp_path / "y.npz", other=names, labels=numbers)
    save_file({"y": torch.from_numpy(numbers)}, tmp_path / "y.safetensors")
    frame = pd.DataFrame({"a": 1.0, "label": numbers, "name": names})
    frame.to_csv(tmp_path / "y.csv", index=False)
    frame.to_parquet(tmp_path / "y.parquet")
    (tmp_path / "y.txt").write_text("a\nb\nc\na\nb\nc\n")
    for name in ("y.npy", "y.npz", "y.safetensors", "y.csv", "y.parquet"):
        assert read_labels(str(tmp_path / name)).tolist() == numbers.tolist()
    for name in ("y.txt", "y.npz:other", "y.csv:name", "y.parquet:name"):
        assert read_labels(str(tmp_path / name)).tolist() == names.tolist()
    (tmp_path / "y.txt").write_text("a\nb")
    assert read_labels(str(tmp_path / "y.txt")).tolist() == ["a", "b"]


def test_labels_that_are_not_there(tmp_path: Path) -> None:
    np.savez(tmp_path / "y.npz", a=VALUES, b=VALUES)
    with pytest.raises(InfoplaneError, match=r"holds a, b; say which .* y.npz:KEY"):
        read_labels(str(tmp_path / "y.npz"))
    with pytest.raises(InfoplaneError, match="holds a, b, not 'c'"):
        read_labels(str(tmp_path / "y.npz:c"))
    with pytest.raises(InfoplaneError, match="are not there"):
        read_labels(str(tmp_path / "none.npy"))
    (tmp_path / "y.dat").write_text("")
    with pytest.raises(InfoplaneError, match="of no known kind"):
        read_labels(str(tmp_path / "y.dat"))
    (tmp_path / "bad.npy").write_bytes(b"nothing")
    with pytest.raises(InfoplaneError, match="cannot be read"):
        read_labels(str(tmp_path / "bad.npy"))
