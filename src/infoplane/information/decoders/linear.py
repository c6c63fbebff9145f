"""Decode by a linear reading: multinomial logistic regression, stopped early."""

from __future__ import annotations

from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import one_hot

from infoplane.information.decoders.early_stopped import Search
from infoplane.information.decoders.prior import offsets
from infoplane.information.decoders.samples import Decoded, Fold, Samples

STEPS = 40  # at most
LOOK = 4  # steps
PATIENCE = 1  # looks
STEP = (
    5.0  # of rare labels the Hessian is .2 of the covariance or less; too far is seen and stopped
)


def linear_decoder(fold: Fold) -> Decoded:
    """Decode by logits that are linear in T, added to those of the prior, ln p₀(y|z).

    Accelerated gradient descent from zero, on standardised and on whitened coordinates. The number
    of steps, which is the regularisation, and the scale are chosen for each labeling on a fifth of
    the fitting samples; labelings without anything to find stop after a few steps.
    """
    search = Search(fold, PATIENCE)
    for ridge in search.scales:
        descent = _Descent(search.begin(ridge), search.training)
        while descent.taken < STEPS:
            descent.step()
            if descent.taken % LOOK:
                continue
            going = search.see(descent)
            if not going.any():
                break
            descent.keep(going)
    return search.calibrated()


class _Descent:
    """Nesterov's accelerated gradient descent of several regressions on the same inputs."""

    def __init__(self, x: Float[Tensor, "n r"], samples: Samples) -> None:
        self.x, self.offset, self.taken = x, offsets(samples, samples), 0
        self.target = one_hot(samples.y.mT, samples.classes).to(x.dtype)
        self.weights = x.new_zeros(x.shape[1], *self.offset.shape[1:])
        self.before = self.weights

    def step(self) -> None:
        """Take one step."""
        momentum = self.taken / (self.taken + 3)
        ahead = self.weights + momentum * (self.weights - self.before)
        p = self._times(self.x, ahead).add_(self.offset).softmax(dim=2)
        error = p.sub_(self.target).flatten(1)
        gradient = (self.x.mT @ error).view_as(ahead) / len(self.x)
        self.before, self.weights = self.weights, ahead.sub_(gradient, alpha=STEP)
        self.taken += 1

    def logits(
        self, x: Float[Tensor, "n r"], some: Bool[Tensor, " m"] | None = None
    ) -> Float[Tensor, "n some c"]:
        """Return what the regressions, or some of them, add to the logits."""
        return self._times(x, self.weights if some is None else self.weights[:, some])

    def keep(self, going: Bool[Tensor, " m"]) -> None:
        """Go on with some."""
        if going.all():
            return
        self.offset, self.target = self.offset[:, going], self.target[:, going]
        self.weights, self.before = self.weights[:, going], self.before[:, going]

    @staticmethod
    def _times(x: Tensor, weights: Tensor) -> Tensor:
        return (x @ weights.flatten(1)).view(len(x), *weights.shape[1:])
