"""What studies ask of the tables: the course of a value, its peak, its end, its compression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infoplane.errors import InfoplaneError
from infoplane.names import I_XT, INSIDE_NULL, TRAIN


@dataclass(frozen=True)
class Course:
    """A value of one layer over the epochs, a column a member."""

    epochs: np.ndarray  # [e]
    bits: np.ndarray  # [e, members]

    @property
    def end(self) -> np.ndarray:
        """The mean over the last tenth of the training, of each member: one look may be a spike."""
        return self.bits[self.epochs >= 0.9 * self.epochs[-1]].mean(axis=0)

    @property
    def peak(self) -> np.ndarray:
        """The largest value after the first epoch, of each member."""
        return self.bits[self._trained].max(axis=0)

    @property
    def peak_epoch(self) -> np.ndarray:
        """Where that is first reached."""
        return self.epochs[self._trained][self.bits[self._trained].argmax(axis=0)]

    @property
    def half_epoch(self) -> np.ndarray:
        """The first epoch at which half of the end is passed, of each member."""
        return self.epochs[(self.bits >= 0.5 * self.end).argmax(axis=0)]

    @property
    def compression(self) -> np.ndarray:
        """ϱ = (peak - end) / peak, in [0, 1]: the share of its peak a layer gives up."""
        return (self.peak - self.end) / np.maximum(self.peak, 1e-12)

    @property
    def _trained(self) -> np.ndarray:
        return self.epochs > 0 if len(self.epochs) > 1 else self.epochs >= 0


def course(
    measurements: pd.DataFrame,
    quantity: str,
    layer: str,
    *,
    subset: str = TRAIN,
    value: str = "bits",
    estimator: str = "bins",
) -> Course:
    """Return the course of a quantity of a layer.

    Raises:
        InfoplaneError: where the table does not hold it.
    """
    m = measurements
    rows = m[
        (m["quantity"] == quantity)
        & (m["layer"] == layer)
        & (m["subset"] == subset)
        & (m["estimator"] == estimator)
    ]
    if rows.empty:
        raise InfoplaneError(f"the run holds no {quantity} of layer {layer!r} on {subset}.")
    wide = rows.pivot(index="epoch", columns="member", values=value).sort_index()
    return Course(wide.index.to_numpy(), wide.to_numpy(dtype=np.float64))


def seen_compression(
    measurements: pd.DataFrame, layer: str, *, subset: str = TRAIN, estimator: str = "bins"
) -> np.ndarray:
    """Return the compression of I(X;T), of each member; NaN where it could not be seen.

    That is where the value reflects n, and not the layer, both at its peak and at the end.
    """
    of = {"subset": subset, "estimator": estimator}
    bits = course(measurements, I_XT, layer, **of)
    saturated = course(measurements, I_XT, layer, value="saturated", **of)
    at_peak = saturated.bits[np.searchsorted(bits.epochs, bits.peak_epoch), range(len(bits.peak))]
    unseen = (at_peak > 0.5) & (saturated.end > 0.5)
    return np.where(unseen, np.nan, bits.compression)


def layers(measurements: pd.DataFrame) -> list[str]:
    """Return the layers without the input, from the first to the logits."""
    order = measurements.drop_duplicates("layer").sort_values("depth")
    return [layer for layer in order["layer"] if layer != "input"]


def accuracy(training: pd.DataFrame, subset: str, *, column: str = "accuracy") -> np.ndarray:
    """Return the accuracy of each member, the mean over the last tenth of the training."""
    rows = training[training["subset"] == subset]
    late = rows[rows["epoch"] >= 0.9 * rows["epoch"].max()]
    return late.groupby("member")[column].mean().to_numpy(dtype=np.float64)


def best_accuracy(training: pd.DataFrame, subset: str) -> np.ndarray:
    """Return the best accuracy each member reaches."""
    rows = training[training["subset"] == subset]
    return rows.groupby("member")["accuracy"].max().to_numpy(dtype=np.float64)


def outside_null(
    measurements: pd.DataFrame, quantity: str, layer: str, *, subset: str = TRAIN
) -> np.ndarray:
    """Whether a layer's value is outside its null at the last look, of each member."""
    p_value = course(measurements, quantity, layer, subset=subset, value="p_value")
    return p_value.bits[-1] <= INSIDE_NULL


def not_saturated(
    measurements: pd.DataFrame, quantity: str, layer: str, *, subset: str = TRAIN
) -> np.ndarray:
    """Return the end of a quantity of each member; NaN where saturated, which is no evidence."""
    saturated = course(measurements, quantity, layer, subset=subset, value="saturated").end
    end = course(measurements, quantity, layer, subset=subset).end
    return np.where(saturated > 0, np.nan, end)


def end_outside_null(
    measurements: pd.DataFrame, quantity: str, layer: str, *, subset: str = TRAIN
) -> np.ndarray:
    """Return a layer's label information at the end, of each member; NaN where not valid.

    That is where it is saturated, which any labels would be, or inside its null.
    """
    outside = outside_null(measurements, quantity, layer, subset=subset)
    return np.where(outside, not_saturated(measurements, quantity, layer, subset=subset), np.nan)


def first_epoch(epochs: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """Return the first epoch at which each column is true; twice the last where it never is."""
    return np.where(reached.any(axis=0), epochs[reached.argmax(axis=0)], 2 * epochs[-1])
