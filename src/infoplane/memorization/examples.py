"""Per-example dynamics: what the course of training says of each example, in O(N) memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.errors import InfoplaneError, NonFiniteError


@dataclass(frozen=True)
class Score:
    """A score: its definition, its source, and whether more of it speaks for memorization."""

    name: str
    definition: str
    source: str
    direction: int  # +1: higher is harder or more memorized; -1: lower is


SCORES = (
    Score(
        "forgetting_events",
        "times it went from right to wrong between two presentations; for an example that was "
        "never right, the number of its presentations",
        "Toneva et al. 2019",
        +1,
    ),
    Score(
        "epoch_learned",
        "first epoch in which it was right; one more than the last epoch where it never was",
        "Toneva et al. 2019; Arpit et al. 2017",
        +1,
    ),
    Score(
        "aum", "mean over presentations of z[ỹ] - max of the other logits", "Pleiss et al. 2020", -1
    ),
    Score("confidence", "mean over presentations of p(ỹ|x)", "Swayamdipta et al. 2020", -1),
    Score(
        "variability",
        "standard deviation over presentations of p(ỹ|x)",
        "Swayamdipta et al. 2020",
        +1,
    ),
    Score(
        "correctness", "share of presentations in which it was right", "Swayamdipta et al. 2020", -1
    ),
    Score(
        "cumulative_loss",
        "sum over presentations of -log2 p(ỹ|x), bits",
        "Ravikumar et al. 2025",
        +1,
    ),
    Score(
        "el2n",
        "mean over presentations of ‖softmax(z) - onehot(ỹ)‖ (the paper takes early epochs)",
        "Paul et al. 2021",
        +1,
    ),
    Score(
        "gradient_norm",
        "mean over presentations of the norm of the last layer's gradient, "
        "‖softmax(z) - onehot(ỹ)‖ √(‖h‖² + 1)",
        "Paul et al. 2021 (GraNd of the last layer)",
        +1,
    ),
)

SUMS = ("visits", "right", "forgotten", "loss", "margin", "p", "p²", "el2n", "gradient")


class ExampleTracker:
    """Follows N examples through any training loop: one ``update`` for each batch.

    Args:
        n: number of examples; ids are 0..n-1.

    Memory: 12 numbers an example, whatever the number of epochs. ``state_dict`` and
    ``load_state_dict`` carry it over an interruption.

    Example:
        >>> import torch
        >>> tracker = ExampleTracker(2)
        >>> for epoch, right in enumerate([0, 1, 0, 1, 1, 0]):
        ...     logits = torch.tensor([[1.0 - right, right], [0.0, 1.0]])
        ...     tracker.update(torch.tensor([0, 1]), logits, torch.tensor([1, 1]), epoch)
        >>> tracker.scores()["forgetting_events"].tolist()
        [2.0, 0.0]
    """

    def __init__(self, n: int) -> None:
        if n < 1:
            raise InfoplaneError(f"n is {n}; give the number of examples, 1 or more.")
        self.n = n
        self._sums = torch.zeros(n, len(SUMS), dtype=torch.float64)
        self._was_right = torch.zeros(n, dtype=torch.bool)
        self._learned = torch.full((n,), -1, dtype=torch.int64)
        self._last_log2_p = torch.zeros(n, dtype=torch.float64)
        self._last_prediction = torch.full((n,), -1, dtype=torch.int64)
        self._epoch = -1

    @torch.no_grad()
    def update(
        self,
        ids: Int[Tensor, " b"],
        logits: Float[Tensor, "b c"],
        seen_labels: Int[Tensor, " b"],
        epoch: int,
        *,
        squared_features: Float[Tensor, " b"] | None = None,
    ) -> None:
        """Take a presentation of some examples, each at most once a call.

        Args:
            ids: which examples [b].
            logits: what the network said of them [b, c], before its update.
            seen_labels: the labels ỹ it is trained on [b].
            epoch: the number of finished epochs.
            squared_features: ‖h‖² of the last hidden layer [b], for the gradient norm.

        Raises:
            InfoplaneError: for ids out of range, or lengths that differ.
            NonFiniteError: for logits that are not finite.

        Cost: O(b c).
        """
        ids, logits, y = ids.cpu(), logits.float().cpu(), seen_labels.cpu()
        self._check(ids, logits, y)
        log_p = torch.log_softmax(logits, dim=1)
        at_y = y[:, None]
        log_p_y = log_p.gather(1, at_y)[:, 0].double()
        p_y = log_p_y.exp()
        top = logits.topk(min(2, logits.shape[1]), dim=1)
        prediction = top.indices[:, 0]
        right = prediction == y
        other = torch.where(right, top.values[:, -1], top.values[:, 0])
        margin = logits.gather(1, at_y)[:, 0] - other
        error = (log_p.mul_(2).exp_().sum(dim=1) - 2 * p_y + 1).clamp_min_(0).sqrt_()
        gradient = error * math.nan
        if squared_features is not None:
            gradient = error * (squared_features.cpu() + 1).sqrt()
        log2_p = log_p_y / math.log(2)
        rows = torch.empty(len(ids), len(SUMS), dtype=torch.float64)
        forgotten = self._was_right[ids] & ~right
        columns = (1.0, right, forgotten, -log2_p, margin, p_y, p_y * p_y, error, gradient)
        for i, column in enumerate(columns):
            rows[:, i] = column
        if not math.isfinite(float(rows[:, : SUMS.index("gradient")].sum())):
            raise NonFiniteError(
                f"logits are NaN or infinite in epoch {epoch}; lower the learning rate."
            )
        self._sums.index_add_(0, ids, rows)
        self._was_right[ids] = right
        learned = self._learned[ids]
        self._learned[ids] = torch.where(right & (learned < 0), epoch, learned)
        self._last_log2_p[ids] = log2_p
        self._last_prediction[ids] = prediction
        self._epoch = max(self._epoch, epoch)

    @property
    def last_log2_p(self) -> Float[Tensor, " n"]:
        """log2 p(ỹ|x) of each example at its last presentation."""
        return self._last_log2_p

    @property
    def last_prediction(self) -> Int[Tensor, " n"]:
        """The class predicted at the last presentation; -1 where there was none."""
        return self._last_prediction

    @property
    def unforgettable(self) -> Tensor:
        """Which examples were learned and never forgotten (Toneva et al. 2019)."""
        return (self._learned >= 0) & (self._sums[:, SUMS.index("forgotten")] == 0)

    def scores(self) -> pd.DataFrame:
        """Return one row an example, a column for each of ``SCORES``; NaN where never presented."""
        sums = dict(zip(SUMS, self._sums.T, strict=True))
        visits = torch.where(sums["visits"] > 0, sums["visits"], math.nan)
        confidence = sums["p"] / visits
        never = self._learned < 0
        columns = {
            "forgetting_events": torch.where(never, visits, sums["forgotten"]),
            "epoch_learned": torch.where(never, self._epoch + 1, self._learned).double()
            + 0 * visits,
            "aum": sums["margin"] / visits,
            "confidence": confidence,
            "variability": (sums["p²"] / visits - confidence**2).clamp_min(0).sqrt(),
            "correctness": sums["right"] / visits,
            "cumulative_loss": sums["loss"] + 0 * visits,
            "el2n": sums["el2n"] / visits,
            "gradient_norm": sums["gradient"] / visits,
        }
        return pd.DataFrame({name: values.numpy() for name, values in columns.items()})

    def state_dict(self) -> dict[str, Tensor]:
        """Return the state, tensors only."""
        state = {k: v.clone() for k, v in vars(self).items() if isinstance(v, Tensor)}
        return {**state, "_epoch": torch.tensor(self._epoch)}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from a state.

        Raises:
            InfoplaneError: where it is not of as many examples.
        """
        if len(state["_learned"]) != self.n:
            raise InfoplaneError(
                f"the state is of {len(state['_learned'])} examples, the tracker of {self.n}; "
                "make the tracker for as many."
            )
        for name, value in state.items():
            setattr(self, name, int(value) if name == "_epoch" else value.clone())

    def _check(self, ids: Tensor, logits: Tensor, y: Tensor) -> None:
        if not len(ids) == len(logits) == len(y):
            raise InfoplaneError(
                f"{len(ids)} ids, {len(logits)} rows of logits and {len(y)} labels were given; "
                "give one of each for every example."
            )
        if len(ids) and not (int(ids.min()) >= 0 and int(ids.max()) < self.n):
            raise InfoplaneError(
                f"ids run from {int(ids.min())} to {int(ids.max())}; give ids in 0..{self.n - 1}."
            )
