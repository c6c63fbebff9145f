"""What every command checks before it starts, and sentences for what the machine refuses."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from infoplane.commands import front
from infoplane.commands.gallery import GalleryCommand
from infoplane.commands.reproduce import ReproduceCommand
from infoplane.commands.validate import ValidateCommand
from infoplane.errors import InfoplaneError


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--out", ""], "--out is ''; give a value, or leave it out"),
        (["report", " "], "an argument is ' '; give a value, or leave it out"),
    ],
)
def test_empty_arguments(arguments: list[str], told: str) -> None:
    front.check_arguments(["run", "--out", "here"])
    with pytest.raises(InfoplaneError, match=told):
        front.check_arguments(arguments)


def test_places_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    front.check_command(ValidateCommand(out=tmp_path / "a" / "b"))
    for out, told in {
        tmp_path / "file" / "x": "cannot be made, as .*file is a file; choose another place",
        tmp_path / "file": "file is a file; give a folder with --out",
        tmp_path / ("a" * 300): r"cannot be written \(File name too long\); choose another",
        Path("a\0b"): "is no path; choose another place with --out",
    }.items():
        with pytest.raises(InfoplaneError, match=told):
            front.check_command(ValidateCommand(out=out))
    with pytest.raises(InfoplaneError, match="is a folder; give a file with --out"):
        front.check_command(GalleryCommand(out=tmp_path))

    def refuse(**_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(front.tempfile, "TemporaryFile", refuse)
    with pytest.raises(InfoplaneError, match=r"written \(Read-only file system\); choose another"):
        front.check_command(ValidateCommand(out=tmp_path / "a"))


def test_a_device_is_looked_at_before_anything_else() -> None:
    with pytest.raises(InfoplaneError, match="device 'tpu:9' cannot be used here; give auto, cpu"):
        front.check_command(ReproduceCommand("memorizing", device="tpu:9"))


def test_sentences_of_the_machine() -> None:
    denied = PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/root/x")
    assert front.sentence(denied) == (
        "/root/x cannot be used (Permission denied); check the path and its permissions."
    )
    for full in (MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")):
        assert str(front.sentence(full)).startswith("there is not enough memory for this; ask for")
    for own in (RuntimeError("a bug"), BrokenPipeError(errno.EPIPE, "Broken pipe")):
        assert front.sentence(own) is None
