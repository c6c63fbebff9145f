"""``infoplane film``: a file that is whole or not there, of every kind."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from infoplane.commands import filming
from infoplane.commands.film import FilmCommand
from infoplane.commands.filming import film
from infoplane.errors import InfoplaneError
from tests.page.run_folders import run_tables, write_run

FRAME = 1280 * 640 * 3  # bytes


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "a-run", run_tables(epochs=(0, 2, 9, 80)))


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a program called ffmpeg on the path."""

    def put(script: str) -> None:
        path = tmp_path / "bin" / "ffmpeg"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")

    return put


def test_a_gif_needs_nothing_else(run: Path, capsys) -> None:
    FilmCommand(str(run), seconds=4, fps=10)()
    path = Path(capsys.readouterr().out.strip())
    assert path == run / "figures" / "film.gif"
    with Image.open(path) as shown:
        assert (shown.n_frames, shown.size, shown.info["loop"]) == (4, (1280, 640), 0)
        times = []
        for i in range(4):
            shown.seek(i)
            times.append(shown.info["duration"])
        assert times == [500, 500, 500, 2500]
        assert np.asarray(shown.convert("RGB"))[2, -2].tolist() == [255, 255, 255]


def test_a_video_is_what_ffmpeg_makes_of_all_frames(run: Path, tmp_path: Path, program) -> None:
    program('for last; do :; done; wc -c > "$last"; echo "$@" >> "$last"')
    for kind, codec in ((".mp4", "libx264"), (".webm", "libvpx-vp9")):
        path = film(run, out=tmp_path / f"film{kind}", seconds=1, fps=10)
        count, arguments = path.read_text().split("\n")[:2]
        assert int(count) == (10 + 20) * FRAME
        assert codec in arguments
        assert "-s 1280x640 -r 10" in arguments
    assert {p.name for p in tmp_path.iterdir()} == {"bin", "film.mp4", "film.webm"}


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg: apt-get install ffmpeg")
@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_a_video_by_ffmpeg_itself(run: Path, tmp_path: Path, kind: str) -> None:
    path = film(run, out=tmp_path / f"film.{kind}", seconds=1, fps=5, planes=("memorized",))
    assert path.read_bytes()[:16].find(b"ftyp" if kind == "mp4" else b"\x1aE\xdf\xa3") >= 0


@pytest.mark.parametrize("script", ["echo no such codec >&2; exit 1", "cat > /dev/null; exit 3"])
def test_where_ffmpeg_fails_it_is_said_and_nothing_is_left(
    run: Path, tmp_path: Path, program, script: str
) -> None:
    program(script)
    with pytest.raises(InfoplaneError, match=r"ffmpeg failed \((no such codec|it did not say)"):
        film(run, out=tmp_path / "out" / "film.mp4", seconds=1, fps=5)
    assert not list((tmp_path / "out").iterdir())


def test_without_ffmpeg_it_is_said_before_anything(run: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InfoplaneError, match=r"no ffmpeg on the path, which writes \.webm; inst"):
        film(run, out=tmp_path / "film.webm")


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_interrupted_the_old_film_stays(
    run: Path, tmp_path: Path, monkeypatch, program, kind: str
) -> None:
    program("cat > /dev/null")
    path = tmp_path / "out" / f"film.{kind}"
    path.parent.mkdir()
    path.write_text("old")
    pictures = filming.pictures

    def interrupted(tracks, epochs):
        yield from pictures(tracks, epochs[:2])
        if len(epochs) > 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(filming, "pictures", interrupted)
    with pytest.raises(KeyboardInterrupt):
        film(run, out=path)
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert path.read_text() == "old"


def test_mistakes_are_said(run: Path, tmp_path: Path) -> None:
    with pytest.raises(InfoplaneError, match=r"ends in \.avi; give one of \.gif, \.mp4, \.webm"):
        film(run, out=tmp_path / "film.avi")
    with pytest.raises(InfoplaneError, match="0 seconds at 25 pictures"):
        film(run, seconds=0)
    for name in ("one", "other"):
        shutil.copytree(run, tmp_path / name)
    with pytest.raises(InfoplaneError, match=r"holds 2 runs \(one, other\); name one of them"):
        film(tmp_path)
