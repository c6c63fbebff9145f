"""Layers rewound: give a trained network earlier weights in one layer, or from one layer on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import torch
from safetensors.torch import load_file
from torch import Tensor

from infoplane.data.load import load
from infoplane.data.split import Split
from infoplane.errors import InfoplaneError
from infoplane.memorization.plane import memorized_part
from infoplane.networks.mlp import StackedMLP, build_mlp
from infoplane.observing.capture import LOGITS
from infoplane.runs.folder import KEPT_WEIGHTS, WEIGHTS, read_table, write_table
from infoplane.runs.memorization import MemorizationProbe
from infoplane.runs.run import Run

MODES = ("one layer", "from this layer on")
QUANTITIES = ("clean accuracy", "seen accuracy", "memorized part")
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
    kept = kept_epochs(run.path)
    if not kept:
        raise InfoplaneError(
            f"{run.path} kept no weights to rewind to; run it with memorization.keep_weights."
        )
    train, test = load(run.config.data, run.config.seed)
    if not train.corrupted.any():
        raise InfoplaneError(
            "a run on true labels memorizes nothing; rewind one on corrupted ones."
        )
    final = load_file(run.path / WEIGHTS)
    bench = _Bench(run, train, test)
    rows = []
    for epoch in _spread(kept, most_epochs):
        earlier = load_file(run.path / KEPT_WEIGHTS.format(epoch=epoch))
        for depth, layer in enumerate(bench.layers, start=1):
            for mode in MODES:
                replaced = [layer] if mode == MODES[0] else bench.layers[depth - 1 :]
                mixed = {k: (earlier if k.split(".")[0] in replaced else final)[k] for k in final}
                place = {"epoch": epoch, "depth": depth, "mode": mode}
                place["layer"] = LOGITS if layer == "readout" else layer
                rows += [place | row for row in bench.measure(mixed)]
    columns = ["member", "layer", "depth", "epoch", "mode", "quantity", "value"]
    return pd.DataFrame(rows, columns=columns)


def kept_rewound(run: Run) -> pd.DataFrame:
    """Return ``rewound(run)``, measured once and kept as ``rewound.parquet`` beside its tables."""
    path = run.path / "rewound.parquet"
    if not path.exists():
        write_table(path, rewound(run))
    return read_table(path)


def kept_epochs(path: Path) -> list[int]:
    """Return the epochs whose weights a run kept."""
    found = (re.fullmatch(r"epoch-(\d+)\.safetensors", p.name) for p in path.glob("weights/*"))
    return sorted(int(match[1]) for match in found if match)


def _spread(epochs: list[int], most: int) -> list[int]:
    steps = torch.linspace(0, len(epochs) - 1, min(most, len(epochs))).round().long()
    return [epochs[i] for i in steps.unique().tolist()]


class _Bench:
    """A network into which weights are put and measured."""

    def __init__(self, run: Run, train: Split, test: Split) -> None:
        config = run.config
        self.train, self.test = train, test
        self.probe = MemorizationProbe(config, train, test)
        self.model: StackedMLP = build_mlp(
            config.network,
            inputs=train.inputs[0].numel(),
            classes=train.classes,
            seed=config.seed,
            members=config.members,
        )
        self.layers = [name for name, _ in self.model.named_children()]

    @torch.inference_mode()
    def measure(self, weights: Weights) -> Iterator[dict[str, object]]:
        self.model.load_state_dict(weights)
        clean = self._accuracy(self.test.inputs, self.test.labels)
        seen = self._accuracy(self.train.inputs, self.train.seen_labels)
        part = self.probe.train
        for member, logits in enumerate(self.model(part.inputs).mT):
            memorized = memorized_part(
                logits, part.labels, part.seen_labels, self.probe.decoding
            ).bits
            values = (clean[member], seen[member], memorized)
            for quantity, value in zip(QUANTITIES, values, strict=True):
                yield {"member": member, "quantity": quantity, "value": value}

    def _accuracy(self, inputs: Tensor, labels: Tensor) -> list[float]:
        right = self.model(inputs).argmax(dim=1) == labels
        return right.double().mean(dim=1).tolist()
