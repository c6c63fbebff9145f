"""Principal components: a wide layer in as few dimensions as neighbours can fill."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from infoplane.errors import InfoplaneError

ROWS = 4096  # of the samples that the covariance is summed over at once


def reduced(
    points: Float[Tensor, "n d"], components: int | None
) -> tuple[Float[Tensor, "n c"], str]:
    """Return samples as they are or as principal components, and words for a resolution."""
    if components is None:
        return points, ""
    return principal_components(points, components), f", {components} principal components"


def principal_components(t: Float[Tensor, "n d"], components: int) -> Float[Tensor, "n c"]:
    """Return the coordinates of samples along the directions of most variance, centred, float64.

    Exact, by the eigenvectors of the covariance, each turned so that its largest entry is positive:
    the same values in every run. A layer of no more units than that is only centred.

    Raises:
        InfoplaneError: for less than one component.

    Cost: O(n d² + d³) time; memory d² and the result.
    """
    if components < 1:
        raise InfoplaneError(f"components is {components}; give 1 or more.")
    values = t.detach()
    n, d = values.shape
    mean = values.mean(dim=0, dtype=torch.float64)
    if d <= components or n == 0:
        return values.double() - mean
    covariance = torch.zeros(d, d, dtype=torch.float64, device=values.device)
    for rows in values.split(ROWS):
        centred = rows.double() - mean
        covariance += centred.T @ centred
    directions = torch.linalg.eigh(covariance)[1].flip(1)[:, :components]  # most variance first
    largest = directions.abs().argmax(dim=0, keepdim=True)
    directions = directions * directions.gather(0, largest).sign()
    return torch.cat([(rows.double() - mean) @ directions for rows in values.split(ROWS)])
