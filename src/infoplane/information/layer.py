"""All that one estimator says of a layer: I(T;Y), and of those that can say it I(X;T), I(X;T|Y)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from jaxtyping import Float, Int
from torch import Tensor

from infoplane.information.binned import Measured
from infoplane.information.binning import choose_bins
from infoplane.information.counting import make_labels
from infoplane.information.door import counted, mutual_information
from infoplane.information.estimators import BINS, ESTIMATORS, NOISY
from infoplane.information.hashing import hash_activations
from infoplane.information.null import with_null

PERMUTATIONS = 20
SWEPT = "bins, swept"  # beside the resolution a run is watched at


def layer_information(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    name: str,
    parameters: dict[str, Any],
    *,
    label: str = "Y",
    seed: int = 0,
) -> Iterator[Measured]:
    """Yield what an estimator says of a layer, by quantity, in bits, with nulls of the labels'.

    Args:
        t: activations [n, d].
        y: labels [n].
        name: of the estimator, as at the door.
        parameters: its own.
        label: "Y", or "Ỹ" where these are the seen ones.
        seed: of nulls, and of estimators that draw.

    Raises:
        InfoplaneError: where the estimator cannot take the layer.
    """
    if name in NOISY:
        yield from _noisy(t, y, name, parameters, label, seed)
        return
    if name == BINS:
        yield from _binned(t, y, parameters, label, seed)
        return
    yield Measured(
        f"I(T;{label})", mutual_information(t, y, estimator=name, seed=seed, **parameters)
    )


def _binned(
    t: Tensor, y: Tensor, parameters: dict[str, Any], label: str, seed: int
) -> Iterator[Measured]:
    """The bins of a sweep, with one correction."""
    own = dict(parameters)
    correction, alphabet = own.pop("correction", "plug-in"), own.pop("alphabet_size", None)
    rule = choose_bins(**own)
    hashes = hash_activations(t, rule).cpu().numpy()
    labels = {label: make_labels(y.cpu().numpy(), permutations=PERMUTATIONS, seed=seed)}
    name = SWEPT if correction == "plug-in" else f"{SWEPT}, {correction}"
    for quantity, estimate in counted(
        hashes, labels, correction, resolution=rule.resolution, alphabet_size=alphabet
    ):
        if label == "Y" or quantity == f"I(T;{label})":
            yield Measured(quantity, replace(estimate, estimator=name))


def _noisy(
    t: Tensor, y: Tensor, name: str, parameters: dict[str, Any], label: str, seed: int
) -> Iterator[Measured]:
    """Those of a layer with noise know I(X;T) too, from the same distances."""
    estimator = ESTIMATORS[name]
    own = parameters | ({"seed": seed} if estimator.seeded else {})
    found = NOISY[name](t, y, **own)
    known = with_null(
        found.y,
        lambda z: estimator.function(t, z, **own),
        y,
        permutations=estimator.permutations,
        seed=seed,
    )
    yield Measured(f"I(T;{label})", known)
    if label == "Y":
        yield Measured("I(X;T)", found.x)
        yield Measured("I(X;T|Y)", found.x_given_y)
