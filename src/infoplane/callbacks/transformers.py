"""Watch a network that the Trainer of Hugging Face Transformers trains: one callback."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from infoplane.callbacks.following import labels_in, not_followed
from infoplane.callbacks.watching import Watching
from infoplane.errors import InfoplaneError
from infoplane.observing.models.unwrapped import is_compiled
from infoplane.trackers import listed
from infoplane.user_models.datasets import is_dataset

try:
    from transformers import TrainerCallback
except ImportError as error:
    raise InfoplaneError(
        f"TransformersCallback needs Transformers ({error}); pip install transformers accelerate."
    ) from error

STATE = "infoplane.pt"  # in the folder of a checkpoint
ALMOST = 1e-6  # epochs are counted in floats


class TransformersCallback(Watching, TrainerCallback):
    """See what each layer learns and memorizes, before training and after each epoch.

    Unless examples are given, those the Trainer trains on are watched; data sets, as of ``test``,
    are collated as the Trainer does. Values go to what the Trainer reports to (TensorBoard, Weights
    & Biases, trackio, MLflow) with the plane as a figure, and into ``state.log_history``. Training
    goes on bit for bit as without it. Checkpoints keep what was measured, and training resumed from
    one goes on from there.

    Of several processes the first alone observes, and examples are not followed. Where training
    ends in an exception, which the Trainer tells no callback, a hook stays on the network until the
    next training.

    Example:
        trainer.add_callback(TransformersCallback(test=trainer.eval_dataset))
    """

    def on_train_begin(
        self, args: Any, state: Any, control: Any, *, model: Any, train_dataloader: Any, **_: Any
    ) -> None:
        """Make the plane, and look before the first epoch."""
        if not state.is_world_process_zero:
            return
        if self._following is not None:  # of a training that ended in an exception
            self._following.stop()
        self.load_state_dict(
            _saved_state(Path(args.output_dir) / f"checkpoint-{state.global_step}")
        )
        self._begin(
            model,
            train_dataloader,
            trackers=_reported_to(args),
            read=lambda values: _collated(values, train_dataloader),
        )
        if self.tracker is not None:
            self._follow_batches(args, state, model, train_dataloader)
        epoch = state.epoch or 0.0
        if abs(epoch - round(epoch)) < ALMOST:  # none is done, or one since the checkpoint
            self._look_and_keep(state, round(epoch))

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Note which epoch it is."""
        if self._following is not None:
            self._following.epoch = int((state.epoch or 0) + ALMOST)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Look."""
        ends = state.global_step >= state.max_steps or control.should_training_stop
        self._look_and_keep(state, math.ceil(state.epoch - ALMOST), last=ends)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Keep what was measured beside the checkpoint."""
        folder = _checkpoint(args, state)
        if state.is_world_process_zero and folder.is_dir() and self.plane is not None:
            torch.save(self.state_dict(), folder / STATE)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Save the plane, and leave no trace in loader and network."""
        self._end()

    def _look_and_keep(self, state: Any, epoch: int, *, last: bool = False) -> None:
        scalars = self._look(epoch, last=last, step=state.global_step)
        if scalars:
            place = {"epoch": state.epoch or 0.0, "step": state.global_step}
            state.log_history.append({**scalars, **place})

    def _follow_batches(self, args: Any, state: Any, model: nn.Module, loader: Any) -> None:
        try:
            if args.world_size > 1 or args.n_gpu > 1:
                raise InfoplaneError("each of several devices trains on some of them alone")
            if args.torch_compile or is_compiled(model):
                raise InfoplaneError("a compiled network shows nothing of its training passes")
            self._ids.attach(loader)
            if state.global_step and not args.ignore_data_skip:
                steps = math.ceil(len(loader) / args.gradient_accumulation_steps)
                self._ids.skip(state.global_step % steps * args.gradient_accumulation_steps)
        except InfoplaneError as error:
            not_followed(error)
            self.tracker = None
            return
        self._follow(model, self._batch)

    def _batch(self, kwargs: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
        labels = labels_in(kwargs)
        return self._ids.next(len(labels)), labels


def _checkpoint(args: Any, state: Any) -> Path:
    """Return the folder of the Trainer's checkpoint at this step."""
    return Path(args.output_dir) / f"checkpoint-{state.global_step}"


def _collated(values: Any, loader: Any) -> Any:
    """Have a data set read as the Trainer reads its own."""
    if isinstance(values, DataLoader) or not is_dataset(values):
        return values
    columns = getattr(loader.dataset, "column_names", None)  # those that the model takes
    if columns and hasattr(values, "select_columns"):
        values = values.select_columns([name for name in values.column_names if name in columns])
    return DataLoader(values, collate_fn=loader.collate_fn)


def _saved_state(checkpoint: Path) -> dict[str, Tensor]:
    """Return what was measured when a checkpoint was written; empty where there is none."""
    path = checkpoint / STATE
    return torch.load(path, weights_only=True) if path.exists() else {}


def _reported_to(args: Any) -> list[Any]:
    """Return the trackers that the Trainer reports to, which are set up by then."""
    names = listed(args.report_to)
    trackers: list[Any] = [
        sys.modules[n] for n in ("wandb", "trackio", "mlflow") if n in names and n in sys.modules
    ]
    if "tensorboard" in names:
        from torch.utils.tensorboard import SummaryWriter

        trackers.append(SummaryWriter(str(Path(args.output_dir) / "runs" / "infoplane")))
    return trackers
