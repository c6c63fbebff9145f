"""The subset of examples that each network of an ensemble is trained on."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.runs.ensembles.config import HALF


def example_pairs(n: int, seed: int) -> Int[Tensor, "h 2"]:
    """Return n examples in random disjoint pairs: the rows of a supersample.

    Raises:
        InfoplaneError: where n is odd or 0.
    """
    if n % 2 or not n:
        raise InfoplaneError(
            f"{n} training examples cannot be paired; give an even data.train-size, or another "
            "ratio than .5."
        )
    return torch.randperm(n, generator=seeds.generator(seed, "example pairs")).view(-1, 2)


def memberships(networks: Sequence[int], n: int, *, ratio: float, seed: int) -> Bool[Tensor, "k n"]:
    """Return which of n examples each network is trained on; all subsets are of one size.

    At ratio .5 networks 2j and 2j + 1 are trained on complements, each of which holds one of every
    pair of examples: an example is in half of all subsets exactly. At others, subsets are
    independent.

    Args:
        networks: their numbers in the ensemble; a subset follows from its number and the seed.
        n: training examples.
        ratio: share of them in a subset.
        seed: of the ensemble.

    Raises:
        InfoplaneError: where examples cannot be paired, or a subset holds none or all of them.

    Source: supersample and selection, Steinke & Zakynthinou 2020; subsets of size rn, Feldman &
    Zhang 2020.
    """
    size = round(ratio * n)
    if not 0 < size < n:
        raise InfoplaneError(
            f"a share of {ratio:g} of {n} training examples is {size} of them; give another ratio "
            "or more examples."
        )
    masks = torch.zeros(len(networks), n, dtype=torch.bool)
    pairs = example_pairs(n, seed) if ratio == HALF else None
    for mask, network in zip(masks, networks, strict=True):
        if pairs is None:
            draw = seeds.generator(seed, "subset", network)
            mask[torch.randperm(n, generator=draw)[:size]] = True
            continue
        draw = seeds.generator(seed, "subset", network // 2)
        side = torch.randint(2, (len(pairs), 1), generator=draw)
        mask[pairs.gather(1, side ^ (network % 2))] = True
    return masks


def positions(masks: Bool[Tensor, "k n"]) -> Int[Tensor, "k m"]:
    """Return the positions of the examples in each subset, in order."""
    return masks.nonzero()[:, 1].view(len(masks), -1)
