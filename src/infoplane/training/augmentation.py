"""Images cropped and flipped at random, anew every epoch, in training alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.training.config import Augmentation

PADDING = 4  # zeros on each side, of which a window of the image's own size is taken


class Augmenter:
    """Draws a window and a side for every example, member and epoch: (seed, member, epoch) alone.

    Args:
        kind: crop, flip, both, or none, which gives the inputs back as they are.
        shape: of an example.
        n: examples.
        seed: of the draws.
        members: K.
        device: where the examples are.

    Raises:
        InfoplaneError: where an example is no image.
    """

    def __init__(
        self,
        kind: Augmentation,
        shape: Sequence[int],
        n: int,
        *,
        seed: int,
        members: int,
        device: torch.device | None = None,
    ) -> None:
        if kind != "none" and len(shape) != 3:
            raise InfoplaneError(
                f"augmentation is {kind!r}, and the inputs have the shape {list(shape)}; it is for "
                "images [channels, height, width]: leave it out."
            )
        self.kind, self.shape, self.n, self.seed, self.members = kind, shape, n, seed, members
        self.device = device

    def start_epoch(self, epoch: int) -> None:
        """Draw for an epoch."""
        if self.kind == "none":
            return
        draws = [
            _draw(self.n, seeds.generator(self.seed, "augmentation", member, epoch))
            for member in range(self.members)
        ]
        self.offsets, self.flips = (
            torch.stack(drawn).to(self.device) for drawn in zip(*draws, strict=True)
        )
        if "crop" not in self.kind:
            self.offsets = torch.full_like(self.offsets, PADDING)
        if "flip" not in self.kind:
            self.flips = torch.zeros_like(self.flips)

    def __call__(self, inputs: Tensor, positions: Int[Tensor, "k b"] | slice) -> Tensor:
        """Return the examples at some positions, changed for each member: ``[K, b, d]``.

        Inputs are ``[b, d]`` where all members share them, else ``[K, b, d]``.
        """
        if self.kind == "none":
            return inputs
        if isinstance(positions, slice):
            positions = torch.arange(self.n, device=self.device)[positions]
            positions = positions.expand(self.members, -1)
        member = torch.arange(self.members, device=self.device)[:, None]
        offsets, flips = self.offsets[member, positions], self.flips[member, positions]
        images = inputs.expand(self.members, -1, -1).flatten(0, 1).unflatten(-1, self.shape)
        changed = windows(images, offsets.flatten(0, 1), flips.flatten())
        return changed.flatten(1).unflatten(0, positions.shape)


def windows(
    images: Float[Tensor, "n c h w"], offsets: Int[Tensor, "n 2"], flips: Tensor
) -> Float[Tensor, "n c h w"]:
    """Return of each padded image the window whose corner is at an offset (row, column), 0 to 8.

    An offset of 4, 4 is the image itself; where ``flips`` [n] is true, it is turned left to right.
    """
    n, channels, height, width = images.shape
    rows, columns = (torch.arange(side, device=images.device) for side in (height, width))
    row, column = offsets[:, :1] + rows, columns.expand(n, -1)
    column = offsets[:, 1:] + torch.where(flips[:, None], width - 1 - column, column)
    index = row[:, :, None] * (width + 2 * PADDING) + column[:, None, :]  # [n, h, w]
    index = index.flatten(1)[:, None].expand(-1, channels, -1)
    padded = functional.pad(images, (PADDING,) * 4)
    return padded.flatten(2).gather(2, index).unflatten(2, (height, width))


def _draw(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    offsets = torch.randint(2 * PADDING + 1, (n, 2), generator=generator)
    return offsets, torch.rand(n, generator=generator) < 0.5
