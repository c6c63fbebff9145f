"""K networks of the user's own as one stack: any module that gives logits, one after another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.networks.stack import Stack


class OwnStack(Stack):
    """K networks that the user has written.

    Parameters are not stacked: those of member m are ``networks.m.…``. What a network draws at
    random in training, as dropout does, depends on (seed, member, epoch) and the order of batches
    alone.

    Args:
        networks: K modules of one class.
        input_shape: of one example, as they take it.
        classes: how many logits they give.

    Raises:
        InfoplaneError: where they cannot be run on such examples, or give no logits of these.
    """

    samples_at = 1

    def __init__(
        self, networks: Sequence[nn.Module], *, input_shape: Sequence[int], classes: int
    ) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.members, self.input_shape, self.classes = len(networks), tuple(input_shape), classes
        self._last = [_last_linear(network) for network in networks]
        self._epoch: tuple[int, int] | None = None
        self._calls = [0] * self.members
        self.widest = self._checked()

    def features_and_logits(self, inputs: Float[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Return the inputs of the last linear layer (NaN where there is none), and the logits."""
        own_inputs = inputs.ndim == 3 and inputs.shape[::2] == (
            self.members,
            math.prod(self.input_shape),
        )
        by_member = inputs if own_inputs else inputs.flatten(1).expand(self.members, -1, -1)
        pairs = [self._run(m, x.unflatten(-1, self.input_shape)) for m, x in enumerate(by_member)]
        features, logits = zip(*pairs, strict=True)
        return torch.stack(features).mT, torch.stack(logits).mT

    def features(self, inputs: Float[Tensor, ...]) -> Float[Tensor, "k width n"]:
        return self.features_and_logits(inputs)[0]

    def member(self, member: int) -> OwnStack:
        """Return one network as a stack of one: the same module, not a copy."""
        network = self.networks[member]
        return OwnStack([network], input_shape=self.input_shape, classes=self.classes)

    def parameters_by_member(self) -> list[list[Tensor]]:
        return [list(network.parameters()) for network in self.networks]

    def start_epoch(self, seed: int, epoch: int) -> None:
        self._epoch, self._calls = (seed, epoch), [0] * self.members

    def _run(self, member: int, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return features and logits [n, …] of one member."""
        received: list[Tensor] = []
        with _given_to(self._last[member], received):
            logits = self._logits(member, inputs)
        fits = len(received) == 1 and received[0].ndim == 2 and len(received[0]) == len(inputs)
        return received[0] if fits else logits.new_full((len(inputs), 1), math.nan), logits

    def _logits(self, member: int, inputs: Tensor) -> Tensor:
        network = self.networks[member]
        if not self.training or self._epoch is None:
            return _logits_of(network(inputs))
        seed, epoch = self._epoch
        number = seeds.number(seed, "own network", member, epoch, self._calls[member])
        self._calls[member] += 1
        with seeds.random_state_kept(inputs.device):
            torch.manual_seed(number)
            return _logits_of(network(inputs))

    def _checked(self) -> int:
        """Check that the networks run; return the units of the widest layer."""
        sizes: list[int] = []

        def measure(_module: nn.Module, _args: Any, out: Any) -> None:
            if isinstance(out, Tensor) and out.ndim > 1:
                sizes.append(out.numel() // max(len(out), 1))

        network = self.networks[0]
        device = next((p.device for p in network.parameters()), None)
        handles = [m.register_forward_hook(measure) for m in network.modules()]
        modes = [(m, m.training) for m in network.modules()]
        network.eval()
        try:
            with torch.no_grad(), seeds.random_state_kept(device):
                logits = _logits_of(network(torch.zeros(2, *self.input_shape, device=device)))
        except InfoplaneError:
            raise
        except Exception as error:
            raise InfoplaneError(
                f"the network cannot be run on inputs of shape [2, "
                f"{', '.join(map(str, self.input_shape))}] ({type(error).__name__}: {error}); make "
                "it take such."
            ) from error
        finally:
            for handle in handles:
                handle.remove()
            for module, mode in modes:
                module.training = mode
        if logits.shape != (2, self.classes):
            raise InfoplaneError(
                f"the network gives {list(logits.shape)} for 2 inputs, and the data have "
                f"{self.classes} classes; make it give [2, {self.classes}] logits."
            )
        return max(sizes, default=self.classes)


def _logits_of(out: Any) -> Tensor:
    """Return the logits that a network gives, perhaps beside other things."""
    logits = out.get("logits") if isinstance(out, dict) else getattr(out, "logits", out)
    if not isinstance(logits, Tensor):
        raise InfoplaneError(
            f"the network gives a {type(out).__name__} without logits; make it give a tensor "
            "[n, classes], or one called logits."
        )
    return logits


@contextmanager
def _given_to(layer: nn.Linear | None, received: list[Tensor]) -> Iterator[None]:
    """Collect the inputs of a layer."""
    if layer is None:
        yield
        return
    handle = layer.register_forward_pre_hook(lambda _, args: received.append(args[0]))
    try:
        yield
    finally:
        handle.remove()


def _last_linear(network: nn.Module) -> nn.Linear | None:
    layers = [m for m in network.modules() if isinstance(m, nn.Linear)]
    return layers[-1] if layers else None
