"""What was measured of a network, told and drawn: tables, figures, advice, a folder."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from infoplane import tables
from infoplane.errors import InfoplaneError
from infoplane.layer_tables import bins_table, memorization_table
from infoplane.names import BINS
from infoplane.notebook import Page, page_of, picture
from infoplane.runs.watched import Watched
from infoplane.terminal import PlainConsole, plain_console
from infoplane.trackers import Trackers
from infoplane.user_models.advice import advice
from infoplane.user_models.learned_table import learned_table
from infoplane.user_models.saving import save
from infoplane.user_models.scalars import scalars
from infoplane.visible import in_html

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 110  # of text, where no terminal says


class Results:
    """The tables of a network that was watched, and what can be made of them."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self._rows: list[dict[str, Any]] = []
        self._training: list[dict[str, Any]] = []
        self._seconds: list[dict[str, Any]] = []

    def table(self) -> pd.DataFrame:
        """Return all that was measured, one value a row (see ``infoplane.tables``)."""
        return tables.table(self._rows, tables.MEASUREMENTS)

    def training(self) -> pd.DataFrame:
        """Return loss (bits) and accuracy of the examples watched, where logits are classes'."""
        return tables.table(self._training, tables.TRAINING)

    def seconds(self) -> pd.DataFrame:
        """Return how long each look took."""
        return tables.table(self._seconds, tables.SECONDS)

    @property
    def epochs(self) -> list[int]:
        """The epochs that were looked at, in their order."""
        return list(dict.fromkeys(row["epoch"] for row in self._rows))

    def scalars(self) -> dict[str, float]:
        """Return what each layer learned and memorized at the last look, in bits, by name.

        ``infoplane/memorized/LAYER``, ``infoplane/control/LAYER``, ``infoplane/learned/LAYER``,
        each with its null, and others as ``infoplane/I(X;T) bins/LAYER``; what is saturated is left
        out.
        """
        return scalars(self.table())

    def log(self, tracker: Any, step: int | None = None) -> None:
        """Send the last look to an experiment tracker: ``scalars()``, and the plane as a figure.

        A tracker that fails is a warning, and training goes on.

        Args:
            tracker: TensorBoard's ``SummaryWriter``, the module or a run of Weights & Biases or of
                trackio, the module ``mlflow``, a function of scalars, figure and step, or several.
            step: of the look, for the tracker; its epoch unless given.

        Raises:
            InfoplaneError: where nothing was measured, or this is no tracker.
        """
        trackers = tracker if isinstance(tracker, Trackers) else Trackers(tracker)
        if not self._rows:
            raise InfoplaneError("nothing was measured yet; call observe(epoch), then log.")
        figure = self.plot()
        trackers.send(self.scalars(), figure, self.epochs[-1] if step is None else step)

    def state_dict(self) -> dict[str, Tensor]:
        """Return what was measured, for a checkpoint: tensors only."""
        frames = {
            "measurements": self.table(),
            "training": self.training(),
            "seconds": self.seconds(),
        }
        return {"id": _bytes(self.watched.id.encode())} | {
            name: _bytes(table.to_parquet(index=False)) for name, table in frames.items()
        }

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what was measured before an interruption.

        Raises:
            InfoplaneError: where it is of a plane of other layers.
        """
        contents = {name: value.numpy().tobytes() for name, value in state.items()}
        frames = {n: pd.read_parquet(io.BytesIO(contents[n])) for n in contents if n != "id"}
        self.take({name: table.assign(run="own") for name, table in frames.items()})
        self.watched = replace(self.watched, id=contents["id"].decode())

    def take(self, measured: Mapping[str, pd.DataFrame]) -> None:
        """Take tables of earlier looks, by the names they are stored under.

        Raises:
            InfoplaneError: where they are of other layers.
        """
        layers = set(measured["measurements"]["layer"])
        if not layers <= set(self.watched.layers):
            raise InfoplaneError(
                f"what was measured before is of the layers {', '.join(sorted(layers))}, and "
                f"watched are {', '.join(self.watched.layers)}; watch the same, or start anew."
            )
        self._rows = _records(measured["measurements"])
        self._training = _records(measured["training"])
        self._seconds = _records(measured["seconds"])

    @property
    def advice(self) -> list[str]:
        """What values that say little mean, and what to change: a sentence or two each."""
        return advice(self.table(), self.watched)

    def plot(self, **options: Any) -> Figure:
        """Draw the learned–memorized plane, or without M the information plane, or the course.

        The information plane is drawn where bins were asked for or are not saturated in most
        layers; else what decoders read of the label in every layer, against the epoch.

        Args:
            options: of the figure: ``title``, ``estimator``, … (see ``infoplane.figures``).

        Raises:
            InfoplaneError: where nothing was measured.
        """
        from infoplane.figures.main import main_figure

        table = self.table()
        if table.empty:
            raise InfoplaneError("nothing was measured yet; call observe(epoch), then plot().")
        return main_figure(table, **options)

    def summary(self) -> None:
        """Print what each layer learned and memorized at the end, and the advice."""
        self._print(plain_console(WIDTH))

    def save(self, folder: Path | str) -> Path:
        """Write tables, figure and record to a folder, which is read like that of a run.

        ``infoplane report``, ``infoplane runs`` and ``infoplane.load_runs`` take it, and
        ``infoplane.load_plane`` gives the plane back, without its network. Saved again, it holds
        what was measured since.

        Raises:
            InfoplaneError: where nothing was measured, or the folder holds something else.
        """
        if not self._rows:
            raise InfoplaneError("nothing was measured yet; call observe(epoch), then save.")
        figure = self.plot()
        return save(
            Path(folder),
            self.watched,
            {"measurements": self.table(), "training": self.training(), "seconds": self.seconds()},
            figure,
        )

    def page(self, out: Path | str | None = None) -> Page:
        """Return the report of the network, which a notebook shows; written to ``out`` where given.

        Raises:
            InfoplaneError: where nothing was measured, or the file cannot be written.
        """
        with tempfile.TemporaryDirectory() as folder:
            return page_of([self.save(Path(folder) / self.watched.model)], out)

    def _print(self, console: PlainConsole) -> None:
        console.print(repr(self), highlight=False)
        table = self.table()
        if not table.empty:
            shown: list[Any] = [memorization_table(table), learned_table(table)]
            last = table[table["epoch"] == table["epoch"].max()]
            binned = last[last["estimator"] == BINS]["subset"]
            if (binned == tables.main_subset(table)).any():
                shown.append(bins_table(table))
            for part in shown:
                if part is not None:
                    console.print("")
                    console.print(part)
        for sentence in self.advice:
            console.print(f"\n→ {sentence}", highlight=False)

    def __repr__(self) -> str:
        w = self.watched
        looks = len({row["epoch"] for row in self._rows})
        last = f", last epoch {self._rows[-1]['epoch']}" if looks else ""
        of = f" of {w.of_examples:,}" if w.of_examples > w.examples else ""
        test = f", {w.test_examples:,} of test" if w.test_examples else ""
        labels = {"true": "all labels taken for true"}.get(
            w.labels, f"{w.labels} labels, {w.rate:.1%} of them wrong"
        )
        size = f" ({w.parameters:,} parameters)" if w.parameters else ""
        return (
            f"InformationPlane of {w.model}{size}: {len(w.layers)} layers, "
            f"{w.examples:,}{of} training examples{test}, {w.classes} classes, {labels}; "
            f"{looks} looks{last}"
        )

    def _repr_html_(self) -> str:
        text = io.StringIO()
        self._print(PlainConsole(file=text, width=WIDTH))
        shown = f"<pre>{in_html(text.getvalue())}</pre>"
        if not self._rows:
            return shown
        return picture(self.plot, repr(self)) + shown


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _bytes(content: bytes) -> Tensor:
    return torch.from_numpy(np.frombuffer(content, dtype=np.uint8).copy())
