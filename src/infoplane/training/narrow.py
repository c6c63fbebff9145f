"""Stacks of narrow MLPs by compiled code: all layers of a block of samples stay in the cache."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from ctypes import byref, c_float, c_int, c_ssize_t, c_void_p
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from infoplane.errors import InfoplaneError
from infoplane.networks.mlp import StackedMLP
from infoplane.networks.stack import Stack
from infoplane.networks.tanh import Tanh
from infoplane.training import native
from infoplane.training.config import TrainingConfig

SOURCE = Path(__file__).with_suffix(".c")
ACTIVATIONS = [nn.Identity, Tanh, nn.ReLU, nn.Hardtanh, nn.Softsign, nn.Sigmoid]  # numbered there
LOSSES = ["cross-entropy", "binary-cross-entropy"]
WIDEST = 64  # layer, inputs among them: above, products of matrices are faster


class Narrow:
    """One pass of a stack of narrow MLPs, forward and backward.

    Values and gradients are those of the model and ``example_losses``, to rounding, each member's
    the same to the bit whatever others there are. Hooks are not called.
    """

    def __init__(self, model: StackedMLP, config: TrainingConfig, compiled: Any) -> None:
        self.model, self.config, self.compiled = model, config, compiled
        self.members = model.members
        layers = model.layers
        self.weights: list[Tensor] = [layer.weight for layer in layers]
        self.biases: list[Tensor] = [layer.bias for layer in layers if layer.bias is not None]
        self.widths = [model.inputs, *(weight.shape[1] for weight in self.weights)]
        self.loss, self.smoothing = LOSSES.index(config.loss), config.label_smoothing
        self.activation = ACTIVATIONS.index(type(layers[0].activation))
        self.threads = min(torch.get_num_threads(), self.members)
        self.pool = ThreadPoolExecutor(self.threads)

    def __call__(
        self, inputs: Tensor, targets: Int[Tensor, "k n"], size: int
    ) -> tuple[Float[Tensor, "k classes n"], Float[Tensor, "k n"], Float[Tensor, " k"]]:
        """Add the gradients; return logits, squared features and losses, as ``Pass`` has them."""
        own_inputs = self.model.are_own(inputs)
        self._check(inputs if own_inputs else inputs.flatten(1), targets)
        inputs = (inputs if own_inputs else inputs.flatten(1)).float().contiguous()
        targets = targets if targets.stride(1) == 1 else targets.contiguous()
        n = targets.shape[1]
        logits = inputs.new_empty(self.members, self.widths[-1], n)
        squared, losses = inputs.new_empty(self.members, n), inputs.new_empty(self.members)
        task = _Task(
            len(self.weights),
            self.activation,
            self.loss,
            self.smoothing,
            1 / size,
            (c_int * len(self.widths))(*self.widths),
            n,
            inputs.data_ptr(),
            inputs.stride(0) if own_inputs else 0,
            targets.data_ptr(),
            targets.stride(0),
        )
        params = _Parameters(_addresses(self.weights), _addresses(self.biases))
        gradients = _gradients(self.weights), _gradients(self.biases)
        to = _Parameters(*map(_addresses, gradients))
        used = inputs, targets, gradients

        # what is used stays until all are done, even where an interrupt ends this call before
        def some(first: int, last: int, _: object = used) -> int:
            of = c_ssize_t(first), c_ssize_t(last)
            outs = map(c_void_p, _pointers((logits, squared, losses)))
            return self.compiled.add_gradients(byref(task), byref(params), *of, *outs, byref(to))

        bounds = [self.members * i // self.threads for i in range(self.threads + 1)]
        if self.threads == 1:
            failed = some(*bounds)
        else:
            parts = [self.pool.submit(some, *ends) for ends in pairwise(bounds)]
            try:
                failed = any(part.result() for part in parts)
            finally:
                wait(parts)
        if failed:
            raise MemoryError("no memory is left for the activations of a block of samples.")
        return logits, squared, losses

    def __reduce__(self) -> tuple[object, ...]:
        """Copy the arguments, so that a copy of a training trains the copy of its model."""
        return narrow, (self.model, self.config)

    def _check(self, inputs: Tensor, targets: Tensor) -> None:
        """Refuse shapes that would be read out of bounds, and labels that are no class."""
        n, classes = targets.shape[-1], self.widths[-1]
        if inputs.shape[-2:] != (n, self.widths[0]) or targets.shape != (self.members, n):
            raise InfoplaneError(
                f"inputs are {list(inputs.shape)} and targets {list(targets.shape)}; give "
                f"[..., n, {self.widths[0]}] and [{self.members}, n]."
            )
        every = targets if targets.stride(0) else targets[:1]
        low, high = (int(label) for label in every.aminmax())
        if targets.dtype != torch.int64 or low < 0 or high >= classes:
            raise InfoplaneError(
                f"labels are {targets.dtype} from {low} to {high}; give int64 in 0..{classes - 1}."
            )


def narrow(model: Stack, config: TrainingConfig) -> Narrow | None:
    """Return the compiled pass of a model, or None where torch's is to be taken.

    It is for a stack of MLPs of at most 64 inputs and units a layer in float32 on a CPU, without
    batch norm or dropout and with an activation that it knows, where a C compiler is found.
    """
    if type(model) is not StackedMLP or config.dtype != "float32":
        return None
    hidden = {type(layer.activation) for layer in model.layers[:-1]}
    fits = (
        all(map(_plain, model.parameters()))
        and len({layer.bias is None for layer in model.layers}) == 1
        and max(model.inputs, model.widest) <= WIDEST
        and len(hidden) <= 1
        and hidden <= set(ACTIVATIONS)
    )
    compiled = native.library(SOURCE) if fits else None
    return None if compiled is None else Narrow(model, config, compiled)


def _plain(parameter: Tensor) -> bool:
    float_on_cpu = parameter.dtype == torch.float32 and parameter.device.type == "cpu"
    return float_on_cpu and parameter.requires_grad and parameter.is_contiguous()


class _Task(ctypes.Structure):
    _fields_ = (
        ("layers", c_int),
        ("activation", c_int),
        ("loss", c_int),
        ("smoothing", c_float),
        ("scale", c_float),
        ("widths", ctypes.POINTER(c_int)),
        ("n", c_ssize_t),
        ("inputs", c_void_p),
        ("inputs_stride", c_ssize_t),
        ("targets", c_void_p),
        ("targets_stride", c_ssize_t),
    )


class _Parameters(ctypes.Structure):
    _fields_ = (("weights", ctypes.POINTER(c_void_p)), ("biases", ctypes.POINTER(c_void_p)))


def _pointers(tensors: Sequence[Tensor]) -> list[int]:
    return [tensor.data_ptr() for tensor in tensors]


def _addresses(tensors: Sequence[Tensor]) -> ctypes.Array[c_void_p] | None:
    addresses = _pointers(tensors)
    return (c_void_p * len(addresses))(*addresses) if addresses else None


def _gradients(parameters: Sequence[Tensor]) -> list[Tensor]:
    """Return the gradients of parameters, of zeros where there are none yet."""
    for parameter in parameters:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    return [parameter.grad for parameter in parameters if parameter.grad is not None]
