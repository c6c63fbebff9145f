"""A full disk, a read-only folder, a damaged file: a clear error or a repair, and the same bits."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from grids import BITWISE, QUICK

from infoplane.errors import InfoplaneError
from infoplane.runs import session
from infoplane.runs.grid.run_grid import run_grid
from infoplane.runs.run import run
from infoplane.runs.storage import files, folder
from infoplane.runs.storage.folder import CONFIG, STATUS, WEIGHTS
from infoplane.tables import GEOMETRY_TABLE, RUN_TABLES

resource = pytest.importorskip("resource")  # not on Windows


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(QUICK, out=tmp_path_factory.mktemp("undisturbed") / "run").path


@pytest.fixture(autouse=True)
def checkpoint_at_every_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)


def same_bytes(a: Path, b: Path) -> bool:
    left_over = [path for path in a.iterdir() if path.suffix == ".tmp"]
    return not left_over and all((a / n).read_bytes() == (b / n).read_bytes() for n in BITWISE)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the kernel refuse every byte beyond a size, as a full disk does."""
    _, hard = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [100, 8_000, 18_000])
def test_no_room(undisturbed: Path, tmp_path: Path, size: int) -> None:
    """The configuration, a table, and torch's own file, whose errors are torch's own."""
    refused = pytest.raises(InfoplaneError, match=r"could not be written .*; free some room")
    with files_of_at_most(size), refused:
        run(QUICK, out=tmp_path / "run")
    run(QUICK, out=tmp_path / "run")
    assert same_bytes(tmp_path / "run", undisturbed)


def test_no_room_for_the_weights(tmp_path: Path) -> None:
    """Safetensors has an error of its own."""
    import torch
    from safetensors.torch import save_file

    refused = pytest.raises(InfoplaneError, match=r"could not be written \(.*too large")
    with files_of_at_most(1000), refused:
        weights = {"weight": torch.zeros(1000)}
        files.write_atomically(tmp_path / "weights", lambda path: save_file(weights, path))
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("writes", [0, 1, 9, 20])
def test_read_only(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    """From the n-th file on nothing can be made, as on a disk that went away."""
    left, make = [writes], files.tempfile.mkstemp

    def refuse(**options: object) -> tuple[int, str]:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return make(**options)

    with monkeypatch.context() as patch:
        patch.setattr(files.tempfile, "mkstemp", refuse)
        with pytest.raises(InfoplaneError, match=r"could not be written \(Read-only file system\)"):
            run(QUICK, out=tmp_path / "run")
    run(QUICK, out=tmp_path / "run")
    assert same_bytes(tmp_path / "run", undisturbed)


def test_read_only_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(folder.FileLock, "acquire", refuse)
    with pytest.raises(InfoplaneError, match=r"cannot be written \(Read-only .*another folder"):
        run(QUICK, out=tmp_path / "run")


@pytest.mark.parametrize(
    ("name", "length"),
    [
        *((f"{table}.parquet", 0.5) for table in RUN_TABLES if table != GEOMETRY_TABLE),
        *((WEIGHTS, 0.5), (STATUS, 0.5), (STATUS, 0), ("training.parquet", 0)),
    ],
)
def test_a_file_of_a_finished_run_cut_off(
    undisturbed: Path, tmp_path: Path, name: str, length: float
) -> None:
    """The grid sees it, and computes the run again."""
    path = tmp_path / QUICK.id
    path.mkdir()
    for file in undisturbed.iterdir():
        content = file.read_bytes()
        (path / file.name).write_bytes(
            content[: int(length * len(content))] if file.name == name else content
        )
    run_grid({"one": QUICK}, out=tmp_path)
    assert same_bytes(path, undisturbed)


def test_a_configuration_cut_off(undisturbed: Path, tmp_path: Path) -> None:
    """It cannot be known whose folder that is: nothing is written to it."""
    path = tmp_path / QUICK.id
    path.mkdir()
    (path / CONFIG).write_bytes((undisturbed / CONFIG).read_bytes()[:100])
    with pytest.raises(InfoplaneError, match=r"config.json cannot be read .* delete this one"):
        run_grid({"one": QUICK}, out=tmp_path)
    assert {p.name for p in path.iterdir()} == {CONFIG, ".lock"}
