"""All that one estimator says of a layer: I(T;Y), and of those that can say it I(X;T), I(X;T|Y)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jaxtyping import Float, Int
from torch import Tensor

from infoplane.information.core.estimate import Measured
from infoplane.information.core.estimator import Estimator
from infoplane.information.mutual_information import check_samples_fit, estimated
from infoplane.information.options import Options
from infoplane.names import BINS, SWEPT, TRUE_LABELS, label_information


def layer_information(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    estimator: Estimator,
    options: Options | None = None,
    *,
    label: str = TRUE_LABELS,
    seed: int = 0,
) -> Iterator[Measured]:
    """Yield what an estimator says of a layer, by quantity, in bits, with nulls of the labels'.

    Args:
        t: activations [n, d].
        y: labels [n].
        estimator: with its parameters.
        options: with ``jackknife`` or ``extrapolate`` it says I(T;Y) alone.
        label: "Y", or "Ỹ" where these are the seen ones.
        seed: of nulls, and of estimators that draw.

    Raises:
        InfoplaneError: where the estimator cannot take the layer.
    """
    options = options or Options()
    check_samples_fit(estimator, t, y)
    if not options.uncertain:
        permutations = options.permutations_of(estimator)
        found = estimator.quantities(t, y, label, permutations=permutations, seed=seed)
        yield from (Measured(quantity, estimator.stated(each)) for quantity, each in found)
        return
    found = estimated(estimator, t, y, options, seed)
    if estimator.name == BINS:
        found = replace(found, estimator=found.estimator.replace(BINS, SWEPT, 1))
    yield Measured(label_information(label), estimator.stated(found))
