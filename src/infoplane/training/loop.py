"""The training loop, for a stack of K networks (K = 1 is a network)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane import seeds
from infoplane.chunks import examples_at_once
from infoplane.data.split import Split
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.networks.stack import Stack
from infoplane.training.augmentation import Augmenter
from infoplane.training.config import TrainingConfig
from infoplane.training.device import WORKSPACE, check_dtype, computing
from infoplane.training.early_stopping import EarlyStopping
from infoplane.training.examples import StackedExamples, check_batches
from infoplane.training.memory import keep_freed_memory
from infoplane.training.optimizers import make_optimizer
from infoplane.training.passes import Pass, make_passing

Presentation = Callable[[Tensor | slice, Tensor, Pass], None]
"""Takes positions ([k, b], or a slice all members share), targets [k, b], outputs of a pass."""

CHUNK = 4096  # examples a backward pass, at most: a batch's gradient is the sum over its chunks
CACHED = 1 << 21  # activations of the widest layer a backward pass, about: what caches hold


class Training:
    """Trains a stack in place, an epoch at a time.

    ::

        for epoch in training.epochs():         events
            │
            ├── yields 0                        the caller looks at the untrained network
            │
            ├── epoch 1                         learning rate of the schedule
            │     batches in seeded order       (seed, "batch order", member, epoch)
            │       chunks of a batch           forward, loss, backward, on_presentation
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
        held_out: one split for all members, or one for each, that early stopping watches.
        subsets: positions [K, m] in the one split ``train``, which is kept once: the examples that
            each member is trained on. ``on_presentation`` is given positions in the subset.
        fused: update by torch's fused optimizer: the same rule in one pass over the weights, two to
            four times as fast, whose last bits may differ.

    Raises:
        InfoplaneError: where splits, subsets or rates are not as many as members, splits differ in
            length, a batch is too small for batch norm, what is to be augmented is no image, or the
            device does not have the precision.
    """

    def __init__(
        self,
        model: Stack,
        train: Split | Sequence[Split],
        config: TrainingConfig,
        *,
        seed: int,
        learning_rates: tuple[float, ...] = (),
        weight_decays: tuple[float, ...] = (),
        held_out: Sequence[Split] = (),
        subsets: Int[Tensor, "k m"] | None = None,
        fused: bool = False,
    ) -> None:
        self.model = model
        self.config = config
        self.seed = seed
        self.epoch = 0
        self.device = next(model.parameters()).device
        check_dtype(config.dtype, self.device)
        self.examples = StackedExamples(
            train, members=model.members, device=self.device, subsets=subsets
        )
        self.optimizer = make_optimizer(
            model,
            config,
            learning_rates=learning_rates,
            weight_decays=weight_decays,
            fused=fused,
        )
        self.learning_rates = learning_rates or (config.learning_rate,) * model.members
        self.own_rates = bool(learning_rates or weight_decays)
        self.on_presentation: Presentation | None = None
        self.chunk = self.examples.n if model.whole_batches else chunk_size(model)
        if model.whole_batches:
            check_batches(self.examples.n, config.batch_size)
        self.augment = Augmenter(
            config.augmentation,
            self.examples.shape,
            self.examples.n,
            seed=seed,
            members=model.members,
            device=self.device,
        )
        self.stopping = EarlyStopping(model, config, held_out)
        self.take_pass = make_passing(model, config)
        keep_freed_memory()

    @property
    def steps_an_epoch(self) -> int:
        """Updates in one epoch."""
        return -(-self.examples.n // (self.config.batch_size or self.examples.n))

    def epochs(self) -> Iterator[int]:
        """Yield the number of finished epochs, now and after each epoch to come."""
        yield self.epoch
        while not self.finished:
            self._train_exactly()
            self.epoch += 1
            self.stopping.end_epoch(self.epoch)
            yield self.epoch

    @property
    def finished(self) -> bool:
        """Whether this is the last epoch: that of the configuration, or where it stopped early."""
        return self.epoch >= self.config.epochs or self.stopping.reason is not None

    def _train_exactly(self) -> None:
        """Train an epoch in the precision asked for, with the same bits each time."""
        config = self.config
        try:
            with computing(self.device, config.dtype, same_bits=config.deterministic):
                self._train_epoch()
        except RuntimeError as error:
            if "deterministic" not in str(error):
                raise
            if WORKSPACE in str(error):
                raise InfoplaneError(
                    "CUDA was used before it could be asked for the same bits; set "
                    f"{WORKSPACE}=:4096:8 before Python starts, or train with "
                    "--training.no-deterministic."
                ) from error
            raise InfoplaneError(
                f"an operation of the network has no deterministic form on {self.device} "
                f"({str(error).split('. ')[0]:.120}); train with --training.no-deterministic, or "
                "on the CPU."
            ) from error

    def _train_epoch(self) -> None:
        factor = self.config.schedule_at(self.epoch)
        for group, rate in zip(self.optimizer.param_groups, self.learning_rates, strict=False):
            group["lr"] = rate * factor  # one group for all members, or one for each
        self.model.train()
        self.model.start_epoch(self.seed, self.epoch)
        self.augment.start_epoch(self.epoch)
        total = torch.zeros(self.model.members, device=self.device)
        for batch in self._batches():
            self.optimizer.zero_grad(set_to_none=not self.own_rates)
            size = self.examples.n if batch is None else batch.shape[1]
            for first in range(0, size, self.chunk):
                chunk = slice(first, first + self.chunk)
                positions = chunk if batch is None else batch[:, chunk]
                inputs, targets = self.examples.take(batch, chunk)
                inputs = self.augment(inputs, positions)
                outputs = self.take_pass(inputs, targets, size)
                self.stopping.present(outputs.logits, targets)
                if self.on_presentation is not None:
                    self.on_presentation(positions, targets, outputs)
                total += outputs.losses
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
            "stopping": self.stopping.state(),
        }

    def load_state(self, state: dict[str, object]) -> None:
        """Go on from a state."""
        self.model.load_state_dict(state["model"])  # pyright: ignore[reportArgumentType]
        self.optimizer.load_state_dict(state["optimizer"])  # pyright: ignore[reportArgumentType]
        self.stopping.load_state(state["stopping"])  # pyright: ignore[reportArgumentType]
        self.epoch = int(state["epoch"])  # pyright: ignore[reportArgumentType]


def chunk_size(model: Stack) -> int:
    """Return the examples of a backward pass."""
    device, values = next(model.parameters()).device, model.members * model.widest
    return examples_at_once(device, values, cached=CACHED, most=CHUNK, least=256)
