"""Many labelings fitted at once: each is stopped by held-out samples, and keeps its best state."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import log_softmax, one_hot

from infoplane.information.decoders.prior import best_share, log2_prior, mixed, offsets
from infoplane.information.decoders.samples import Decoded, Fold, Samples

SCALES = (10.0, 0.0)  # ridges of the coordinates: nearly standardised units, and whitened
TEMPERATURES = (0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0)  # by which what T adds is multiplied
LEAST = 2e-3  # nats a sample: less is no improvement


class Inputs(NamedTuple):
    """Inputs of decoders: to train on, held out to choose by, and to be scored on."""

    training: Float[Tensor, "n r"]
    held: Float[Tensor, "h r"]
    score: Float[Tensor, "s r"]


@runtime_checkable
class Model(Protocol):
    """Several models of the same inputs, one for each labeling that is active."""

    def logits(
        self, x: Float[Tensor, "n r"], some: Bool[Tensor, " active"] | None = None
    ) -> Float[Tensor, "n some c"]:
        """Return what the models, or some of them, add to the logits of the prior."""
        ...


class Search:
    """The best state of each labeling over courses at several scales, by held-out samples.

    Labelings that have not improved for ``patience`` looks are dropped from the course, so that
    those of the null, which have nothing to find, cost little. All begin at the prior.
    """

    def __init__(self, fold: Fold, patience: int) -> None:
        self.fold, self.patience = fold, patience
        self.training, self.held = (fold.fit.select(part) for part in fold.parts)
        self.scales = SCALES if len(self.held.given) and len(fold.coordinates.variances) else ()
        shape = (len(fold.fit.y), fold.fit.classes)
        device = fold.fit.y.device
        self._held_logits = torch.zeros(len(self.held.given), *shape, device=device)
        self._score_logits = torch.zeros(len(fold.score.given), *shape, device=device)
        self._offset = offsets(self.training, self.held)
        self._prior = _mean_log_p(self._offset, self.held.y)
        self._best = self._prior.clone()

    def begin(self, ridge: float) -> Float[Tensor, "training r"]:
        """Begin a course with all labelings; return the inputs to fit on, at that scale."""
        self._active = torch.arange(len(self._best), device=self._best.device)
        self._course = self._prior.clone()
        self._waited = torch.zeros_like(self._active)
        scale, fold = self.fold.coordinates.scale(ridge), self.fold
        fit, score = (
            _with_given(x * scale, samples)
            for x, samples in ((fold.placed_fit, fold.fit), (fold.placed_score, fold.score))
        )
        training, held = fold.parts
        self._inputs = Inputs(fit[training], fit[held], score)
        return self._inputs.training

    def see(self, model: Model) -> Bool[Tensor, " active"]:
        """Keep those models that are the best so far; return which labelings are to go on."""
        active, logits = self._active, model.logits(self._inputs.held)
        gain = _mean_log_p(self._offset[:, active] + logits, self.held.y[active])
        improved = gain > self._course[active] + LEAST
        self._course[active] = torch.where(improved, gain, self._course[active])
        self._waited[active] = torch.where(improved, 0, self._waited[active] + 1)
        better = gain > self._best[active]
        if better.any():
            chosen = active[better]
            self._best[chosen], self._held_logits[:, chosen] = gain[better], logits[:, better]
            self._score_logits[:, chosen] = model.logits(self._inputs.score, better)
        going = self._waited[active] < self.patience
        self._active = active[going]
        return going

    def calibrated(self) -> Decoded:
        """Return log2 p by what T adds to the prior's logits, tempered, and mixed with the prior.

        Temperature and share of each labeling are those that held-out samples like best.
        """
        held, score = self.held, self.fold.score
        prior = log2_prior(self.training, held)
        best = prior.new_zeros(len(prior))  # that of the prior alone
        temperature, share = torch.zeros_like(best), torch.ones_like(best)
        for candidate in TEMPERATURES if self.scales else ():
            log2_p = _log2_p(self._offset + candidate * self._held_logits, held.y)
            shares, gain = best_share(log2_p, prior)
            better = gain > best
            best = torch.where(better, gain, best)
            temperature = torch.where(better, candidate, temperature)
            share = torch.where(better, shares, share)
        of = temperature.float()[:, None]
        scored = _log2_p(offsets(self.fold.fit, score) + of * self._score_logits, score.y)
        return Decoded(
            mixed(_log2_p(self._offset + of * self._held_logits, held.y), prior, share),
            mixed(scored, log2_prior(self.fold.fit, score), share),
        )


def _with_given(x: Float[Tensor, "n r"], samples: Samples) -> Float[Tensor, "n r2"]:
    """Return inputs with what is given beside them, one-hot, if anything is."""
    if samples.kinds == 1:
        return x
    return torch.cat([x, one_hot(samples.given, samples.kinds).to(x.dtype)], dim=1)


def _mean_log_p(logits: Float[Tensor, "n m c"], y: Int[Tensor, "m n"]) -> Float[Tensor, " m"]:
    return log_softmax(logits, dim=2).gather(2, y.mT[..., None])[..., 0].mean(dim=0)


def _log2_p(logits: Float[Tensor, "n m c"], y: Int[Tensor, "m n"]) -> Float[Tensor, "m n"]:
    log_p = log_softmax(logits, dim=2).gather(2, y.mT[..., None])[..., 0]
    return log_p.mT.double() / math.log(2)
