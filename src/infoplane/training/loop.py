"""The training loop, for a stack of K networks (K = 1 is a network)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from infoplane import seeds
from infoplane.data.split import Split
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.networks.mlp import StackedMLP
from infoplane.training.config import TrainingConfig
from infoplane.training.examples import StackedExamples
from infoplane.training.memory import keep_freed_memory
from infoplane.training.optimizers import make_optimizer

Presentation = Callable[[Tensor | slice, Tensor, Tensor], None]
"""Takes positions ([k, b], or a slice all members share), logits [k, c, b] and targets [k, b]."""

CHUNK = 4096  # examples a backward pass, at most: a batch's gradient is the sum over its chunks
CACHED = 1 << 20  # activations of the widest layer a backward pass, about: what caches hold


class Training:
    """Trains a stack in place, an epoch at a time.

    ::

        for epoch in training.epochs():         events
            │
            ├── yields 0                        the caller looks at the untrained network
            │
            ├── epoch 1                         learning rate of the schedule
            │     batches in seeded order       (seed, "batch order", member, epoch)
            │       chunks of a batch           forward, on_presentation, loss, backward
            │       step                        all members at once, independently
            │     finite?                       else NonFiniteError: the caller keeps its tables
            ├── yields 1                        the caller measures, saves, draws its bar
            │     ⋮
            └── yields the last epoch

    Nothing here depends on what the caller does between epochs, and an epoch's order depends on
    its number alone: a run goes on from ``state()`` with the same bits.

    Args:
        model: the stack of K.
        train: the examples of all members, or K splits of as many examples, one for each.
        config: how it learns.
        seed: of the batch orders.
        learning_rates, weight_decays: of each member, instead of those of ``config``.

    Raises:
        InfoplaneError: where splits or rates are not as many as members, or splits differ in
            length.
    """

    def __init__(
        self,
        model: StackedMLP,
        train: Split | Sequence[Split],
        config: TrainingConfig,
        *,
        seed: int,
        learning_rates: tuple[float, ...] = (),
        weight_decays: tuple[float, ...] = (),
    ) -> None:
        self.model = model
        self.config = config
        self.seed = seed
        self.epoch = 0
        self.device = next(model.parameters()).device
        self.examples = StackedExamples(train, members=model.members, device=self.device)
        self.optimizer = make_optimizer(
            model, config, learning_rates=learning_rates, weight_decays=weight_decays
        )
        self.learning_rates = learning_rates or (config.learning_rate,) * model.members
        self.own_rates = bool(learning_rates or weight_decays)
        self.on_presentation: Presentation | None = None
        self.chunk = chunk_size(model)
        keep_freed_memory()

    @property
    def steps_an_epoch(self) -> int:
        """Updates in one epoch."""
        return -(-self.examples.n // (self.config.batch_size or self.examples.n))

    def epochs(self) -> Iterator[int]:
        """Yield the number of finished epochs, now and after each epoch to come."""
        yield self.epoch
        while self.epoch < self.config.epochs:
            self._train_epoch()
            self.epoch += 1
            yield self.epoch

    def _train_epoch(self) -> None:
        factor = self.config.schedule_at(self.epoch)
        for group, rate in zip(self.optimizer.param_groups, self.learning_rates, strict=False):
            group["lr"] = rate * factor  # one group for all members, or one for each
        self.model.train()
        total = torch.zeros(self.model.members, device=self.device)
        for batch in self._batches():
            self.optimizer.zero_grad(set_to_none=not self.own_rates)
            size = self.examples.n if batch is None else batch.shape[1]
            for first in range(0, size, self.chunk):
                chunk = slice(first, first + self.chunk)
                inputs, targets = self.examples.take(batch, chunk)
                with torch.autocast(
                    self.device.type, torch.bfloat16, enabled=self.config.dtype == "bfloat16"
                ):
                    logits = self.model(inputs)
                if self.on_presentation is not None:
                    positions = chunk if batch is None else batch[:, chunk]
                    self.on_presentation(positions, logits.detach(), targets)
                losses = example_losses(logits.float(), targets, self.config.loss).sum(dim=1) / size
                losses.sum().backward()
                total += losses.detach()
            self.optimizer.step()
        self._check_finite(total)

    def _batches(self) -> Iterator[Int[Tensor, "k b"] | None]:
        """Yield the indices of each batch for every member; None stands for all examples."""
        n, size = self.examples.n, self.config.batch_size
        if size is None or size >= n:
            yield None
            return
        orders = [
            torch.randperm(n, generator=seeds.generator(self.seed, "batch order", m, self.epoch))
            for m in range(self.model.members)
        ]
        yield from torch.stack(orders).to(self.device).split(size, dim=1)

    def _check_finite(self, losses: Float[Tensor, " k"]) -> None:
        for member, loss in enumerate(losses.tolist()):
            if not abs(loss) < float("inf"):
                raise NonFiniteError(
                    f"the loss of member {member} became {loss} in epoch {self.epoch + 1}; lower "
                    f"the learning rate (now {self.learning_rates[member]:g}) or choose float32."
                )

    def state(self) -> dict[str, object]:
        """Return what is needed to go on from here with the same bits."""
        return {
            "epoch": self.epoch,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state(self, state: dict[str, object]) -> None:
        """Go on from a state."""
        self.model.load_state_dict(state["model"])  # pyright: ignore[reportArgumentType]
        self.optimizer.load_state_dict(state["optimizer"])  # pyright: ignore[reportArgumentType]
        self.epoch = int(state["epoch"])  # pyright: ignore[reportArgumentType]


def chunk_size(model: StackedMLP) -> int:
    """Return the examples of a backward pass: few enough that a layer stays in the cache."""
    widest = max(p.shape[1] for p in model.parameters())
    return min(CHUNK, max(256, CACHED // (model.members * widest)))


def example_losses(
    logits: Float[Tensor, "k c n"], targets: Int[Tensor, "k n"], loss: str
) -> Float[Tensor, "k n"]:
    """Return the loss of each example, in nats.

    Binary cross-entropy is on one-hot targets and averaged over the outputs, as torch has it.
    """
    if loss == "cross-entropy":
        return functional.cross_entropy(logits, targets, reduction="none")
    one_hot = torch.zeros_like(logits).scatter_(1, targets[:, None], 1.0)
    each = functional.binary_cross_entropy_with_logits(logits, one_hot, reduction="none")
    return each.mean(dim=1)


def choose_device(name: str) -> torch.device:
    """Return the device of a configuration; ``auto`` takes CUDA, else MPS, else the CPU."""
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InfoplaneError(
            f"device {name!r} cannot be used here; give auto, cpu, or one that torch finds."
        ) from error
    return device
