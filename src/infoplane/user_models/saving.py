"""A plane in a folder that is read like a run's, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from infoplane import tables
from infoplane.errors import InfoplaneError
from infoplane.runs.session import versions
from infoplane.runs.storage.folder import CONFIG, RunFolder
from infoplane.runs.watched import Watched, WatchedConfig, config_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

EMPTY = {"examples": tables.EXAMPLES, "dynamics": tables.DYNAMICS, "gradients": tables.GRADIENTS}


def save(path: Path, watched: Watched, measured: dict[str, pd.DataFrame], figure: Figure) -> Path:
    """Write what was measured; the record of a plane is written once and then checked.

    Raises:
        InfoplaneError: where the folder holds something else, or cannot be written.
    """
    from infoplane.figures import save as save_figure

    if path.exists() and not path.is_dir():
        raise InfoplaneError(f"{path} is a file; give a folder.")
    folder, config = RunFolder(path), config_of(watched)
    with folder.locked():
        folder.claim(config, {"versions": versions()})
        epoch = int(measured["measurements"]["epoch"].max())
        folder.write_status("running", epoch)  # until all is written, nothing is held to digests
        for name, table in measured.items():
            folder.write(name, table.assign(run=config.id))
        for name, columns in EMPTY.items():
            folder.write(name, tables.table([], columns))
        (path / "figures").mkdir(exist_ok=True)
        save_figure(figure, path / "figures" / "plane")
        folder.write_complete(epoch)
    return path


def load(path: Path) -> tuple[Watched, dict[str, pd.DataFrame]]:
    """Return the record and the tables of a folder.

    Raises:
        InfoplaneError: where it holds no plane.
    """
    folder = RunFolder(path)
    if not (folder / CONFIG).exists():
        raise InfoplaneError(f"{path} holds no plane; name a folder that plane.save wrote.")
    config = folder.config()
    if not isinstance(config, WatchedConfig):
        raise InfoplaneError(
            f"{path} holds a run of infoplane, no plane; read it with infoplane.load_runs."
        )
    return config.watched, {n: folder.read(n) for n in ("measurements", "training", "seconds")}
