"""Decode by a small network: one hidden layer, stopped early."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import one_hot

from infoplane import seeds
from infoplane.information.decoders.early_stopped import Search
from infoplane.information.decoders.prior import offsets
from infoplane.information.decoders.samples import Decoded, Decoder, Fold, Samples

BATCHES = 10  # an epoch at least, but for so few samples that a batch would be smaller than …
BATCH = (32, 256)  # … the first of these; the other is the largest
PATIENCE = 1  # epochs
LEARNING_RATE = 6e-3
FIRST, SECOND = 0.9, 0.99  # decays of Adam's means


def mlp_decoder(*, hidden: int = 64, steps: int = 500) -> Decoder:
    """Decode by a ReLU network of one hidden layer, whose logits are added to ln p₀(y|z).

    Adam, on the scales of ``linear_decoder``; its last weights begin at zero, so that it begins at
    the prior. After each epoch a fifth of the fitting samples is asked whether to stop.
    """

    def decode(fold: Fold) -> Decoded:
        search = Search(fold, PATIENCE)
        for ridge in search.scales:
            network = _Network(search.begin(ridge), search.training, hidden, fold.seed)
            while network.taken < steps:
                network.epoch()
                going = search.see(network)
                if not going.any():
                    break
                network.keep(going)
        return search.calibrated()

    return decode


class _Network:
    """Several networks on the same inputs, trained on the same batches, each on its labeling."""

    def __init__(self, x: Float[Tensor, "n r"], part: Samples, hidden: int, seed: int) -> None:
        self.x, self.offset = x, offsets(part, part)
        self.target = one_hot(part.y.mT, part.classes).to(x.dtype)
        self.generator = seeds.generator(seed, "MLP decoder")
        m, r = len(part.y), x.shape[1]
        first = torch.randn(r, hidden, generator=self.generator) * (2 / r) ** 0.5
        first = first.to(x.device)[:, None].expand(-1, m, -1)
        # Inputs × networks × hidden units, their biases, and hidden units × networks × labels.
        sizes = [(m, hidden), (m, hidden, part.classes), (m, part.classes)]
        self.weights = [first.contiguous(), *(x.new_zeros(size) for size in sizes)]
        self.means = [torch.zeros_like(w) for w in self.weights]
        self.squares = [torch.zeros_like(w) for w in self.weights]
        self.taken = 0

    def epoch(self) -> None:
        """Train once on every batch."""
        order = torch.randperm(len(self.x), generator=self.generator).to(self.x.device)
        size = min(max(len(order) // BATCHES, BATCH[0]), BATCH[1])
        for batch in order.tensor_split(max(1, len(order) // size)):
            self._adam(self._gradients(batch))

    def _gradients(self, batch: Tensor) -> list[Tensor]:
        x, (first, _, second, _) = self.x[batch], self.weights
        hidden = self._hidden(x, self.weights)
        logits = self._logits(hidden, self.weights).add_(self.offset[batch])
        error = logits.softmax(dim=2).sub_(self.target[batch]).div_(len(batch)).transpose(0, 1)
        back = (error @ second.mT).transpose(0, 1) * (hidden > 0)
        return [
            (x.mT @ back.flatten(1)).view_as(first),
            back.sum(dim=0),
            hidden.transpose(0, 1).mT @ error,
            error.sum(dim=1),
        ]

    def _adam(self, gradients: list[Tensor]) -> None:
        self.taken += 1
        size = LEARNING_RATE * (1 - SECOND**self.taken) ** 0.5 / (1 - FIRST**self.taken)
        for w, mean, square, g in zip(
            self.weights, self.means, self.squares, gradients, strict=True
        ):
            mean.lerp_(g, 1 - FIRST)
            square.mul_(SECOND).addcmul_(g, g, value=1 - SECOND)
            w.addcdiv_(mean, square.sqrt().add_(1e-8), value=-size)

    def logits(
        self, x: Float[Tensor, "n r"], some: Bool[Tensor, " m"] | None = None
    ) -> Float[Tensor, "n some c"]:
        """Return what the networks, or some of them, add to the logits."""
        weights = self.weights if some is None else _selected(self.weights, some)
        return self._logits(self._hidden(x, weights), weights)

    @staticmethod
    def _hidden(x: Tensor, weights: list[Tensor]) -> Float[Tensor, "n m h"]:
        first, bias = weights[:2]
        return (x @ first.flatten(1)).view(len(x), *first.shape[1:]).add_(bias).relu_()

    @staticmethod
    def _logits(hidden: Tensor, weights: list[Tensor]) -> Float[Tensor, "n m c"]:
        second, bias = weights[2:]
        return (hidden.transpose(0, 1) @ second).transpose(0, 1) + bias

    def keep(self, going: Bool[Tensor, " m"]) -> None:
        """Go on with some."""
        if going.all():
            return
        self.offset, self.target = self.offset[:, going], self.target[:, going]
        self.weights, self.means, self.squares = (
            _selected(part, going) for part in (self.weights, self.means, self.squares)
        )


def _selected(weights: list[Tensor], some: Bool[Tensor, " m"]) -> list[Tensor]:
    first, *rest = weights
    return [first[:, some].contiguous(), *(w[some] for w in rest)]
