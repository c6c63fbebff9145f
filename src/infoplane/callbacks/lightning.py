"""Watch a network that Lightning trains: one callback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from infoplane.callbacks.compiled import is_compiled
from infoplane.callbacks.following import Following, labels_in, not_followed
from infoplane.callbacks.ids import SampledIds
from infoplane.callbacks.watching import Watching
from infoplane.errors import InfoplaneError
from infoplane.memorization.examples import ExampleTracker
from infoplane.trackers import Trackers, listed
from infoplane.user_models.plane import InformationPlane

try:
    if "lightning" not in sys.modules and "pytorch_lightning" in sys.modules:
        import pytorch_lightning as pl
    else:
        import lightning.pytorch as pl
except ImportError as error:
    raise InfoplaneError(
        f"InformationPlaneCallback needs Lightning ({error}); pip install lightning."
    ) from error


class InformationPlaneCallback(pl.Callback):  # pyright: ignore[reportGeneralTypeIssues]
    """See what each layer learns and memorizes, before training and after each epoch.

    Values go to the loggers of the trainer with the plane as a figure, and to
    ``trainer.callback_metrics`` for other callbacks to monitor. Training goes on bit for bit as
    without it. In checkpoints it keeps what was measured, and goes on from there.

    Args:
        inputs, labels: the examples to watch and their true labels, as of ``InformationPlane``;
            unless given, those of the training loader, and of the validation loader as test part.
        model: the name of the network inside the LightningModule, as "net" or "model.encoder";
            unless given the module itself, where it has a ``forward``, or the only network in it.
        every: epochs between looks.
        folder: where the plane is saved at the end.
        trackers: further ones, see ``infoplane.trackers.sender``.
        examples: follow every training example, too: ``callback.tracker`` is an
            ``ExampleTracker``, whose ids are places in the training data set.
        batch_labels: a function from a batch to its labels, where they are neither its part
            ``labels`` nor the last of a pair.
        options: further ones of ``InformationPlane``: ``seen_labels``, ``test``, ``layers``, …

    Of several processes the first alone observes, and examples are not followed.

    Raises:
        InfoplaneError: before training, for data or a network that cannot be watched; later
            troubles are warnings.

    Example:
        Trainer(max_epochs=20, callbacks=[InformationPlaneCallback()])
    """

    def __init__(
        self,
        inputs: Any = None,
        labels: Any = None,
        *,
        model: str | None = None,
        every: int = 1,
        folder: Path | str | None = None,
        trackers: Any = (),
        examples: bool = True,
        batch_labels: Callable[[Any], Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self._watching = Watching(
            inputs,
            labels,
            every=every,
            folder=folder,
            trackers=trackers,
            examples=examples,
            options=options,
        )
        self._given_trackers = trackers
        self._model, self._labels_in = model, batch_labels or labels_in
        self._ids = SampledIds()
        self._following: Following | None = None
        self._batch: tuple[Tensor, Tensor] | None = None
        self._undo: list[Callable[[], None]] = []

    @property
    def state_key(self) -> str:
        """The name under which checkpoints keep it: one for each network that is watched."""
        return self._generate_state_key(model=self._model)

    @property
    def plane(self) -> InformationPlane | None:
        """What was measured so far; None before training."""
        return self._watching.plane

    @property
    def tracker(self) -> ExampleTracker | None:
        """What is known of each training example; None where they are not followed."""
        return self._watching.tracker

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Have the training loader's choices recorded as soon as it is made."""
        if stage != "fit" or not self._watching.examples or not trainer.is_global_zero:
            return
        try:
            if trainer.world_size > 1:
                raise InfoplaneError("each of several processes trains on some of them alone")
            if is_compiled(pl_module):
                raise InfoplaneError("a compiled network shows nothing of its training passes")
            source = trainer.fit_loop._data_source  # the loader's workers start before any hook
            make = source.dataloader

            def recorded() -> Any:
                loader = make()
                try:
                    self._ids.attach(loader)
                except InfoplaneError as error:
                    self._stop(error)
                return loader

            source.dataloader = recorded
            self._undo += [lambda: vars(source).pop("dataloader", None), self._ids.detach]
        except (InfoplaneError, AttributeError) as error:
            self._stop(error)

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Make the plane, and look before the first epoch."""
        if not trainer.is_global_zero:
            return
        network = _network(pl_module, self._model)
        self._watching.trackers = Trackers([*listed(self._given_trackers), *trainer.loggers])
        self._watching.begin(network, trainer.train_dataloader, trainer.val_dataloaders or None)
        if self._watching.tracker is not None:
            output = self._watching.options.get("output")
            self._following = Following(
                self._watching.tracker, network, lambda _: self._next(), output
            )
            self._undo.append(self._following.stop)
        if trainer.current_epoch == 0:
            self._watching.look(0, step=trainer.global_step)

    def on_train_batch_start(
        self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int
    ) -> None:
        """Note which examples come, and their labels."""
        if self._following is None or not self._following.active:
            return
        self._following.epoch = trainer.current_epoch
        try:
            labels = torch.as_tensor(self._labels_in(batch))
            self._batch = self._ids.next(len(labels)), labels
        except Exception as error:  # whatever it is, training goes on
            self._stop(error)

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Notice a step that never ran the network that is watched."""
        if self._batch is not None and self._following is not None and self._following.active:
            self._stop(InfoplaneError("a training step did not call the network that is watched"))

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Observe, and pass the values on."""
        done = trainer.current_epoch + 1
        last = done == trainer.max_epochs or trainer.should_stop
        scalars = self._watching.look(done, last=last, step=trainer.global_step)
        scalars = trainer.strategy.broadcast(scalars, src=0)
        pl_module.log_dict(scalars, logger=False, rank_zero_only=False)

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        """Save the plane, and leave no trace in loader and network."""
        self._end()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Do the same where training was cut short."""
        self._end()

    def state_dict(self) -> dict[str, Any]:
        """Return what was measured, for a checkpoint: tensors only."""
        return self._watching.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self._watching.state = dict(state_dict)

    def _next(self) -> tuple[Tensor, Tensor] | None:
        """The examples of this batch at the first pass through the network; then nothing."""
        batch, self._batch = self._batch, None
        return batch

    def _stop(self, error: Exception) -> None:
        """Follow examples no longer, and say why."""
        self._batch, self._watching.examples = None, False
        if self._following is not None:
            self._following.stop()
        not_followed(error)

    def _end(self) -> None:
        while self._undo:
            self._undo.pop()()
        self._watching.save()


def _network(module: Any, name: str | None) -> nn.Module:
    """Return what is watched of a LightningModule."""
    if name is not None:
        try:
            return module.get_submodule(name)
        except AttributeError:
            choices = ", ".join(name for name, _ in module.named_children())
            raise InfoplaneError(
                f"the LightningModule has no network {name!r}; it has {choices or 'none'}."
            ) from None
    if type(module).forward is not pl.LightningModule.forward:
        return module
    networks = [(n, child) for n, child in module.named_children() if list(child.parameters())]
    if len(networks) != 1:
        choices = ", ".join(name for name, _ in networks)
        raise InfoplaneError(
            f"the LightningModule has no forward and {len(networks)} networks "
            f"({choices or 'none'}); say with model= which to watch."
        )
    return networks[0][1]
