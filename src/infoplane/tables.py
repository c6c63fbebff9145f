"""The tables of a run: their columns, in order. Everything drawn comes from these."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from infoplane.errors import DamagedError
from infoplane.names import ALL, DECODERS, I_TY, I_XT, TEST, TRAIN, M
from infoplane.scores import SCORES

MEASUREMENTS = {
    "run": "string",
    "member": "int64",
    "epoch": "int64",
    "step": "int64",
    "layer": "string",
    "depth": "int64",  # 0 is the input, the largest is the logits
    "subset": "string",  # train | test | all
    "quantity": "string",  # see infoplane.names
    "estimator": "string",
    "resolution": "string",  # for people
    "parameters": "string",  # of the estimator, that differ from the usual ones
    "parameter": "string",  # the one that is the resolution, "" where none is a number
    "parameter_value": "float64",
    "bits": "float64",
    "null_mean": "float64",  # NaN where there is no null
    "null_std": "float64",
    "p_value": "float64",  # one-sided, of the value among its null's
    "standard_error": "float64",  # NaN where the estimator has none and none was asked for
    "ceiling": "float64",
    "saturated": "bool",
    "flags": "string",  # what else is to be held against the value, separated by commas
    "n": "int64",
    "width": "int64",
}

TRAINING = {
    "run": "string",
    "member": "int64",
    "epoch": "int64",
    "step": "int64",
    "subset": "string",  # train | clean | corrupted | test
    "loss": "float64",  # bits an example, on the seen labels
    "accuracy": "float64",  # on the seen labels
    "true_accuracy": "float64",  # on the true labels
    "n": "int64",
}

EXAMPLES = {
    "run": "string",
    "member": "int64",
    "subset": "string",  # train | test
    "id": "int64",
    "label": "int64",
    "seen_label": "int64",
    "corrupted": "bool",
    "prediction": "int64",
    "loss": "float64",  # bits, on the seen label, at the end of training
    # What its training says of it; NaN where it was not followed.
    **{score.name: "float64" for score in SCORES},
}

DYNAMICS = {  # of the training examples as they were presented, every epoch
    "run": "string",
    "member": "int64",
    "epoch": "int64",
    "quantity": "string",
    "value": "float64",
}
HISTORIES = {  # of runs that followed their examples, one row an example: written at the end
    "run": "string",
    "member": "int64",
    "id": "int64",
    "epochs": "object",  # those whose history is kept: all below 16, then eight in each doubling
    "confidence": "object",  # p(ỹ|x) at each, to 1/254; NaN where it was not presented
    "predictions": "object",  # the class at each; -1 where it was not presented
}
GRADIENTS = {  # over the minibatches of one pass at fixed weights, of each layer's weights
    "run": "string",
    "member": "int64",
    "epoch": "int64",
    "layer": "string",
    "depth": "int64",
    "mean_norm": "float64",  # of the mean gradient: drift
    "std_norm": "float64",  # of the standard deviations: diffusion
    "weight_norm": "float64",
}

GEOMETRY = {  # of runs that ask for it: plain numbers, never bits
    "run": "string",
    "member": "int64",
    "epoch": "int64",
    "step": "int64",
    "layer": "string",
    "depth": "int64",
    "subset": "string",
    # HSIC(X;T), HSIC(T;Y): no unit, compare at equal widths; nHSIC and CKA: 0 to 1; clusters(T):
    # how many.
    "quantity": "string",
    "resolution": "string",  # widths of the kernels, or the bins
    "value": "float64",
    "n": "int64",
    "width": "int64",
}

SECONDS = {"run": "string", "epoch": "int64", "training": "float64", "observing": "float64"}

REWOUND = {  # of runs that were rewound: what the network does with earlier weights in a layer
    "member": "int64",
    "layer": "string",
    "depth": "int64",
    "epoch": "int64",  # of the earlier weights
    "mode": "string",
    "quantity": "string",
    "value": "float64",
}

CRITICALITY = {
    "member": "int64",
    "epoch": "int64",
    "critical_sample_ratio": "float64",
    "input_gradient": "float64",  # nats per unit of input
}

SENSITIVITY = {
    "member": "int64",
    "updates": "int64",
    "gini": "float64",
    "loss": "float64",  # nats
}

RANDOM_TOKENS = {  # of transformers, on as many random sequences
    "layers": "int64",
    "width": "int64",
    "parameters": "int64",
    "dtype": "string",
    "member": "int64",
    "sequences": "int64",
    "data_bits": "float64",
    "bits": "float64",  # saved in telling all of them
    "positive_bits": "float64",  # saved in telling those that are told in fewer than they have
    "mixture_bits": "float64",  # the same by a normalised code
}

TEXT_LOSSES = {  # of transformers, on as many sequences of text and on others
    "layers": "int64",
    "width": "int64",
    "parameters": "int64",
    "length": "int64",
    "member": "int64",
    "sequences": "int64",
    "train": "float64",  # bits a token
    "test": "float64",
}

LOST = {  # examples whose seen label is lost where one layer has earlier weights
    "member": "int64",
    "id": "int64",
    "corrupted": "bool",
    "direction": "string",  # earlier | random, as far away
    "layer": "string",
    "depth": "int64",
    "lost": "float64",  # share of the earlier epochs, of those that the network has right
}
PREDICTION_DEPTH = {
    "member": "int64",
    "id": "int64",
    "corrupted": "bool",
    "k": "int64",  # neighbours that vote
    "layers": "int64",  # that are asked, input and logits among them
    "prediction_depth": "int64",  # from 0, the input, to ``layers``: not even the logits
}
SECOND_SPLIT = {
    "member": "int64",
    "id": "int64",
    "corrupted": "bool",
    "epochs": "int64",  # of the second training
    "learned": "bool",  # right at the end of the first
    "second_split_forgetting": "int64",  # epochs; one more than there are: never forgotten
}
ABLATED = {  # units zeroed until an example is predicted otherwise
    "member": "int64",
    "id": "int64",
    "corrupted": "bool",
    "objective": "string",  # loss | margin | random
    "scope": "string",  # all layers | the one whose units may be zeroed
    "layer": "string",
    "depth": "int64",
    "zeroed": "int64",  # units of this layer
    "units": "int64",  # of all layers
    "flipped": "bool",
    "unchanged": "float64",  # share of other examples
}
POINTWISE_M = {
    "member": "int64",
    "id": "int64",
    "corrupted": "bool",
    "layer": "string",
    "depth": "int64",
    "estimator": "string",
    "bits": "float64",  # that the example adds to M of the layer
}
LABEL_PRICES = {  # of networks whose weights are told at a price, one row a network
    "variation": "string",
    "labels": "string",
    "draw": "int64",  # of initial weights, noise and random labels
    "price": "float64",  # β: label bits a bit of weights
    "examples": "int64",
    "parameters": "int64",  # means
    "label_bits": "float64",  # there are
    "kept_bits": "float64",  # of them, by the mean loss over draws of the weights
    "weight_bits": "float64",  # KL(q ‖ p)
    "accuracy": "float64",  # on the seen labels, by the mean weights
    "test_accuracy": "float64",  # on true labels
}
PLANTED = {  # of networks of which one layer alone learned the wrong labels
    "planted": "int64",  # that layer
    "fitted": "float64",  # share of the wrong labels that it learned
    "measure": "string",
    "depth": "int64",
    "value": "float64",
}

GEOMETRY_TABLE = "geometry"  # only of runs that ask for it
RUN_TABLES = {
    "measurements": MEASUREMENTS,
    "training": TRAINING,
    "dynamics": DYNAMICS,
    "examples": EXAMPLES,
    "gradients": GRADIENTS,
    "seconds": SECONDS,
    GEOMETRY_TABLE: GEOMETRY,
}
"""The tables that a run writes while it trains."""
AT_THE_END = {"histories": HISTORIES}
"""The tables that a run writes at its end, where it has what they hold."""
ANALYSES = {
    "rewound": REWOUND,
    "criticality": CRITICALITY,
    "sensitivity": SENSITIVITY,
    "random_tokens": RANDOM_TOKENS,
    "text_losses": TEXT_LOSSES,
    "lost": LOST,
    "prediction_depth": PREDICTION_DEPTH,
    "second_split": SECOND_SPLIT,
    "ablated": ABLATED,
    "pointwise_m": POINTWISE_M,
    "label_prices": LABEL_PRICES,
    "planted": PLANTED,
}
"""The tables that are measured of a finished run when they are asked for."""
COLUMNS = RUN_TABLES | AT_THE_END | ANALYSES


def main_subset(measurements: pd.DataFrame) -> str:
    """Return the examples a run is first told by: of training, or whatever else was measured."""
    measured = set(measurements.loc[measurements["quantity"] == I_XT, "subset"].unique())
    measured = measured or set(measurements["subset"].unique())  # no bins: what decoders read
    return next(subset for subset in (TRAIN, ALL, TEST) if subset in measured)


def decoders(measurements: pd.DataFrame) -> list[str]:
    """Return the decoders that M was measured by, the strongest first."""
    present = list(measurements.loc[measurements["quantity"] == M, "estimator"].unique())
    return [name for name in DECODERS if name in present] or present


def learned_subset(measurements: pd.DataFrame) -> str:
    """Return the examples that tell what is learned: of test, or without such, those of training.

    Of training examples decoders are still scored where they were not fitted, but the network has
    seen them.
    """
    of_decoders = measurements["estimator"].isin(DECODERS) & (measurements["quantity"] == I_TY)
    subsets = set(measurements.loc[of_decoders, "subset"].unique())
    return TRAIN if TEST not in subsets and TRAIN in subsets else TEST


def in_this_version(name: str, frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return a table that was read as this version writes it, which may have later columns.

    Raises:
        DamagedError: where another column is missing, or holds values of another kind.
    """
    if name == "measurements":
        frame = _with_later_columns(frame)
    missing = [column for column in COLUMNS[name] if column not in frame]
    other = [c for c, kind in COLUMNS[name].items() if c in frame and _is_other(frame[c], kind)]
    if other and not missing:
        raise DamagedError(
            f"{path} holds {frame[other[0]].dtype} values in the column {other[0]}, which has "
            f"{COLUMNS[name][other[0]]}; it was not written by infoplane, or is damaged: run the "
            "same configuration again in a new folder."
        )
    if missing:
        raise DamagedError(
            f"{path} lacks the columns {', '.join(missing)}; it was not written by this version of "
            "infoplane, or is damaged: run the same configuration again in a new folder."
        )
    return frame


def _is_other(column: pd.Series, kind: str) -> bool:
    """Whether a column holds values of another kind: text for numbers, or numbers for text."""
    if column.empty:
        return False
    types = pd.api.types
    if kind == "object":  # a list in each row
        return not isinstance(column.iloc[0], (list, np.ndarray))
    if kind == "string":
        return not types.is_string_dtype(column.dtype)
    if kind == "bool":
        return not types.is_bool_dtype(column.dtype)
    whole = kind == "int64" and not types.is_integer_dtype(column.dtype)
    return whole or not types.is_numeric_dtype(column.dtype)


def _with_later_columns(measurements: pd.DataFrame) -> pd.DataFrame:
    if "flags" not in measurements:
        measurements = measurements.assign(flags="")
    if "standard_error" not in measurements:
        measurements = measurements.assign(standard_error=math.nan)
    if "parameter" not in measurements:
        measurements = measurements.assign(parameters="", parameter="", parameter_value=math.nan)
    if "p_value" not in measurements and {"bits", "null_mean", "null_std"} <= {*measurements}:
        from scipy.special import ndtr  # slow to load, and asked for by old runs alone

        excess = (measurements["bits"] - measurements["null_mean"]) / measurements["null_std"]
        measurements = measurements.assign(p_value=ndtr(-excess))  # of a normal null
    return measurements


def table(rows: list[dict[str, Any]], columns: dict[str, str]) -> pd.DataFrame:
    """Return rows as a table with exactly these columns and types, also where there is no row."""
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def typed(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Return a frame with exactly these columns, in order, and their types."""
    return frame[list(columns)].astype(columns)
