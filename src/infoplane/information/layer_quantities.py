"""All that one estimator says of a layer: I(T;Y), and of those that can say it I(X;T), I(X;T|Y)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from jaxtyping import Float, Int
from torch import Tensor

from infoplane.information.binned.by_name import choose_bins
from infoplane.information.binned.counting import make_labels
from infoplane.information.binned.hashing import hash_activations
from infoplane.information.binned.plug_in import Measured
from infoplane.information.core.flags import of_samples, with_flags
from infoplane.information.core.null import with_null
from infoplane.information.mutual_information import (
    COMMON,
    RULE,
    counted,
    judged,
    mutual_information,
    width_of,
)
from infoplane.information.registry import ESTIMATORS, NOISY
from infoplane.names import BINS, SWEPT

PERMUTATIONS = 20


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
        parameters: its own, and ``permutations``, ``jackknife`` and ``extrapolate`` as at the door;
            with one of the last two it says I(T;Y) alone.
        label: "Y", or "Ỹ" where these are the seen ones.
        seed: of nulls, and of estimators that draw.

    Raises:
        InfoplaneError: where the estimator cannot take the layer.
    """
    uncertain = bool(parameters.get("jackknife") or parameters.get("extrapolate"))
    if name in NOISY and not uncertain:
        yield from _noisy(t, y, name, parameters, label, seed)
    elif name == BINS and not uncertain:
        yield from _binned(t, y, parameters, label, seed)
    else:
        found = mutual_information(t, y, estimator=name, seed=seed, **parameters)
        if name == BINS:
            found = replace(found, estimator=found.estimator.replace(BINS, SWEPT, 1))
        yield Measured(f"I(T;{label})", found)


def _binned(
    t: Tensor, y: Tensor, parameters: dict[str, Any], label: str, seed: int
) -> Iterator[Measured]:
    """The bins of a sweep, with one correction."""
    correction, alphabet = parameters.get("correction", "plug-in"), parameters.get("alphabet_size")
    rule = choose_bins(**{key: value for key, value in parameters.items() if key in RULE})
    hashes = hash_activations(t, rule).cpu().numpy()
    repeats = parameters.get("permutations", PERMUTATIONS)
    labels = {label: make_labels(y.cpu().numpy(), permutations=repeats, seed=seed)}
    name = SWEPT if correction == "plug-in" else f"{SWEPT}, {correction}"
    raised = of_samples(t, y, width_of(parameters))
    for quantity, estimate in counted(
        hashes, labels, correction, resolution=rule.resolution, alphabet_size=alphabet
    ):
        if label == "Y" or quantity == f"I(T;{label})":
            yield Measured(quantity, with_flags(replace(estimate, estimator=name), raised))


def _noisy(
    t: Tensor, y: Tensor, name: str, parameters: dict[str, Any], label: str, seed: int
) -> Iterator[Measured]:
    """Those of a layer with noise know I(X;T) too, from the same distances."""
    estimator = ESTIMATORS[name]
    own = {key: value for key, value in parameters.items() if key not in COMMON}
    own |= {"seed": seed} if estimator.seeded else {}
    found = NOISY[name](t, y, **own)
    known = with_null(
        judged(name, found.y, t, y, parameters),
        lambda z: estimator.function(t, z, **own),
        y,
        permutations=parameters.get("permutations", estimator.permutations),
        seed=seed,
    )
    yield Measured(f"I(T;{label})", known)
    if label == "Y":
        yield Measured("I(X;T)", found.x)
        yield Measured("I(X;T|Y)", found.x_given_y)
