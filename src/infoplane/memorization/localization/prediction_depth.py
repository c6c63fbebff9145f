"""Prediction depth: the layer from which on an example's neighbours agree with the network."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.core.samples import check_lengths
from infoplane.information.neighbours.search import as_points, check_k, nearest

NEIGHBOURS = 30  # as published


def nearest_neighbours(t: Float[Tensor, "n ..."], *, k: int = NEIGHBOURS) -> Int[Tensor, "n k"]:
    """Return the numbers of the k nearest other samples of each, nearest first.

    Distances are Euclidean, as published. A sample is never its own neighbour, but a copy of it is.

    Args:
        t: activations of a layer [n, ...].
        k: neighbours.

    Raises:
        InfoplaneError: for k neighbours that n samples do not have.
        NonFiniteError: where an activation is not finite.

    Cost: O(n² d); memory 2¹⁹ distances.
    """
    points = as_points(t, "t")
    check_k(k, len(points), "euclidean")
    return torch.from_numpy(nearest(points, k, norm="euclidean")[1])


def neighbour_votes(neighbours: Int[Tensor, "n k"], labels: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
    """Return the class that most neighbours of each sample have.

    A tie goes to the class whose neighbours are nearer, which the paper leaves open.

    Args:
        neighbours: the nearest other samples of each, nearest first (see ``nearest_neighbours``).
        labels: those the network was trained on, ỹ [n].

    Raises:
        InfoplaneError: for lengths that differ.

    Source: Baldock et al. 2021 (arXiv:2106.09647), §2.
    """
    check_lengths(neighbours, labels, "labels")
    k = neighbours.shape[1]
    earlier = 1 + torch.arange(k, 0, -1, dtype=torch.float64) / (2 * k * k)  # in all below one vote
    votes = torch.zeros(len(neighbours), int(labels.max()) + 1, dtype=torch.float64)
    votes.scatter_add_(1, labels[neighbours], earlier.expand(len(neighbours), -1))
    return votes.argmax(dim=1)


def prediction_depth(
    votes: Int[Tensor, "l n"], predictions: Int[Tensor, " n"]
) -> Int[Tensor, " n"]:
    """Return the first layer from which on the votes are the network's own predictions.

    0 where the votes at every layer are, from the first one given (the input) on; l where those at
    the last layer are not. Higher for harder examples, and for memorized ones whose label is not
    that of their neighbours among the inputs. A count of layers; it has no error of its own but the
    spread over networks.

    Args:
        votes: classes by neighbours, layer after layer (see ``neighbour_votes``) [l, n].
        predictions: classes by the network at the end of its training [n].

    Raises:
        InfoplaneError: where there is no layer, or lengths differ.

    Source: Baldock et al. 2021 (arXiv:2106.09647), §2.

    Example:
        >>> import torch
        >>> votes = torch.tensor([[1, 0, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]])  # three layers
        >>> prediction_depth(votes, torch.ones(4, dtype=torch.int64)).tolist()
        [0, 1, 2, 3]
    """
    if votes.shape[1] != len(predictions) or not len(votes):
        raise InfoplaneError(
            f"votes are of {votes.shape[1]} samples at {len(votes)} layers, predictions of "
            f"{len(predictions)}; give one of each sample at one layer or more."
        )
    return len(votes) - _agreeing_to_the_end(votes == predictions).sum(dim=0)


def _agreeing_to_the_end(agree: Bool[Tensor, "l n"]) -> Int[Tensor, "l n"]:
    """1 at layers from which on all agree, else 0."""
    return agree.flip(0).to(torch.int64).cumprod(dim=0)
