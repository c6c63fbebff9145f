"""``infoplane film``: the planes of a run through its epochs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro


@dataclass(frozen=True)
class FilmCommand:
    """Film the planes of a run through its epochs: every layer, the way it came, its null.

    A picture is an epoch that was measured; where there are more than fit the time, they are even
    in log(1 + epoch). Interrupted, it leaves no half file.
    """

    run: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
    """The folder of a run or of a saved plane."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """The film: .gif, .mp4 or .webm (default: figures/film.gif in the run's folder). Other than GIF
    needs ffmpeg."""
    plane: Literal["information", "memorized"] | None = None
    """One of the planes alone; side by side unless given."""
    seconds: float = 12.0
    """How long it is at most; the end stands for two more."""
    fps: int = 25
    """Pictures a second at most."""

    def __call__(self) -> None:
        from infoplane.commands.filming import film

        planes = () if self.plane is None else (self.plane,)
        print(film(self.run, out=self.out, planes=planes, seconds=self.seconds, fps=self.fps))
