"""M of each layer, example by example, at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from infoplane.information.decoders.folds import copies
from infoplane.information.decoders.usable import DecoderSettings, pointwise_information
from infoplane.names import DECODERS
from infoplane.runs.analyses.kept import kept
from infoplane.runs.analyses.networks import Trained, trained
from infoplane.runs.run import Run
from infoplane.tables import POINTWISE_M, typed


def memorized_by_layer(run: Run, *, decoders: tuple[str, ...] = DECODERS) -> pd.DataFrame:
    """Measure what each training example adds to M = I(T;Ỹ|Y) of each layer, by every decoder.

    Bits; the mean over examples is M. Those of the input are what is not memorized by any weight.

    Returns:
        A table with columns member, id, corrupted, layer, depth, estimator, bits.

    Raises:
        InfoplaneError: for a network of the user's own, or an unknown decoder.
    """
    parts = [part for network in trained(run) for part in _of(network, decoders)]
    return typed(pd.concat(parts, ignore_index=True), POINTWISE_M)


def kept_memorized_by_layer(run: Run) -> pd.DataFrame:
    """Return ``memorized_by_layer(run)``, measured once and kept as ``pointwise_m.parquet``."""
    return kept(run, "pointwise_m", memorized_by_layer)


def _of(network: Trained, decoders: tuple[str, ...]) -> Iterator[pd.DataFrame]:
    train, groups = network.train, copies(network.train.inputs)
    settings = DecoderSettings(decoders, folds=2, seed=network.config.seed)
    for layer, depth, t in network.layers():
        bits = pointwise_information(
            t, train.seen_labels, settings, given=train.labels, groups=groups
        )
        for estimator, of_each in bits.items():
            yield network.rows(layer=layer, depth=depth, estimator=estimator, bits=of_each.numpy())
