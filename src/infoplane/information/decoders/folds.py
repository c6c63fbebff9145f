"""Folds that keep copies together, and shuffles that keep what the decoder is given."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane import seeds
from infoplane.memory import check_permutations


def dealt(
    strata: Int[Tensor, " n"], groups: Int[Tensor, " n"], folds: int, seed: int
) -> Int[Tensor, " n"]:
    """Deal samples to the folds in turn, stratum by stratum, in a seeded order; groups as a whole.

    Args:
        strata: labels [n] by which folds are balanced; of a group, that of its first sample.
        groups: a number for each sample [n], the same for copies.
        folds: how many.
        seed: of the order.
    """
    _, first, group = _first_of_each(groups.cpu())
    stratum = strata.cpu()[first]
    order = torch.randperm(len(first), generator=seeds.generator(seed, "folds"))
    turn = order[stratum[order].argsort(stable=True)]
    fold = torch.empty(len(first), dtype=torch.int64)
    fold[turn] = torch.arange(len(first)) % folds
    return fold[group]


def copies(inputs: Float[Tensor, "n ..."]) -> Int[Tensor, " n"]:
    """Return a number for each input, the same for inputs that are equal in every value."""
    rows = np.ascontiguousarray(inputs.flatten(1).cpu().numpy())
    whole = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1])))[:, 0]
    return torch.from_numpy(np.unique(whole, return_inverse=True)[1].astype(np.int64))


def within(
    y: Int[Tensor, " n"],
    given: Int[Tensor, " n"] | None,
    groups: Int[Tensor, " n"] | None,
    permutations: int,
    seed: int,
) -> Int[Tensor, "p n"]:
    """Shuffle labels among the samples of one given label; those of copies as one.

    Groups are shuffled among those of the same size with the same given labels in the same order,
    so that copies that share a label share it under the null too.
    """
    n = len(y)
    check_permutations(permutations, n)
    given = torch.zeros(n, dtype=torch.int64) if given is None else given.cpu()
    groups = torch.arange(n) if groups is None else groups.cpu()
    random = np.random.default_rng(seeds.number(seed, "null"))
    order = np.lexsort((np.arange(n), groups.numpy()))  # members of a group side by side
    blocks = np.split(order, np.flatnonzero(np.diff(groups.numpy()[order])) + 1)
    alike: dict[tuple[int, ...], list[np.ndarray]] = {}
    kinds = given.numpy()
    for block in blocks:
        alike.setdefault(tuple(kinds[block].tolist()), []).append(block)
    shuffled = np.tile(np.arange(n), (permutations, 1))
    for alike_blocks in alike.values():
        places = np.stack(alike_blocks)
        for row in shuffled:
            row[places] = places[random.permutation(len(places))]
    return y[torch.from_numpy(shuffled).to(y.device)]


def _first_of_each(groups: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the groups, the first sample of each, and the number of each sample's group."""
    values, group = torch.unique(groups, return_inverse=True)
    first = torch.full((len(values),), len(groups), dtype=torch.int64)
    first.scatter_reduce_(0, group, torch.arange(len(groups)), "amin")
    return values, first, group
