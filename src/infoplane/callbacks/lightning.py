"""Watch a network that Lightning trains: one callback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from infoplane.callbacks.following import labels_in, not_followed
from infoplane.callbacks.watching import Watching
from infoplane.errors import InfoplaneError
from infoplane.observing.models.unwrapped import is_compiled
from infoplane.user_models.datasets import is_dataset

try:
    if "lightning" not in sys.modules and "pytorch_lightning" in sys.modules:
        import pytorch_lightning as pl
    else:
        import lightning.pytorch as pl
except ImportError as error:
    raise InfoplaneError(
        f"InformationPlaneCallback needs Lightning ({error}); pip install lightning."
    ) from error


class InformationPlaneCallback(Watching, pl.Callback):  # pyright: ignore[reportGeneralTypeIssues]
    """See what each layer learns and memorizes, before training and after each epoch.

    Unless examples are given, those of the training loader are watched, and of the validation
    loader as the test part. Values go to the loggers of the trainer with the plane as a figure, and
    to ``trainer.callback_metrics`` for other callbacks to monitor. Training goes on bit for bit as
    without it. In checkpoints it keeps what was measured, and goes on from there.

    Of several processes the first alone observes, and examples are not followed.

    Example:
        Trainer(max_epochs=20, callbacks=[InformationPlaneCallback()])
    """

    def __init__(
        self,
        inputs: Any = None,
        labels: Any = None,
        *,
        model: str | None = None,
        batch_labels: Callable[[Any], Any] = labels_in,
        **options: Any,
    ) -> None:
        """Say what is watched.

        Args:
            inputs, labels, options: as of ``Watching``: ``every``, ``folder``, ``trackers``,
                ``examples``, and those of ``InformationPlane``.
            model: the name of the network inside the LightningModule, as "net" or "model.encoder";
                unless given the module itself, where it has a ``forward``, or the only network in
                it.
            batch_labels: a function from a batch to its labels, where they are neither its part
                ``labels`` nor the last of a pair.

        Raises:
            InfoplaneError: for options that cannot be.
        """
        super().__init__(inputs, labels, **options)
        self._model, self._labels_in = model, batch_labels
        self._batch: tuple[Tensor, Tensor] | None = None
        self._source: Any = None

    @property
    def state_key(self) -> str:
        """The name under which checkpoints keep it: one for each network that is watched."""
        return self._generate_state_key(model=self._model)

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Have the training loader's choices recorded as soon as it is made."""
        if stage != "fit" or not self._examples or not trainer.is_global_zero:
            return
        try:
            if trainer.world_size > 1:
                raise InfoplaneError("each of several processes trains on some of them alone")
            if is_compiled(pl_module) or getattr(pl_module, "_compiler_ctx", None) is not None:
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

            source.dataloader, self._source = recorded, source
        except (InfoplaneError, AttributeError) as error:
            self._stop(error)

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Make the plane, and look before the first epoch."""
        if not trainer.is_global_zero:
            return
        network, held_out = _network(pl_module, self._model), trainer.val_dataloaders
        self._begin(
            network,
            trainer.train_dataloader,
            held_out if is_dataset(held_out) else None,
            trackers=trainer.loggers,
        )
        if self.tracker is not None:
            self._follow(network, lambda _: self._next())
        if trainer.current_epoch == 0:
            self._look(0, step=trainer.global_step)

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
        scalars = self._look(done, last=last, step=trainer.global_step)
        scalars = trainer.strategy.broadcast(scalars, src=0)
        pl_module.log_dict(scalars, logger=False, rank_zero_only=False)

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        """Save the plane, and leave no trace in loader and network."""
        self._end()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Do the same where training was cut short."""
        self._end()

    def _next(self) -> tuple[Tensor, Tensor] | None:
        """The examples of this batch at the first pass through the network; then nothing."""
        batch, self._batch = self._batch, None
        return batch

    def _stop(self, error: Exception) -> None:
        """Follow examples no longer, and say why."""
        self._batch, self._examples = None, False
        if self._following is not None:
            self._following.stop()
        not_followed(error)

    def _end(self) -> None:
        if self._source is not None:
            vars(self._source).pop("dataloader", None)
        self._source = None
        super()._end()


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
