"""From the folder of a run to a film of its planes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from rich.progress import track

from infoplane.errors import InfoplaneError
from infoplane.figures.film.encoding import check_kind, write_film
from infoplane.figures.film.scene import Picture, film_epochs, pictures
from infoplane.figures.film.tracks import tracks
from infoplane.runs.query.loaded_runs import find_runs
from infoplane.runs.storage.files import write_atomically
from infoplane.runs.storage.folder import RunFolder
from infoplane.terminal import PlainConsole

LONGEST = 0.5  # seconds that one picture stands, where there are few
END = 2.0  # seconds that the last one stands


def film(
    path: Path | str,
    *,
    out: Path | None = None,
    planes: Sequence[str] = (),
    seconds: float = 12.0,
    fps: int = 25,
) -> Path:
    """Write the film of a run, whole or not at all.

    Args:
        path: the folder of a run.
        out: the film; ``figures/film.gif`` in that folder unless given.
        planes: ``"information"``, ``"memorized"``; all that were measured unless given.
        seconds: how long it is at most, without the time that its end stands.
        fps: pictures a second at most.

    Returns:
        Its path.

    Raises:
        InfoplaneError: where the folder holds no run or several, no plane was measured, ffmpeg is
            needed and not installed, or the file cannot be written.
    """
    if not 0 < seconds <= 600 or not 1 <= fps <= 60:
        raise InfoplaneError(
            f"{seconds:g} seconds at {fps} pictures a second were asked for; give up to 600 "
            "seconds, and 1 to 60 pictures a second."
        )
    folder = _the_run(path)
    out = folder / "figures" / "film.gif" if out is None else out
    check_kind(out)
    measured = tracks(RunFolder(folder).read("measurements"), planes)
    known = chain.from_iterable(each.points["epoch"] for each in measured)
    epochs = film_epochs(known, max(1, int(seconds * fps)))
    frames = max(len(epochs), int(min(seconds, LONGEST * len(epochs)) * fps))
    times = np.diff(np.linspace(0, frames, len(epochs) + 1).round().astype(int)).tolist()
    times[-1] += int(END * fps)
    palette = list(pictures(measured, [epochs[0], epochs[len(epochs) // 2], epochs[-1]]))

    def write(temporary: Path) -> None:
        shown = _with_progress(pictures(measured, epochs), len(epochs))
        write_film(shown, temporary, out.suffix.lower(), fps=fps, times=times, palette=palette)

    write_atomically(out, write)
    return out


def _the_run(path: Path | str) -> Path:
    """The one run in a folder."""
    runs = find_runs(path)
    if len(runs) > 1:
        names = ", ".join(each.name for each in runs[:5])
        more = ", …" if len(runs) > 5 else ""
        raise InfoplaneError(f"{path} holds {len(runs)} runs ({names}{more}); name one of them.")
    return runs[0]


def _with_progress(shown: Iterable[Picture], count: int) -> Iterator[Picture]:
    """The same pictures, counted on a terminal."""
    console = PlainConsole(stderr=True)
    if not console.is_terminal:
        return iter(shown)
    return iter(track(shown, "filming", total=count, console=console, transient=True))
