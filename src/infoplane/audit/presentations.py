"""Margins and probabilities of every example in one training, up to the best epoch."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.memorization.label_errors import confident_joint


class Told(NamedTuple):
    """How well labels flipped on purpose are told from the others after an epoch."""

    auc: float
    """Chance that a flipped label has a lower margin than another."""
    error: float
    """Its standard error."""
    joint: Float[np.ndarray, "K K"]
    """The estimated joint distribution of seen and true labels then."""
    negative: float
    """The share of examples of which another class had the higher mean logit."""


class Presentations:
    """Sums of margins and probabilities over epochs, and their values at the best one.

    Wrong labels are learned later than right ones; means over too few epochs do not know the
    classes yet, over too many the wrong labels are memorized. The labels that were flipped on
    purpose say where to stop: at the epoch after which their mean margins are furthest below those
    of the others, by the area under the curve.

    Args:
        labels: as they were given [n], before any were flipped.
        flipped: the examples whose labels were flipped on purpose.
        seen: the labels trained on [n].
        classes: K.
    """

    def __init__(
        self,
        labels: Int[Tensor, " n"],
        flipped: Int[Tensor, " m"],
        seen: Int[Tensor, " n"],
        classes: int,
    ) -> None:
        n = len(labels)
        self.labels, self.flipped, self.seen = labels, flipped, seen
        self.epochs = self.best = 0
        self.p = torch.zeros(n, classes)
        self.margins = torch.zeros(n, dtype=torch.float64)  # of the labels given
        self.seen_margins = torch.zeros(n, dtype=torch.float64)
        self.best_p = self.best_margins = self.best_seen_margins = torch.zeros(0)
        self.told: list[Told] = []
        self._is_flipped = torch.zeros(n, dtype=torch.bool)
        self._is_flipped[flipped] = True
        # What an example was flipped to is no rival of the label that was given, where others are.
        self._apart = self._is_flipped & (classes > 2)

    def update(self, ids: Int[Tensor, " b"], logits: Float[Tensor, "b K"]) -> None:
        """Take a presentation of some examples, before the network's update."""
        z = logits.float().cpu()
        self.p[ids] += z.softmax(dim=1)
        self.seen_margins[ids] += _margin(z, self.seen[ids])
        rivals = z.scatter(1, self.seen[ids][:, None], -math.inf)
        apart = self._apart[ids][:, None]
        self.margins[ids] += _margin(torch.where(apart, rivals, z), self.labels[ids])

    def end_epoch(self) -> None:
        """Keep the sums where labels flipped on purpose are told apart better than before."""
        self.epochs += 1
        margins = self.seen_margins.numpy()
        low, others = margins[self._is_flipped], margins[~self._is_flipped]
        auc, error = area_under_curve(low, others)
        keep = ~self._is_flipped
        p = (self.p[keep] / self.epochs).double().numpy()
        joint = confident_joint(p, self.labels[keep].numpy())
        self.told.append(Told(auc, error, joint, float((others < 0).mean())))
        if auc >= max(told.auc for told in self.told):
            self.best = self.epochs
            self.best_p = self.p / self.epochs
            self.best_margins = self.margins / self.epochs
            self.best_seen_margins = self.seen_margins / self.epochs

    @property
    def plausible(self) -> list[Told]:
        """The best epoch, and those that are within a standard error of it."""
        best = self.told[self.best - 1]
        return [told for told in self.told if told.auc >= best.auc - best.error]

    def suggested(self) -> Int[Tensor, " n"]:
        """Return the class of the highest mean probability beside the label that was given."""
        p = self.best_p.scatter(1, self.labels[:, None], -1.0)
        apart = self._apart[:, None]
        return torch.where(apart, p.scatter(1, self.seen[:, None], -1.0), p).argmax(dim=1)

    def state_dict(self) -> dict[str, Any]:
        """Return the state: tensors and numbers."""
        names = ("p", "margins", "seen_margins", "best_p", "best_margins", "best_seen_margins")
        told = [t._replace(joint=torch.from_numpy(t.joint)) for t in self.told]
        tensors = {name: getattr(self, name) for name in names}
        return {**tensors, "epochs": self.epochs, "best": self.best, "told": list(map(tuple, told))}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        for name, value in state.items():
            setattr(self, name, value)
        told = [Told(*values) for values in state["told"]]
        self.told = [t._replace(joint=torch.as_tensor(t.joint).numpy()) for t in told]


def area_under_curve(
    low: Float[np.ndarray, " m"], high: Float[np.ndarray, " n"]
) -> tuple[float, float]:
    """Return the chance that a value of ``low`` is below one of ``high``, and its standard error.

    Source: Hanley & McNeil 1982.
    """
    ordered = np.sort(high)
    below = np.searchsorted(ordered, low, side="left")
    tied = np.searchsorted(ordered, low, side="right") - below
    auc = float(1 - (below + tied / 2).mean() / len(high))
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    m, n = len(low), len(high)
    spread = auc * (1 - auc) + (m - 1) * (q1 - auc**2) + (n - 1) * (q2 - auc**2)
    return auc, math.sqrt(max(spread, 0) / (m * n))


def _margin(z: Float[Tensor, "b K"], y: Int[Tensor, " b"]) -> Float[Tensor, " b"]:
    of_label = z.gather(1, y[:, None])[:, 0]
    return (of_label - z.scatter(1, y[:, None], -math.inf).amax(dim=1)).double()
