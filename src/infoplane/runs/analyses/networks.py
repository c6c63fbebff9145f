"""The trained networks of a finished run, one at a time, with what each was trained on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd
import torch
from jaxtyping import Float, Int
from safetensors.torch import load_file
from torch import Tensor

from infoplane.data.split import Split
from infoplane.memorization.localization.ablation import Layers
from infoplane.networks.build import build_network
from infoplane.networks.stack import Stack
from infoplane.observing.bins import make_bins
from infoplane.observing.collect import SKETCHED
from infoplane.observing.observer import Observer
from infoplane.runs.analyses.kept import refuse_own_network
from infoplane.runs.config import RunConfig
from infoplane.runs.measuring.own_data import load_members
from infoplane.runs.run import Run
from infoplane.runs.storage.folder import WEIGHTS

AT_ONCE = 1024  # examples a forward pass


class Trained(NamedTuple):
    """One network of a run at the end of training, and its data."""

    member: int
    config: RunConfig
    """Of the member alone."""
    network: Stack
    """A stack of one, in evaluation."""
    train: Split

    def logits(self, inputs: Tensor) -> Float[Tensor, "n c"]:
        """Return the logits of inputs."""
        return self.network(inputs)[0].T

    @torch.inference_mode()
    def predictions(self, inputs: Tensor) -> Int[Tensor, " n"]:
        """Return the predicted classes of inputs."""
        return torch.cat([self.logits(x).argmax(dim=1) for x in inputs.split(AT_ONCE)])

    @torch.inference_mode()
    def layers(self) -> Iterator[tuple[str, int, Float[Tensor, "n d"]]]:
        """Yield name, depth and activations on the training examples, from the input on.

        Of layers wider than 4,096 units come sketches of so many.
        """
        bins = make_bins(self.config.observing)
        observer = Observer(self.network, self.train.inputs, bins)
        layers = observer.whole_layers(self.train.inputs, most_units=SKETCHED)
        for depth, (name, _, members) in enumerate(layers):
            yield name, depth, members[0].float()

    @property
    def hidden(self) -> Layers:
        """The hidden layers, and where their outputs have samples and units."""
        children = dict(self.network.named_children())
        modules = {name: m for name, m in children.items() if m is not self.network.readout}
        return Layers(modules, self.network.samples_at, 3 - self.network.samples_at)

    def rows(self, **columns: Any) -> pd.DataFrame:
        """Return a table of the training examples: member, id, corrupted, and these columns."""
        place = {"member": self.member, "id": self.train.ids.numpy()}
        return pd.DataFrame(place | {"corrupted": self.train.corrupted.numpy()} | columns)


def trained(run: Run) -> Iterator[Trained]:
    """Yield each network of a finished run, built from its configuration and its saved weights.

    Raises:
        InfoplaneError: for a network of the user's own, and data that are no longer found.
    """
    refuse_own_network(run)
    config = run.config
    parts = load_members(config)
    model = build_network(
        config.network,
        input_shape=parts[0][0].inputs.shape[1:],
        classes=parts[0][0].classes,
        seed=config.seed,
        members=config.members,
    )
    model.load_state_dict(load_file(run.path / WEIGHTS))
    model.eval()
    for member in range(config.members):
        train, _ = parts[member % len(parts)]
        yield Trained(member, config.alone(member), model.member(member).eval(), train)
