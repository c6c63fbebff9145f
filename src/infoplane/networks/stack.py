"""The interface of a stack of K networks, for training and for observing."""

from __future__ import annotations

from abc import abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from infoplane.networks.regularization import StackedBatchNorm, StackedDropout


class Stack(nn.Module):
    """K networks of one shape, trained as one and independent of one another.

    Parameters and buffers are ``[K, ...]``; named children are the layers, the last of which is
    ``readout``. Logits are ``[K, classes, n]``, the layout that cross-entropy takes.
    """

    members: int
    samples_at: int
    """Which dimension of a hidden layer's activations counts samples."""
    widest: int
    """Units of the widest layer."""
    readout: nn.Module

    @abstractmethod
    def features(self, inputs: Float[Tensor, ...]) -> Float[Tensor, ...]:
        """Return the inputs of the readout, for inputs of all members or of each."""

    def features_and_logits(self, inputs: Float[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Return the inputs of the readout, ``[..., width, n]``, and the logits."""
        features = self.features(inputs)
        return features, self.readout(features)

    def forward(self, inputs: Float[Tensor, ...]) -> Float[Tensor, "k classes n"]:
        """Return the logits of inputs, as ``features`` takes them."""
        return self.features_and_logits(inputs)[1]

    def parameters_by_member(self) -> list[list[Tensor]]:
        """Return the parameters of each member [1, ...] as views of those of the stack.

        Their gradients are views of the stack's, which are made here, of zeros: whoever takes them
        away (``zero_grad(set_to_none=True)``) parts the two.
        """
        members: list[list[Tensor]] = [[] for _ in range(self.members)]
        for parameter in self.parameters():
            parameter.grad = torch.zeros_like(parameter)
            for m, views in enumerate(members):
                view = parameter.detach()[m : m + 1]
                view.grad = parameter.grad[m : m + 1]
                views.append(view)
        return members

    @abstractmethod
    def member(self, member: int) -> Stack:
        """Return one network as a stack of one, whose parameters are views of those here.

        What training does to the stack is seen there; gradients and hooks are not shared.
        """

    @property
    def whole_batches(self) -> bool:
        """Whether a training batch is one statistic, and so is never split."""
        kinds = (StackedBatchNorm, _BatchNorm)
        return any(isinstance(module, kinds) for module in self.modules())

    def start_epoch(self, seed: int, epoch: int) -> None:
        """Seed what is random in training by (seed, member, layer, epoch)."""
        dropouts = [m for m in self.modules() if isinstance(m, StackedDropout)]
        for layer, dropout in enumerate(dropouts):
            dropout.start_epoch(seed, layer, epoch)
