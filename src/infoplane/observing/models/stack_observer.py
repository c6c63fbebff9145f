"""An observer of a stack of infoplane's own networks, for a plane of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from infoplane.information.binned.rules import Bins
from infoplane.observing.capture import Visitor
from infoplane.observing.models.inputs import Inputs
from infoplane.observing.models.processes import Processes
from infoplane.observing.models.selecting import Layers
from infoplane.observing.models.unwrapped import unwrapped
from infoplane.observing.observer import Observer


class StackObserver(Observer):
    """Watches a stack of networks of infoplane's own, whose layers have an axis of members."""

    def __init__(
        self, model: nn.Module, inputs: Inputs, bins: Bins, *, layers: Any = (), **_: Any
    ) -> None:
        super().__init__(unwrapped(model), inputs.tensors[0], bins, layers=tuple(layers))
        self.processes, self.constant = Processes(), set[str]()
        self.gathers_ahead = False
        self.units: dict[str, int] = {}
        self.layers = Layers(self.layers, [], {})

    def stream(self, inputs: Any, visitors: Mapping[str, Visitor]) -> None:
        """Run the stack over inputs and hand each named layer's activations to its visitor."""
        super().stream(inputs.tensors[0], visitors)
