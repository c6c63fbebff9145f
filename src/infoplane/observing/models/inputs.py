"""Inputs of any kind, as the arguments a model is called with, a chunk at a time."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from infoplane.errors import InfoplaneError
from infoplane.information.core.arrays import as_array, as_tensor, refuse_unusual
from infoplane.information.decoders.folds import copies

MASK = "attention_mask"
LABEL_NAMES = ("labels", "label", "target", "targets", "y")
MOST_WORDS = 4096  # units that counts of token ids are hashed into


def labels_key(parts: Mapping[Any, Any]) -> str | None:
    """Return the usual name under which labels are among other parts; None where there is none."""
    return next((name for name in LABEL_NAMES if name in parts), None)


@dataclass(frozen=True)
class Inputs:
    """Samples: tensors that a model is given by place or by keyword, and what stays the same."""

    tensors: dict[int | str, Tensor]  # [n, ...], by place or keyword
    constants: dict[str, Any] = field(default_factory=dict)
    words: dict[int | str, int] = field(default_factory=dict)
    """Of whole numbers: one more than the largest of all samples."""

    def __len__(self) -> int:
        return len(next(iter(self.tensors.values())))

    def __getitem__(self, index: slice | Tensor) -> Inputs:
        return replace(self, tensors={name: t[index] for name, t in self.tensors.items()})

    def arguments(
        self, device: torch.device | None, floats: torch.dtype | None
    ) -> tuple[list[Tensor], dict[str, Any]]:
        """Return fresh copies for a model, where it is and in its own precision."""
        ready = {name: _fresh(t, device, floats) for name, t in self.tensors.items()}
        by_place = [t for name, t in ready.items() if isinstance(name, int)]
        return by_place, {
            str(k): t for k, t in ready.items() if isinstance(k, str)
        } | self.constants

    @property
    def mask(self) -> Tensor | None:
        """The attention mask [n, tokens], None where the inputs have none."""
        return self.tensors.get(MASK)

    def rows(self) -> Float[Tensor, "n d"]:
        """Return what is measured as the layer ``input``: values, and of token ids their counts."""
        parts = [
            _counts(t, self.words[name]) if name in self.words else t.flatten(1)
            for name, t in self.tensors.items()
            if name != MASK or len(self.tensors) == 1
        ]
        parts = [p if p.dtype in (torch.float32, torch.float64) else p.float() for p in parts]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def groups(self) -> Int[Tensor, " n"]:
        """Return a number for each sample, the same for copies of one input."""
        numbers = [_copies(t) for t in self.tensors.values()]
        if len(numbers) == 1:
            return numbers[0]
        return torch.unique(torch.stack(numbers, dim=1), dim=0, return_inverse=True)[1]

    def fitted_to(self, model: nn.Module) -> Inputs:
        """Return the same for a model whose only argument may have another name.

        Raises:
            InfoplaneError: where it takes no argument of a name.
        """
        takes = _arguments(model)
        names = [name for name in self.tensors if isinstance(name, str)]
        wrong = [name for name in names if takes is not None and name not in takes]
        if not wrong:
            return self
        if len(self.tensors) == 1:
            words: dict[int | str, int] = dict(enumerate(self.words.values()))
            return Inputs({0: self.tensors[names[0]]}, self.constants, words)
        assert takes is not None
        raise InfoplaneError(
            f"inputs has {wrong[0]!r}, which the model does not take; it takes: {', '.join(takes)}."
        )


def as_inputs(values: Any, name: str = "inputs") -> Inputs:
    """Return tensors, arrays, tuples or dictionaries of them, or lists of samples, as inputs.

    Raises:
        InfoplaneError: for anything else, for no samples, and where numbers of samples differ.
    """
    constants: dict[str, Any] = {}
    if isinstance(values, Mapping):
        whole = {str(key): _as_tensor(part, f"{name}[{key!r}]") for key, part in values.items()}
        tensors: dict[int | str, Tensor] = {k: t for k, t in whole.items() if t.ndim}
        constants = {k: values[k] for k, t in whole.items() if not t.ndim}
    elif isinstance(values, tuple):
        tensors = {i: _as_tensor(part, f"{name}[{i}]") for i, part in enumerate(values)}
    else:
        tensors = {0: _as_tensor(values, name)}
    lengths = {key: len(t) for key, t in tensors.items()}
    if not tensors or not min(lengths.values()):
        raise InfoplaneError(f"{name} holds no samples; give at least one.")
    if len(set(lengths.values())) > 1:
        raise InfoplaneError(
            f"{name} holds tensors of {sorted(set(lengths.values()))} samples; give as many in "
            "each (inputs that go in together are a tuple or a dictionary)."
        )
    words = {
        key: int(t.max()) + 1
        for key, t in tensors.items()
        if not t.is_floating_point() and t.dtype != torch.bool and t.numel() and int(t.min()) >= 0
    }
    return Inputs(tensors, constants, words)


def _as_tensor(values: Any, name: str) -> Tensor:
    """Return a tensor; a list of samples of one shape is stacked. Constants have no axis."""
    if isinstance(values, Tensor):
        refuse_unusual(values, name)
        return values.detach()
    if values is None or isinstance(values, bool | int | float | str):
        if "[" in name:  # a flag among the arguments
            return torch.zeros(())
    elif (
        isinstance(values, Sequence) and all(isinstance(v, Tensor) for v in values) and len(values)
    ):
        shapes = {tuple(v.shape) for v in values}
        for sample in values:
            refuse_unusual(sample, name)
        if len(shapes) == 1:
            return torch.stack(list(values)).detach()
        raise InfoplaneError(f"{name} holds samples of different shapes; pad them to one.")
    else:
        array = as_array(values, name, ragged="samples of different shapes; pad them to one.")
        if array.dtype.kind in "biuf" and array.ndim:
            return as_tensor(array, name)
    raise InfoplaneError(
        f"{name} is {type(values).__name__}, which is no numbers; give tensors, arrays, a Dataset "
        "or a DataLoader (text as token ids, images as arrays)."
    )


def _fresh(t: Tensor, device: torch.device | None, floats: torch.dtype | None) -> Tensor:
    """Return a copy: the first layer of a model may write into what it is given."""
    dtype = floats if t.is_floating_point() else None
    return t.to(device=device or t.device, dtype=dtype or t.dtype, copy=True)


def _counts(ids: Tensor, words: int) -> Float[Tensor, "n w"]:
    """Return how often each token id occurs in each sample, rare numbers sharing a unit."""
    ids = ids.flatten(1) % MOST_WORDS
    counts = torch.zeros(len(ids), min(words, MOST_WORDS))
    return counts.scatter_add_(1, ids.cpu().long(), torch.ones(ids.shape))


def _copies(t: Tensor) -> Int[Tensor, " n"]:
    t = t.detach().cpu()
    t = t.float() if t.dtype == torch.bfloat16 else t
    return copies(t if t.is_floating_point() else t.double())


def _arguments(model: nn.Module) -> list[str] | None:
    """Return the names of the arguments that a model takes; None where it takes any."""
    parameters = inspect.signature(model.forward).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]
