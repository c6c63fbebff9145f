"""All runs of a folder as one: their configurations, their tables, and where they ended."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from infoplane import tables
from infoplane.errors import InfoplaneError
from infoplane.runs.query.ends import VALUES, end
from infoplane.runs.query.keys import as_written, is_value, known_key, member_keys
from infoplane.runs.storage.files import as_path
from infoplane.runs.storage.folder import CONFIG, RunFolder
from infoplane.runs.storage.reader import TableReader
from infoplane.runs.storage.remote import is_url

if TYPE_CHECKING:
    from infoplane.notebook import Page

MEMBER = ["run", "member"]


def find_runs(folder: Path | str) -> list[Path]:
    """Return the run folders in a folder, itself where it is one.

    Raises:
        InfoplaneError: where the folder is at a URL, does not exist or holds no run.
    """
    if is_url(folder):
        raise InfoplaneError(
            f"{folder} is a URL, and runs are read from folders; copy them to one and name that."
        )
    folder = as_path(folder, "folder")
    if not folder.is_dir():
        raise InfoplaneError(f"there is no folder {folder}; name one that holds runs.")
    folders = sorted(path.parent for path in folder.glob(f"*/{CONFIG}"))
    folders += [folder] if (folder / CONFIG).exists() else []
    if not folders:
        raise InfoplaneError(f"{folder} holds no runs; make one with: infoplane run")
    return folders


def load_runs(path: Path | str = "runs") -> LoadedRuns:
    """Load all runs of a folder as one.

    A run that cannot be read is left out, with a warning; of one that lies there twice, the first
    is taken. Tables are read when they are asked for, and those that cannot be are left out in the
    same way.

    Args:
        path: a folder that holds run folders, or is one.

    Returns:
        Their configurations and tables.

    Raises:
        InfoplaneError: where the folder is at a URL, does not exist or holds no run.
    """
    folders: dict[str, RunFolder] = {}
    rows: list[dict[str, Any]] = []
    for folder in map(RunFolder, find_runs(path)):
        try:
            config, status = folder.config(), folder.status()
        except InfoplaneError as error:
            warnings.warn(f"left out: {error}", stacklevel=2)
            continue
        if config.id not in folders:
            folders[config.id] = folder
            place = {"folder": str(folder.path), "state": status["state"], "epoch": status["epoch"]}
            rows += [{"run": config.id, **row, **place} for row in member_keys(config)]
    if not rows:
        raise InfoplaneError(f"no run in {path} can be read; run them again.")
    return LoadedRuns(folders, pd.DataFrame(rows, dtype=object).infer_objects())


class LoadedRuns(TableReader):
    """Runs as one: a table of configurations, and their tables below each other.

    ``configs`` has a row for each member of each run, and a column for each key of a configuration
    as it is in force: ``data.rate`` is 0 of true labels, NaN of a matrix. Every table tells its
    rows apart by ``run`` and ``member``, so that

        runs.measurements.join(runs.configs["data.rate"], on=["run", "member"])

    puts any key beside them.
    """

    def __init__(self, folders: dict[str, RunFolder], configs: pd.DataFrame) -> None:
        self.folders = {run: folders[run] for run in configs["run"].unique()}
        self.configs = configs.set_index(MEMBER)

    def __len__(self) -> int:
        return len(self.folders)

    def where(self, *conditions: str) -> LoadedRuns:
        """Return the members for which all conditions hold, each ``key=value``.

        Raises:
            InfoplaneError: for a condition of another form, an unknown key, or where none is left.
        """
        configs = self.configs
        for condition in conditions:
            key, equals, text = condition.partition("=")
            if not equals:
                raise InfoplaneError(f"where {condition!r} has no value; give KEY=VALUE.")
            key = known_key(key.strip())
            fits = [is_value(value, text.strip()) for value in configs[key]]
            if not any(fits):
                there = ", ".join(sorted({as_written(value) for value in configs[key]}))
                raise InfoplaneError(f"no run has {condition}; {key} is one of: {there}.")
            configs = configs[fits]
        return LoadedRuns(self.folders, configs.reset_index())

    def page(self, out: Path | str | None = None) -> Page:
        """Return the report of these runs, which a notebook shows; written to ``out`` where given.

        A run is shown with all its members.

        Raises:
            InfoplaneError: where one has no measurements, or the file cannot be written.
        """
        from infoplane.notebook import page_of

        return page_of([folder.path for folder in self.folders.values()], out)

    def _repr_html_(self) -> str:
        from infoplane.notebook import runs_html

        return runs_html(self)

    def read(self, name: str) -> pd.DataFrame:
        """Read a table of all runs; one that is damaged, or gone, is left out with a warning."""
        frames = []
        for run, folder in self.folders.items():
            try:
                if (folder / f"{name}.parquet").exists() or folder.has(name):
                    frames.append(folder.read(name))
            except InfoplaneError as error:
                warnings.warn(f"{name} of run {run} left out: {error}", stacklevel=2)
        if not frames:
            return tables.table([], tables.COLUMNS[name])
        joined = pd.concat(frames, ignore_index=True)
        selected = pd.MultiIndex.from_frame(joined[MEMBER]).isin(self.configs.index)
        return joined[selected].reset_index(drop=True)

    def ends(self) -> pd.DataFrame:
        """Return where each member ended: accuracy, and the last hidden layer in bits.

        Accuracy is on the labels seen in training, and on the true ones of the test part; I(X;T)
        and I(T;Y) are those of bins on the examples a run is first told by, M = I(T;Ỹ|Y) that of
        the training part. NaN where it was not measured.
        """
        rows = [
            {"run": run, "member": member, **end(training, measurements)}
            for (run, member), training, measurements in self._members()
        ]
        return pd.DataFrame(rows, columns=[*MEMBER, "layer", *VALUES])

    def _members(self) -> Iterable[tuple[tuple[str, int], pd.DataFrame, pd.DataFrame]]:
        empty = self.training[:0], self.measurements[:0]
        training = dict(list(self.training.groupby(MEMBER)))
        measurements = dict(list(self.measurements.groupby(MEMBER)))
        for who in self.configs.index:
            yield who, training.get(who, empty[0]), measurements.get(who, empty[1])

    def by(self, *keys: str) -> pd.DataFrame:
        """Return mean and standard deviation of the ends over the members of all runs, by keys.

        Returns:
            A row for each combination of values, with columns ``(value, mean | std | count)``;
            the standard deviation is NaN where there is one member.

        Raises:
            InfoplaneError: for no key, or an unknown one.
        """
        if not keys:
            raise InfoplaneError("by got no keys; give one or more, such as data.rate.")
        columns = [known_key(key) for key in keys]
        ends = self.ends().join(self.configs[columns], on=MEMBER)
        grouped = ends.groupby(columns, dropna=False)
        summary = grouped[list(VALUES)].agg(["mean", "std", "count"])
        summary.insert(0, ("runs", ""), grouped["run"].nunique())
        summary.insert(1, ("members", ""), grouped.size())
        return summary
