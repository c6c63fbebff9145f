"""Layers rewound: give a trained network earlier weights in one layer, or from one layer on."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import torch
from safetensors.torch import load_file
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.names import LOGITS, ONE_LAYER, REWINDING_MODES, REWOUND_QUANTITIES
from infoplane.networks.build import build_network
from infoplane.networks.stack import Stack
from infoplane.runs.analyses.kept import kept, refuse_own_network
from infoplane.runs.config import RunConfig
from infoplane.runs.measuring.memorization import MemorizationProbe
from infoplane.runs.measuring.own_data import Parts, load_members
from infoplane.runs.run import Run
from infoplane.runs.storage.folder import KEPT_WEIGHTS, WEIGHTS
from infoplane.tables import REWOUND, table

Weights = dict[str, Tensor]


def rewound(run: Run, *, most_epochs: int = 8) -> pd.DataFrame:
    """Measure a finished run with layers rewound to the epochs whose weights it kept.

    Clean accuracy is on the true labels of the test part, seen accuracy on the seen labels of the
    training part, the memorized part M that of the logits on the probe of the run, in bits.

    Args:
        run: a run on corrupted labels with ``memorization.keep_weights``.
        most_epochs: of the kept epochs, at most so many, evenly on a log axis.

    Returns:
        A table with columns member, layer, depth, epoch, mode, quantity, value.

    Raises:
        InfoplaneError: where the run kept no weights, or trained on true labels.
    """
    refuse_own_network(run)
    epochs = kept_epochs(run.path)
    if not epochs:
        raise InfoplaneError(
            f"{run.path} kept no weights to rewind to; run it with memorization.keep_weights."
        )
    benches = _benches(run.config)
    if not any(bench.train.corrupted.any() for bench in benches):
        raise InfoplaneError(
            "a run on true labels memorizes nothing; rewind one on corrupted ones."
        )
    final = load_file(run.path / WEIGHTS)
    layers, rows = benches[0].layers, []
    for epoch in _spread(epochs, most_epochs):
        earlier = load_file(run.path / KEPT_WEIGHTS.format(epoch=epoch))
        for depth, layer in enumerate(layers, start=1):
            for mode in REWINDING_MODES:
                replaced = [layer] if mode == ONE_LAYER else layers[depth - 1 :]
                mixed = {k: (earlier if k.split(".")[0] in replaced else final)[k] for k in final}
                place = {"epoch": epoch, "depth": depth, "mode": mode}
                place["layer"] = LOGITS if layer == "readout" else layer
                rows += [place | row for bench in benches for row in bench.measure(mixed)]
    return table(rows, REWOUND)


def kept_rewound(run: Run) -> pd.DataFrame:
    """Return ``rewound(run)``, measured once and kept as ``rewound.parquet`` beside its tables."""
    return kept(run, "rewound", rewound)


def kept_epochs(path: Path) -> list[int]:
    """Return the epochs whose weights a run kept."""
    matches = (re.fullmatch(r"epoch-(\d+)\.safetensors", p.name) for p in path.glob("weights/*"))
    return sorted(int(match[1]) for match in matches if match)


def _spread(epochs: list[int], most: int) -> list[int]:
    steps = torch.linspace(0, len(epochs) - 1, min(most, len(epochs))).round().long()
    return [epochs[i] for i in steps.unique().tolist()]


def _benches(config: RunConfig) -> list[_Bench]:
    """Return one bench for all members, or one for each where they have data of their own."""
    parts = load_members(config)
    if not config.each.differs_in_data:
        return [_Bench(config, parts[0])]
    return [_Bench(config.alone(m), member_parts, first=m) for m, member_parts in enumerate(parts)]


class _Bench:
    """A network into which weights are put and measured: of all members from ``first`` on."""

    def __init__(self, config: RunConfig, parts: Parts, first: int = 0) -> None:
        self.train, self.test = parts
        self.members = range(first, first + config.members)
        self.probe = MemorizationProbe(config, *parts)
        self.model: Stack = build_network(
            config.network,
            input_shape=self.train.inputs.shape[1:],
            classes=self.train.classes,
            seed=config.seed,
            members=config.members,
        )
        self.model.eval()
        self.layers = [
            name for name, module in self.model.named_children() if list(module.parameters())
        ]

    @torch.inference_mode()
    def measure(self, weights: Weights) -> list[dict[str, object]]:
        members = slice(self.members.start, self.members.stop)
        self.model.load_state_dict({name: stacked[members] for name, stacked in weights.items()})
        clean = self._accuracy(self.test.inputs, self.test.labels)
        seen = self._accuracy(self.train.inputs, self.train.seen_labels)
        rows: list[dict[str, object]] = []
        for i, logits in enumerate(self.model(self.probe.train.inputs).mT):
            values = (clean[i], seen[i], self.probe.memorized_bits(logits))
            for quantity, value in zip(REWOUND_QUANTITIES, values, strict=True):
                rows.append({"member": self.members[i], "quantity": quantity, "value": value})
        return rows

    def _accuracy(self, inputs: Tensor, labels: Tensor) -> list[float]:
        right = self.model(inputs).argmax(dim=1) == labels
        return right.double().mean(dim=1).tolist()
