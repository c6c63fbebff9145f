"""The tables a run leaves behind: their columns, in order. Everything drawn comes from these."""

from __future__ import annotations

from typing import Any

import pandas as pd

from infoplane.information.core.estimate import INSIDE_NULL as INSIDE_NULL
from infoplane.information.decoders.names import DECODERS as DECODERS
from infoplane.information.decoders.names import STRONGEST as STRONGEST

H_T = "H(T)"
I_XT = "I(X;T)"
I_TY = "I(T;Y)"
I_TY_SEEN = "I(T;Ỹ)"
I_XT_GIVEN_Y = "I(X;T|Y)"
M = "I(T;Ỹ|Y)"  # the memorized part

MEASUREMENTS = {
    "run": "string",
    "member": "int64",
    "epoch": "int64",
    "step": "int64",
    "layer": "string",
    "depth": "int64",  # 0 is the input, the largest is the logits
    "subset": "string",  # train | test | all
    "quantity": "string",  # one of the names above
    "estimator": "string",
    "resolution": "string",
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
    # What its training says of it (see infoplane.memorization.examples); NaN where not followed.
    "forgetting_events": "float64",
    "epoch_learned": "float64",
    "aum": "float64",
    "confidence": "float64",
    "variability": "float64",
    "correctness": "float64",
    "cumulative_loss": "float64",
    "el2n": "float64",
    "gradient_norm": "float64",
}

DYNAMICS = {  # of the training examples as they were presented, every epoch
    "run": "string",
    "member": "int64",
    "epoch": "int64",
    "quantity": "string",
    "value": "float64",
}
# Quantities of DYNAMICS: the running loss, bits an example, and accuracy on the seen labels …
RUNNING_LOSS = "running loss"
RUNNING_ACCURACY = "running accuracy"
# … bits an example (times n: in all) and bits a parameter …
LABEL_BITS = "label bits"
MEMORIZED_BITS = "memorized bits"
MEMORIZED_BITS_MIXTURE = "memorized bits (mixture)"
FANO_FLOOR = "Fano floor"
BITS_PER_PARAMETER = "label bits per parameter"
# … and shares of the corrupted examples, by what was predicted.
SPLIT = ("memorized", "recovered", "other")

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


def main_subset(measurements: pd.DataFrame) -> str:
    """Return the examples a run is first told by: of training, or whatever else was measured."""
    measured = set(measurements.loc[measurements["quantity"] == I_XT, "subset"])
    return next(subset for subset in ("train", "all", "test") if subset in measured)


def decoders(measurements: pd.DataFrame) -> list[str]:
    """Return the decoders that M was measured by, the strongest first."""
    present = list(measurements.loc[measurements["quantity"] == M, "estimator"].unique())
    return [name for name in DECODERS if name in present] or present


def with_p_value_and_flags(measurements: pd.DataFrame) -> pd.DataFrame:
    """Fill in the columns that runs of earlier versions lack: no flags, and p of a normal null."""
    if "flags" not in measurements:
        measurements = measurements.assign(flags="")
    if "p_value" not in measurements:
        from scipy.special import ndtr  # slow to load, and asked for by old runs alone

        excess = (measurements["bits"] - measurements["null_mean"]) / measurements["null_std"]
        measurements = measurements.assign(p_value=ndtr(-excess))
    return measurements


def table(rows: list[dict[str, Any]], columns: dict[str, str]) -> pd.DataFrame:
    """Return rows as a table with exactly these columns and types, also where there is no row."""
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)
