"""Pictures as a film: GIF by Pillow, MP4 and WebM by the ffmpeg that is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

from infoplane.errors import InfoplaneError
from infoplane.figures.film.scene import Picture

CODECS = {
    ".mp4": "-c:v libx264 -crf 18 -movflags +faststart -f mp4",
    ".webm": "-c:v libvpx-vp9 -crf 30 -b:v 0 -deadline realtime -cpu-used 6 -row-mt 1 -f webm",
}
KINDS = (".gif", *CODECS)
NEARLY_WHITE = 243  # of 255; walls are 239
COLOURS = 255  # of a GIF, one palette for all its pictures


def check_kind(path: Path) -> None:
    """Raise where a film of this ending cannot be written here.

    Raises:
        InfoplaneError: for another ending, or where ffmpeg is needed and not installed.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise InfoplaneError(f"{path} ends in {kind or 'nothing'}; give one of {', '.join(KINDS)}.")
    if kind in CODECS:
        _ffmpeg(kind)


def write_film(
    pictures: Iterable[Picture],
    path: Path,
    kind: str,
    *,
    fps: int,
    times: Sequence[int],
    palette: Sequence[Picture],
) -> None:
    """Write pictures to a file as they come, one in memory at a time.

    Args:
        pictures: all of one size, which is even.
        path: the file, of any name.
        kind: ``".gif"``, ``".mp4"`` or ``".webm"``.
        fps: frames a second.
        times: for how many frames each picture stands.
        palette: pictures that hold all colours.

    Raises:
        InfoplaneError: where ffmpeg is not installed, or fails.
    """
    if kind == ".gif":
        _write_gif(pictures, path, fps=fps, times=times, palette=palette)
    else:
        _write_video(pictures, path, kind, fps=fps, times=times)


def _write_gif(
    pictures: Iterable[Picture],
    path: Path,
    *,
    fps: int,
    times: Sequence[int],
    palette: Sequence[Picture],
) -> None:
    colours = _with_white(Image.fromarray(np.concatenate(list(palette))).quantize(COLOURS))
    few = (
        Image.fromarray(picture).quantize(palette=colours, dither=Image.Dither.NONE)
        for picture in pictures
    )
    durations = [round(1000 * each / fps) for each in times]  # ms
    with path.open("wb") as file:
        next(few).save(
            file, format="GIF", save_all=True, append_images=few, duration=durations, loop=0
        )


def _with_white(colours: Image.Image) -> Image.Image:
    """The same palette, all that is nearly white made white: Pillow confounds what is so near."""
    values = np.array(colours.getpalette(), dtype=np.int64).reshape(-1, 3)
    values[values.min(axis=1) > NEARLY_WHITE] = 255
    colours.putpalette(values.flatten().tolist())
    return colours


def _write_video(
    pictures: Iterable[Picture], path: Path, kind: str, *, fps: int, times: Sequence[int]
) -> None:
    pictures = iter(pictures)
    first = next(pictures)
    size = f"{first.shape[1]}x{first.shape[0]}"
    given = f"-f rawvideo -pix_fmt rgb24 -s {size} -r {fps} -i - -an -pix_fmt yuv420p"
    command = [_ffmpeg(kind), "-y", "-loglevel", "error", *given.split(), *CODECS[kind].split()]
    with _running([*command, str(path)]) as process:
        assert process.stdin is not None
        for picture, stands in zip(_chain(first, pictures), times, strict=True):
            for _ in range(stands):
                process.stdin.write(picture.tobytes())


def _chain(first: Picture, others: Iterator[Picture]) -> Iterator[Picture]:
    yield first
    yield from others


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is fed; it is ended where feeding it fails.

    Raises:
        InfoplaneError: with its last words, where it failed.
    """
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
        )
        assert process.stdin is not None
        try:
            with suppress(BrokenPipeError), process.stdin:  # it says below why it went away
                yield process
            failed = process.wait() != 0
        finally:
            process.kill()
            process.wait()
        if failed:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
            raise InfoplaneError(
                f"ffmpeg failed ({lines[-1] if lines else 'it did not say why'}); give --out "
                "FILE.gif, which needs none."
            )


def _ffmpeg(kind: str) -> str:
    """Where ffmpeg is: what Matplotlib is told, else on the path."""
    name = str(matplotlib.rcParams["animation.ffmpeg_path"])
    program = shutil.which(name)
    if program is None:
        raise InfoplaneError(
            f"there is no {name} on the path, which writes {kind}; install it (apt-get install "
            "ffmpeg), or give --out FILE.gif, which needs none."
        )
    return program
