"""An observer of a network of the user's own in a run: its blocks, by hooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from infoplane.networks.own_stack import OwnStack
from infoplane.observing.bins import make_bins
from infoplane.observing.capture import Visitor
from infoplane.observing.config import ObservingConfig
from infoplane.observing.models.inputs import Inputs, as_inputs
from infoplane.observing.models.observer import ModelObserver
from infoplane.observing.observer import Observer


class OwnObserver(ModelObserver):
    """Watches the layers of one network of a run, whose inputs are tensors."""

    def stream(self, inputs: Any, visitors: Mapping[str, Visitor]) -> None:
        """Run the network over inputs and hand each named layer's rows to its visitor."""
        ready = inputs if isinstance(inputs, Inputs) else as_inputs(inputs, "inputs")
        super().stream(ready, visitors)


def observer_of(model: Any, example: Tensor, options: ObservingConfig) -> Observer:
    """Return the observer of a stack, or of the first of the user's own networks."""
    bins = make_bins(options)
    if isinstance(model, OwnStack):
        inputs = as_inputs(example, "inputs")
        return OwnObserver(model.networks[0], inputs, bins, layers=options.layers)
    return Observer(model, example, bins, layers=options.layers)
