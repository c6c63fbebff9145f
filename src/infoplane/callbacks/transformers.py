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

from infoplane.callbacks.compiled import is_compiled
from infoplane.callbacks.following import Following, labels_in, not_followed
from infoplane.callbacks.ids import SampledIds
from infoplane.callbacks.watching import Watching
from infoplane.errors import InfoplaneError
from infoplane.memorization.examples import ExampleTracker
from infoplane.trackers import Trackers, listed
from infoplane.user_models.datasets import is_dataset
from infoplane.user_models.plane import InformationPlane

try:
    from transformers import TrainerCallback
except ImportError as error:
    raise InfoplaneError(
        f"TransformersCallback needs Transformers ({error}); pip install transformers accelerate."
    ) from error

STATE = "infoplane.pt"  # in the folder of a checkpoint
ALMOST = 1e-6  # epochs are counted in floats


class TransformersCallback(TrainerCallback):
    """See what each layer learns and memorizes, before training and after each epoch.

    Values go to what the Trainer reports to (TensorBoard, Weights & Biases, trackio, MLflow) with
    the plane as a figure, and into ``state.log_history``. Training goes on bit for bit as without
    it. Checkpoints keep what was measured, and training resumed from one goes on from there.

    Args:
        inputs, labels: the examples to watch and their true labels, as of ``InformationPlane``;
            unless given, those the Trainer trains on. Data sets are collated as the Trainer does.
        test: held-out examples, as ``trainer.eval_dataset``.
        every: epochs between looks.
        folder: where the plane is saved at the end.
        trackers: further ones, see ``infoplane.trackers.sender``.
        examples: follow every training example, too: ``callback.tracker`` is an
            ``ExampleTracker``, whose ids are places in the training data set.
        options: further ones of ``InformationPlane``: ``seen_labels``, ``layers``, ``reduce``, …

    Of several processes the first alone observes, and examples are not followed.

    Raises:
        InfoplaneError: before training, for data or a network that cannot be watched; later
            troubles are warnings.

    Example:
        trainer.add_callback(TransformersCallback(test=trainer.eval_dataset))
    """

    def __init__(
        self,
        inputs: Any = None,
        labels: Any = None,
        *,
        test: Any = None,
        every: int = 1,
        folder: Path | str | None = None,
        trackers: Any = (),
        examples: bool = True,
        **options: Any,
    ) -> None:
        self._watching = Watching(
            inputs,
            labels,
            every=every,
            folder=folder,
            trackers=trackers,
            examples=examples,
            options=options,
        )
        self._test, self._given_trackers = test, trackers
        self._ids = SampledIds()
        self._following: Following | None = None

    @property
    def plane(self) -> InformationPlane | None:
        """What was measured so far; None before training."""
        return self._watching.plane

    @property
    def tracker(self) -> ExampleTracker | None:
        """What is known of each training example; None where they are not followed."""
        return self._watching.tracker

    def on_train_begin(
        self, args: Any, state: Any, control: Any, *, model: Any, train_dataloader: Any, **_: Any
    ) -> None:
        """Make the plane, and look before the first epoch."""
        if not state.is_world_process_zero:
            return
        watching = self._watching
        watching.state = _saved_state(Path(args.output_dir) / f"checkpoint-{state.global_step}")
        inputs = watching.inputs
        watching.inputs = _collated(inputs, train_dataloader)
        watching.trackers = Trackers([*listed(self._given_trackers), *_reported_to(args)])
        try:
            watching.begin(model, train_dataloader, _collated(self._test, train_dataloader))
        finally:
            watching.inputs = inputs
        if watching.tracker is not None:
            self._follow(args, state, model, train_dataloader)
        epoch = state.epoch or 0.0
        if abs(epoch - round(epoch)) < ALMOST:  # none is done, or one since the checkpoint
            self._look(state, round(epoch))

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Note which epoch it is."""
        if self._following is not None:
            self._following.epoch = int((state.epoch or 0) + ALMOST)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Look."""
        ends = state.global_step >= state.max_steps or control.should_training_stop
        self._look(state, math.ceil(state.epoch - ALMOST), last=ends)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Keep what was measured beside the checkpoint."""
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if state.is_world_process_zero and folder.is_dir() and self.plane is not None:
            torch.save(self._watching.state_dict(), folder / STATE)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Save the plane, and leave no trace in loader and network."""
        if self._following is not None:
            self._following.stop()
        self._ids.detach()
        self._watching.save()

    def _look(self, state: Any, epoch: int, *, last: bool = False) -> None:
        scalars = self._watching.look(epoch, last=last, step=state.global_step)
        if scalars:
            place = {"epoch": state.epoch or 0.0, "step": state.global_step}
            state.log_history.append({**scalars, **place})

    def _follow(self, args: Any, state: Any, model: nn.Module, loader: Any) -> None:
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
            self._watching.tracker = None
            return
        assert self._watching.tracker is not None
        output = self._watching.options.get("output")
        self._following = Following(self._watching.tracker, model, self._batch, output)

    def _batch(self, kwargs: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
        labels = labels_in(kwargs)
        return self._ids.next(len(labels)), labels


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
