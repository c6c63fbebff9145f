"""What callbacks of every framework share: the plane, the examples, folder and trackers."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from infoplane.errors import InfoplaneError
from infoplane.memorization.examples import ExampleTracker
from infoplane.trackers import Trackers
from infoplane.user_models.datasets import size_of
from infoplane.user_models.plane import InformationPlane

PLANE, TRACKER = "plane.", "tracker."


class Watching:
    """A network that is watched while a framework trains it.

    Args:
        inputs, labels: as of ``InformationPlane``; the framework's own training data unless given.
        every: epochs between looks; one before training and one after the last are always taken.
        folder: where the plane is saved at the end.
        trackers: see ``infoplane.trackers.sender``.
        examples: whether to follow every training example.
        options: of ``InformationPlane``.
    """

    def __init__(
        self,
        inputs: Any,
        labels: Any,
        *,
        every: int,
        folder: Path | str | None,
        trackers: Any,
        examples: bool,
        options: dict[str, Any],
    ) -> None:
        if not isinstance(every, int) or isinstance(every, bool) or every < 1:
            raise InfoplaneError(f"every is {every!r}; give the epochs between looks, 1 or more.")
        self.inputs, self.labels, self.every = inputs, labels, every
        self.folder = None if folder is None else Path(folder)
        if self.folder is not None and self.folder.exists() and not self.folder.is_dir():
            raise InfoplaneError(f"folder {self.folder} is a file; give a folder.")
        self.trackers = Trackers(trackers)
        self.examples, self.options = examples, options
        self.plane: InformationPlane | None = None
        self.tracker: ExampleTracker | None = None
        self.state: dict[str, Tensor] = {}

    def begin(self, model: nn.Module, train: Any, test: Any) -> None:
        """Make the plane of a model, of the framework's loaders where no data was given.

        Raises:
            InfoplaneError: for data or a model that cannot be watched, before training starts.
        """
        inputs = self.inputs
        options = dict(self.options)
        if inputs is None:
            inputs = train
            if options.get("test") is None and test is not None:
                options["test"] = test
        self.plane = InformationPlane(model, inputs, self.labels, **options)
        self.plane.load_state_dict(_part(self.state, PLANE)) if self.state else None
        n = size_of(train)
        if self.examples and n is not None:
            self.tracker = ExampleTracker(n)
            if tracker_state := _part(self.state, TRACKER):
                self.tracker.load_state_dict(tracker_state)

    def look(self, epoch: int, *, last: bool = False, step: int | None = None) -> dict[str, float]:
        """Observe, if it is time; return the values as scalars, in bits.

        What cannot be measured is reported, and training goes on.
        """
        plane = self.plane
        if plane is None or (epoch % self.every and not last) or epoch in plane.epochs:
            return {}
        try:
            plane.observe(epoch)
        except InfoplaneError as error:
            warnings.warn(f"nothing was measured after epoch {epoch}: {error}", stacklevel=2)
            return {}
        scalars = plane.scalars()
        if len(self.trackers):
            plane.log(self.trackers, step=epoch if step is None else step)
        return scalars

    def save(self) -> None:
        """Write the plane to its folder, if there is one and something was measured."""
        if self.folder is None or self.plane is None or not self.plane.epochs:
            return
        try:
            self.plane.save(self.folder)
        except InfoplaneError as error:
            warnings.warn(f"the plane was not saved: {error}", stacklevel=2)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the state to resume from, tensors only."""
        parts = ((PLANE, self.plane), (TRACKER, self.tracker))
        return {
            f"{prefix}{name}": value
            for prefix, part in parts
            if part is not None
            for name, value in part.state_dict().items()
        }


def _part(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
