"""The cache of decoded images: used, rebuilt where damaged, done without where it cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from infoplane.data.cache import cache_folder, cached


class Maker:
    """Makes the same arrays each time, and counts how often it was asked."""

    calls = 0

    def __call__(self) -> tuple[np.ndarray, np.ndarray]:
        self.calls += 1
        return np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1), np.arange(3)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INFOPLANE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def assert_made(pair: tuple[np.ndarray, np.ndarray]) -> None:
    for got, made in zip(pair, Maker()(), strict=True):
        assert got.dtype == made.dtype
        np.testing.assert_array_equal(got, made, strict=True)


def test_made_once_for_each_key(folder: Path) -> None:
    make = Maker()
    for key in ("a", "a", "b", "a"):
        assert_made(cached(key, make))
    assert make.calls == 2
    assert sorted(p.suffix for p in folder.iterdir()) == [".npz", ".npz"]


def test_any_damaged_byte_is_noticed_or_harmless(folder: Path) -> None:
    cached("key", Maker())
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    for i in range(0, len(whole), 2):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 0xFF]) + whole[i + 1 :])
        assert_made(cached("key", Maker()))


@pytest.mark.parametrize("length", [0, 40, -1])
def test_half_a_file_is_made_again_and_kept(folder: Path, length: int) -> None:
    cached("key", Maker())
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:length])
    make = Maker()
    assert_made(cached("key", make))
    assert_made(cached("key", make))
    assert make.calls == 1


def test_objects_are_not_unpickled(folder: Path) -> None:
    cached("key", Maker())
    (path,) = folder.iterdir()
    np.savez(path, pixels=np.array([{}], dtype=object), labels=np.arange(3))
    assert_made(cached("key", Maker()))


def test_a_folder_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("INFOPLANE_CACHE", str(tmp_path / "file" / "below"))
    assert_made(cached("key", Maker()))


def test_a_full_disk_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file, **_: object) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert_made(cached("key", Maker()))
    assert list(folder.iterdir()) == []


def test_no_home_folder_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert cache_folder().name == "cache"  # the environment alone is enough
    monkeypatch.delenv("INFOPLANE_CACHE")
    assert_made(cached("key", Maker()))
