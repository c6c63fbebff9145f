"""What callbacks of every framework share: the plane, the examples, folder and trackers."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from infoplane.callbacks.following import Batch, Following
from infoplane.callbacks.ids import SampledIds
from infoplane.errors import InfoplaneError
from infoplane.memorization.examples import ExampleTracker
from infoplane.trackers import Trackers, listed
from infoplane.user_models.datasets import size_of
from infoplane.user_models.plane import InformationPlane

PLANE, TRACKER = "plane.", "tracker."


class Watching:
    """A network that is watched while a framework trains it: a base of its callbacks."""

    def __init__(
        self,
        inputs: Any = None,
        labels: Any = None,
        *,
        every: int = 1,
        folder: Path | str | None = None,
        trackers: Any = (),
        examples: bool = True,
        **options: Any,
    ) -> None:
        """Say what is watched, and when.

        Args:
            inputs, labels: the examples to watch and their true labels, as of
                ``InformationPlane``; the framework's own training data unless given.
            every: epochs between looks; one before training and one after the last are always
                taken.
            folder: where the plane is saved at the end.
            trackers: one or several besides the framework's, see ``infoplane.trackers.sender``.
            examples: whether to follow every training example, too.
            options: further ones of ``InformationPlane``: ``test``, ``seen_labels``, ``layers``, …

        Raises:
            InfoplaneError: for options that cannot be; what else cannot be watched is refused
                before training starts, and later troubles are warnings.
        """
        if not isinstance(every, int) or isinstance(every, bool) or every < 1:
            raise InfoplaneError(f"every is {every!r}; give the epochs between looks, 1 or more.")
        self._folder = None if folder is None else Path(folder)
        if self._folder is not None and self._folder.exists() and not self._folder.is_dir():
            raise InfoplaneError(f"folder {self._folder} is a file; give a folder.")
        self._trackers = Trackers(trackers)
        self._given_trackers = listed(trackers)
        self._inputs, self._labels, self._every = inputs, labels, every
        self._examples, self._options = examples, options
        self._state: dict[str, Tensor] = {}
        self._ids = SampledIds()
        self._following: Following | None = None
        self.plane: InformationPlane | None = None
        """What was measured so far; None before training."""
        self.tracker: ExampleTracker | None = None
        """What is known of each training example; None where they are not followed."""

    def _begin(
        self,
        model: nn.Module,
        train: Any,
        test: Any = None,
        *,
        trackers: list[Any],
        read: Callable[[Any], Any] = lambda values: values,
    ) -> None:
        """Make the plane of a model, of the framework's loaders where no data was given.

        Args:
            model: the network.
            train, test: the framework's loaders.
            trackers: what the framework reports to.
            read: from data that were given to those that are read.

        Raises:
            InfoplaneError: for data or a model that cannot be watched.
        """
        self._trackers = Trackers([*self._given_trackers, *trackers])
        inputs, held_out = read(self._inputs), read(self._options.get("test"))
        if inputs is None:
            inputs, held_out = train, test if held_out is None else held_out
        self.plane = InformationPlane(
            model, inputs, self._labels, **self._options | {"test": held_out}
        )
        if self._state:
            self.plane.load_state_dict(_part(self._state, PLANE))
        n = size_of(train)
        if self._examples and n is not None:
            self.tracker = ExampleTracker(n)
            if tracker_state := _part(self._state, TRACKER):
                self.tracker.load_state_dict(tracker_state)

    def _follow(self, model: nn.Module, batch: Callable[[Any], Batch | None]) -> None:
        """Follow the examples of every training pass of a model from now on."""
        assert self.tracker is not None
        self._following = Following(self.tracker, model, batch, self._options.get("output"))

    def _look(self, epoch: int, *, step: int, last: bool = False) -> dict[str, float]:
        """Observe, if it is time; return the values as scalars, in bits.

        What cannot be measured is reported, and training goes on.
        """
        plane = self.plane
        if plane is None or (epoch % self._every and not last) or epoch in plane.epochs:
            return {}
        try:
            plane.observe(epoch)
        except InfoplaneError as error:
            warnings.warn(f"nothing was measured after epoch {epoch}: {error}", stacklevel=2)
            return {}
        if len(self._trackers):
            plane.log(self._trackers, step=step)
        return plane.scalars()

    def _end(self) -> None:
        """Leave no trace in loader and network, and save the plane where that is asked for."""
        if self._following is not None:
            self._following.stop()
        self._following = None
        self._ids.detach()
        if self._folder is None or self.plane is None or not self.plane.epochs:
            return
        try:
            self.plane.save(self._folder)
        except InfoplaneError as error:
            warnings.warn(f"the plane was not saved: {error}", stacklevel=2)

    def state_dict(self) -> dict[str, Tensor]:
        """Return what a checkpoint keeps: what was measured, tensors only."""
        parts = ((PLANE, self.plane), (TRACKER, self.tracker))
        return {
            f"{prefix}{name}": value
            for prefix, part in parts
            if part is not None
            for name, value in part.state_dict().items()
        }

    def load_state_dict(self, state_dict: dict[str, Tensor]) -> None:
        """Go on from a checkpoint when training begins."""
        self._state = dict(state_dict)


def _part(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
