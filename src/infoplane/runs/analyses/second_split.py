"""The networks of a run, trained on examples they have not seen: what they forget of theirs."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import torch

from infoplane import seeds
from infoplane.data.labels import corrupt
from infoplane.data.load import load
from infoplane.data.split import Split, balanced_subset
from infoplane.errors import InfoplaneError
from infoplane.memorization.localization.second_split import second_split_forgetting
from infoplane.runs.analyses.kept import kept
from infoplane.runs.analyses.networks import Trained, trained
from infoplane.runs.config import RunConfig
from infoplane.runs.progress import Progress
from infoplane.runs.run import Run
from infoplane.tables import SECOND_SPLIT, typed
from infoplane.training.loop import Training

EPOCHS = 20  # most wrong labels are forgotten in the first


def second_split_times(run: Run, *, epochs: int = EPOCHS) -> pd.DataFrame:
    """Train each network of a run on other examples, and see when it forgets its own.

    The second split are as many examples of the same data set that the run did not train on, with
    labels corrupted anew at the same rate. They are learned as the run's own were, with an
    optimizer that begins anew. The run and its weights stay as they are.

    Args:
        run: a finished run on a part of its data set (``data.train_size``).
        epochs: of the second training (published: as many as of the first).

    Returns:
        A table with columns member, id, corrupted, epochs (of the second training), learned
        (whether it was right at the end of the first), second_split_forgetting.

    Raises:
        InfoplaneError: where the run trained on all examples there are, or its network is the
            user's own.
        NonFiniteError: where the second training diverges.
    """
    splits: dict[int, Split] = {}
    parts = []
    for network in trained(run):
        seed = network.config.seed
        if seed not in splits:
            splits[seed] = second_split(network.config, network.train)
        parts.append(_of(network, splits[seed], epochs))
    return typed(pd.concat(parts, ignore_index=True), SECOND_SPLIT)


def kept_second_split_times(run: Run) -> pd.DataFrame:
    """Return ``second_split_times(run)``, measured once and kept as ``second_split.parquet``."""
    return kept(run, "second_split", second_split_times)


def second_split(config: RunConfig, train: Split) -> Split:
    """Return as many examples as ``train`` that are not in it, at the same rate of corruption.

    Where fewer are left it is all of those.

    Raises:
        InfoplaneError: where none are left.
    """
    data = config.data
    true = replace(data, train_size=None, labels="true", rate=1.0, transition=())
    whole, _ = load(true, config.seed)
    rest = whole.select(~torch.isin(whole.ids, train.ids))
    if not len(rest):
        raise InfoplaneError(
            f"the run trained on all {len(train):,} examples there are, and none are left for a "
            "second split; run it with data.train_size of half as many."
        )
    size = min(len(train), len(rest))
    other = balanced_subset(rest, size, seeds.generator(config.seed, "second split"))
    seen = corrupt(
        other.labels,
        data.labels,
        rate=data.rate,
        classes=other.classes,
        generator=seeds.generator(config.seed, "labels of the second split"),
        transition=data.transition,
    )
    return other.with_seen_labels(seen)


def _of(network: Trained, other: Split, epochs: int) -> pd.DataFrame:
    train, member = network.train, network.member
    config = replace(network.config.training, epochs=epochs, device="cpu", patience=None)
    seed = seeds.number(network.config.seed, "second training", member) >> 32
    model = network.network
    training = Training(model, other, replace(config, stop_at_accuracy=None), seed=seed)
    rows = []
    with Progress(f"second split, network {member}", epochs) as progress:
        for epoch in training.epochs():
            model.eval()
            rows.append(network.predictions(train.inputs) == train.seen_labels)
            progress.advance(epoch, [], last=training.finished)
    correct = torch.stack(rows)
    return network.rows(
        epochs=epochs,
        learned=correct[0].numpy(),
        second_split_forgetting=second_split_forgetting(correct).numpy(),
    )
