"""All quantities of a layer by one estimator: I(T;Y), by some also I(X;T) and I(X;T|Y)."""

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
    """Yield the estimates of a layer by quantity, in bits; those of labels have nulls.

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
        measured = estimator.quantities(t, y, label, permutations=permutations, seed=seed)
        yield from (
            Measured(quantity, estimator.stated(estimate)) for quantity, estimate in measured
        )
        return
    estimate = estimated(estimator, t, y, options, seed)
    if estimator.name == BINS:
        estimate = replace(estimate, estimator=estimate.estimator.replace(BINS, SWEPT, 1))
    yield Measured(label_information(label), estimator.stated(estimate))
