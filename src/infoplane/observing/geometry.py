"""Dependence and clustering of every layer as plain geometry: no bits, a table of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jaxtyping import Float, Int
from torch import Tensor

from infoplane.information.binned.rules import Bins
from infoplane.information.kernel.dependence import (
    cluster_count,
    hsic,
    linear_cka,
    median_distance,
    normalised_hsic,
)
from infoplane.observing.config import Geometry
from infoplane.observing.estimators import some_examples
from infoplane.observing.observer import Observer

Row = dict[str, Any]


class GeometryMeasurer:
    """Measures of geometry on the examples of ``EstimatorMeasurer``.

    Args:
        subset: the name of the examples.
        inputs: X, [n, ...].
        labels: label sets by name, "Y" and perhaps "Ỹ", each [n].
        measures: "hsic", "nhsic" and "cka" of T with X and with the labels, "clusters" of T.
        bins: what clusters are cells of.
        examples: how many at most.
        seed: of the choice, and of the rows whose median distance is a kernel's width.
    """

    table = "geometry"

    def __init__(
        self,
        subset: str,
        inputs: Tensor,
        labels: Mapping[str, Int[Tensor, " n"]],
        *,
        measures: tuple[Geometry, ...],
        bins: Bins,
        examples: int,
        seed: int,
    ) -> None:
        chosen = some_examples(len(inputs), examples, seed)
        self.subset, self.measures, self.bins, self.seed = subset, measures, bins, seed
        self.inputs = inputs[chosen]
        self.others = {"X": self.inputs.flatten(1).float()}
        self.others |= {name: values[chosen] for name, values in labels.items()}

    def observe(self, observer: Observer, *, epoch: int) -> Iterator[Row]:
        """Yield a row of the geometry table for each layer, member and quantity."""
        for layer, _, members in observer.whole_layers(self.inputs):
            for member in range(observer.members):
                t = members[member % len(members)]
                place = {"member": member, "epoch": epoch, "subset": self.subset, "n": len(t)}
                place |= {**observer.place(layer), "width": t.shape[-1]}
                yield from (place | row for row in self._measured(t))

    def _measured(self, t: Float[Tensor, "n d"]) -> Iterator[Row]:
        for measure in self.measures:
            if measure == "clusters":
                yield _row("clusters(T)", self.bins.resolution, cluster_count(t, self.bins))
                continue
            for name, other in self.others.items():
                pair = "X;T" if name == "X" else f"T;{name}"
                yield _row(*self._dependence(measure, pair, t, other))

    def _dependence(
        self, measure: Geometry, pair: str, t: Tensor, other: Tensor
    ) -> tuple[str, str, float]:
        """Return the name of a quantity, its resolution and its value."""
        if measure == "cka":
            return f"CKA({pair})", "linear kernel", linear_cka(t, other)
        width, of_x = median_distance(t, self.seed), None
        words = f"σ = {width:.6g} (median distance)"
        if other.ndim == 2:
            of_x = median_distance(other, self.seed)
            words += f", σ of X = {of_x:.6g}"
        if measure == "hsic":
            return f"HSIC({pair})", words, hsic(t, other, width=width, y_width=of_x)
        return f"nHSIC({pair})", words, normalised_hsic(t, other, width=width, y_width=of_x)


def _row(quantity: str, resolution: str, value: float) -> Row:
    return {"quantity": quantity, "resolution": resolution, "value": value}
