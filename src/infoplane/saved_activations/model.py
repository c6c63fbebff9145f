"""Saved activations as a network: its inputs are places in the files, its layers their rows."""

from __future__ import annotations

import torch
from jaxtyping import Int
from torch import Tensor, nn

from infoplane.names import INPUT, LOGITS
from infoplane.saved_activations.arrays import SavedArray
from infoplane.saved_activations.files import Layers


class _Rows(nn.Module):
    """A layer that puts out the rows of the samples that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.train_array: SavedArray | None = None
        self.test_array: SavedArray | None = None

    def forward(self, places: Int[Tensor, " b"], n: int) -> Tensor:
        """Return rows of the training part, or from place n on of the test part."""
        index = places.cpu().numpy()
        held_out = index >= n
        assert held_out.all() or not held_out.any()
        array = self.test_array if held_out.any() else self.train_array
        assert array is not None
        return array.rows(index - n * held_out)


class SavedModel(nn.Module):
    """Layers whose activations lie in files, at one epoch at a time.

    Samples are numbers [b, 1]: 0..n-1 of the training part, and n on of the test part. The layer
    called ``logits`` is what the model puts out; without one it puts out a constant.
    """

    def __init__(self, train: Layers, test: Layers | None) -> None:
        super().__init__()
        self.n = len(next(iter(train.values())))
        self.rows: dict[str, _Rows] = {}  # a plain dictionary: modules have their own names
        self.names: list[str] = []
        """What the layers are called as modules, in order; the logits last."""
        for name in train:
            self.rows[name] = _Rows() if name == LOGITS else self._add(name)
        self.names += [LOGITS] if LOGITS in train else []
        self.turn_to(train, test)

    def turn_to(self, train: Layers, test: Layers | None) -> None:
        """Put out the activations of another epoch."""
        for name, rows in self.rows.items():
            rows.train_array, rows.test_array = train[name], None if test is None else test[name]

    def forward(self, places: Int[Tensor, "b 1"]) -> Tensor:
        """Run every layer, in order, and return the logits."""
        out = torch.zeros(len(places), 1)
        for name, rows in self.rows.items():
            value = rows(places[:, 0], self.n)
            out = value if name == LOGITS else out
        return out

    def _add(self, name: str) -> _Rows:
        """Make a module for a layer, and for the parts of its name, which dots divide."""
        full_name = f"{name} (saved)" if name == INPUT else name
        self.names.append(full_name)
        parent: nn.Module = self
        *folders, last = full_name.split(".")
        for folder in folders:  # not by add_module, which refuses names such as "train"
            parent = _child(parent, folder) or _put(parent, folder, nn.Module())
        rows = _Rows()
        rows._modules.update(getattr(_child(parent, last), "_modules", {}))
        _put(parent, last, rows)
        return rows


def _child(parent: nn.Module, name: str) -> nn.Module | None:
    return parent._modules.get(name)


def _put(parent: nn.Module, name: str, module: nn.Module) -> nn.Module:
    parent._modules[name] = module
    return module
