"""Dropout and batch norm of K networks at once, none touching another or the global generator."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from infoplane import seeds
from infoplane.errors import InfoplaneError


class StackedDropout(nn.Module):
    """Drop units of hidden activations in training; the others grow by 1/(1 - rate).

    Of images, ``[K, n, channels, height, width]``, whole channels are dropped (Tompson et al.
    2015). The masks of a member depend on (seed, layer, member, epoch) and the order of the samples
    alone: not on K, nor on how a batch is split for memory. CUDA draws its own: other ones.

    Args:
        rate: the chance to be dropped.
        members: K.
        samples_at: 2 for feature-major ``[K, width, n]``, 1 for ``[K, n, width]``.
    """

    def __init__(self, rate: float, members: int, samples_at: int) -> None:
        super().__init__()
        self.rate, self.members, self.samples_at = rate, members, samples_at
        self.seeds: list[int] = []
        self.generators: list[torch.Generator] = []

    def start_epoch(self, seed: int, layer: int, epoch: int) -> None:
        """Seed the masks of an epoch."""
        names = ((layer, member, epoch) for member in range(self.members))
        self.seeds = [seeds.number(seed, "dropout", *name) for name in names]
        self.generators = []

    def alone(self) -> StackedDropout:
        """Return the dropout of one member, which is seeded when it is trained."""
        return StackedDropout(self.rate, 1, self.samples_at)

    def forward(self, h: Float[Tensor, "k ..."]) -> Float[Tensor, "k ..."]:
        if not self.training:
            return h
        if not self.seeds:
            raise InfoplaneError(
                "dropout draws its masks from seeds; call start_epoch(seed, epoch) of the stack "
                "before it runs in training mode."
            )
        where = h.device if h.device.type == "cuda" else torch.device("cpu")
        if not self.generators:
            self.generators = [torch.Generator(where).manual_seed(s) for s in self.seeds]
        size = h.movedim(self.samples_at, 1).shape[1:3]  # a sample after the other
        drawn = torch.stack([torch.rand(size, generator=g, device=where) for g in self.generators])
        mask = (drawn >= self.rate).movedim(1, self.samples_at).to(h.device)
        return h * mask[(..., *[None] * (h.ndim - 3))] / (1 - self.rate)


class StackedBatchNorm(nn.Module):
    """Batch norm of feature-major ``[K, width, n]``, without scale and shift of its own.

    Statistics of the batch in training, running ones (momentum 0.1) in evaluation, as torch's.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, mean: Float[Tensor, "k width"], variance: Float[Tensor, "k width"]) -> None:
        super().__init__()
        self.register_buffer("running_mean", mean)
        self.register_buffer("running_var", variance)

    def member(self, member: int) -> StackedBatchNorm:
        """Return the batch norm of one member, on views of the statistics here."""
        one = slice(member, member + 1)
        return StackedBatchNorm(self.running_mean[one], self.running_var[one])

    def forward(self, h: Float[Tensor, "k width n"]) -> Float[Tensor, "k width n"]:
        normed = functional.batch_norm(
            h.flatten(0, 1)[None],  # [1, k·width, n]
            self.running_mean.view(-1),
            self.running_var.view(-1),
            training=self.training,
        )
        return normed[0].unflatten(0, h.shape[:2])
