"""When training ends before the last epoch of its configuration."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane import seeds
from infoplane.data.split import Split
from infoplane.errors import InfoplaneError
from infoplane.networks.stack import Stack
from infoplane.training.config import TrainingConfig
from infoplane.training.examples import StackedExamples
from infoplane.training.losses import example_losses

CHUNK = 256  # held-out examples a pass
SHARE = 10  # one in so many is held out


def hold_out(train: Split, seed: int) -> tuple[Split, Split]:
    """Return what is trained on, and a seeded tenth of the examples that is held out of it.

    Raises:
        InfoplaneError: where there are fewer than ten.
    """
    if len(train) < SHARE:
        raise InfoplaneError(
            f"patience holds out a tenth of the training examples, and there are {len(train)}; "
            f"give {SHARE} or more."
        )
    order = torch.randperm(len(train), generator=seeds.generator(seed, "held-out part"))
    held = len(train) // SHARE
    return train.select(order[held:].sort().values), train.select(order[:held].sort().values)


class EarlyStopping:
    """Follows each member of a stack until all have stopped improving.

    Args:
        model: the stack.
        config: ``patience`` and ``stop_at_accuracy``.
        held_out: the examples that patience watches, of all members or of each.
    """

    def __init__(self, model: Stack, config: TrainingConfig, held_out: Sequence[Split]) -> None:
        self.model, self.config = model, config
        members, device = model.members, next(model.parameters()).device
        self.watched: StackedExamples | None = None
        if held_out:
            self.watched = StackedExamples(held_out, members=members, device=device)
        self.best = [math.inf] * members
        self.best_epochs = [0] * members
        self.reached: list[int | None] = [None] * members
        self.reason: str | None = None
        self.right = torch.zeros(members, dtype=torch.int64, device=device)
        self.presented = 0

    def present(self, logits: Float[Tensor, "k c b"], targets: Int[Tensor, "k b"]) -> None:
        """Count the correct predictions of a batch."""
        if self.config.stop_at_accuracy is not None:
            self.right += (logits.detach().argmax(dim=1) == targets).sum(dim=1)
            self.presented += targets.shape[1]

    def end_epoch(self, epoch: int) -> None:
        """Judge an epoch that has just ended; ``reason`` says why training is to stop."""
        self._judge_accuracy(epoch)
        self._judge_held_out(epoch)

    def _judge_accuracy(self, epoch: int) -> None:
        wanted = self.config.stop_at_accuracy
        if wanted is None:
            return
        for member, right in enumerate(self.right.tolist()):
            if self.reached[member] is None and right / self.presented >= wanted:
                self.reached[member] = epoch
        self.right.zero_()
        self.presented = 0
        epochs = [reached for reached in self.reached if reached is not None]
        if len(epochs) == len(self.reached):
            self.reason = f"accuracy {wanted:g} was reached in {_epochs(epochs)}"

    def _judge_held_out(self, epoch: int) -> None:
        patience = self.config.patience
        if patience is None or self.watched is None:
            return
        for member, loss in enumerate(self._held_out_losses()):
            if loss < self.best[member]:
                self.best[member], self.best_epochs[member] = loss, epoch
        if all(epoch - best >= patience for best in self.best_epochs):
            self.reason = (
                f"the held-out loss had not fallen for {patience} epochs; it was least in "
                f"{_epochs(self.best_epochs)}"
            )

    @torch.inference_mode()
    def _held_out_losses(self) -> list[float]:
        """Return the mean loss of each member, in evaluation mode."""
        assert self.watched is not None
        self.model.eval()
        total = torch.zeros(self.model.members, dtype=torch.float64)
        for first in range(0, self.watched.n, CHUNK):
            inputs, targets = self.watched.take(None, slice(first, first + CHUNK))
            losses = example_losses(self.model(inputs), targets, self.config.loss)
            total += losses.sum(dim=1).double().cpu()
        self.model.train()
        return (total / self.watched.n).tolist()

    def state(self) -> dict[str, object]:
        """Return what is needed to go on."""
        return {key: getattr(self, key) for key in ("best", "best_epochs", "reached", "reason")}

    def load_state(self, state: dict[str, object]) -> None:
        """Go on from a state."""
        for key in self.state():
            setattr(self, key, state[key])


def _epochs(epochs: Sequence[int]) -> str:
    least, most = min(epochs), max(epochs)
    return f"epoch {least}" if least == most else f"epochs {least} to {most}"
