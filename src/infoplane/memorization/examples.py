"""Per-example dynamics: what the course of training says of each example, in O(N) memory."""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.memorization.batch_scores import batch_scores, floats, whole
from infoplane.memorization.history import Courses, ExampleHistory
from infoplane.memorization.label_errors import ranked
from infoplane.memory import check_fits
from infoplane.settings import check_number

FOLLOWED = 15 * 8  # bytes that following an example takes, without its history
SUMS = ("visits", "right", "forgotten", "loss", "margin", "p", "p²", "el2n", "gradient")


class ExampleTracker:
    """Follows N examples through any training loop: one ``update`` for each batch.

    Args:
        n: number of examples; ids are 0..n-1.

    Memory: 15 numbers an example, and two bytes for each epoch whose history is kept (80 of 4,000).
    ``state_dict`` and ``load_state_dict`` carry it over an interruption.

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
        if isinstance(n, bool) or not isinstance(n, Integral) or n < 1:
            raise InfoplaneError(f"n is {n!r}; give the number of examples, 1 or more.")
        check_fits({f"n is {n:,}: following so many examples": FOLLOWED * n}, "follow fewer")
        self.n = n
        self._sums = np.zeros((n, len(SUMS)))  # NumPy: a batch is small, a call into torch is not
        self._was_right = np.zeros(n, dtype=bool)
        self._learned = np.full(n, -1)
        self._last_log2_p = np.zeros(n)
        self._last_prediction = np.full(n, -1)
        self._rival = np.full(n, -1)  # the class most often predicted instead of the label …
        self._votes = np.zeros(n, dtype=np.int64)  # … by majority vote (Boyer & Moore 1981)
        self._label = np.full(n, -1)
        self._epoch = -1
        self._history = ExampleHistory(n)
        self._classes: int | None = None  # of the last update; not in the state

    @torch.no_grad()
    def update(
        self,
        ids: Any,
        logits: Any,
        seen_labels: Any,
        epoch: int,
        *,
        squared_features: Any = None,
    ) -> None:
        """Take a presentation of some examples, each at most once a call.

        Args:
            ids: which examples [b]; like all that follows a tensor, an array or a list.
            logits: the network's outputs for them [b, c], before its update.
            seen_labels: the labels ỹ it is trained on [b].
            epoch: the number of finished epochs.
            squared_features: ‖h‖² of the last hidden layer [b], for the gradient norm.

        Raises:
            InfoplaneError: for ids or labels out of range, and shapes or lengths that do not fit.
            NonFiniteError: for logits that are not finite.

        Cost: O(b c).
        """
        rows, z = whole(ids, "ids"), floats(logits, "logits")
        y = whole(seen_labels, "seen_labels")
        self._check(rows, z, y, epoch)
        with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is refused below
            batch = batch_scores(z, y)
        gradient = batch.error * math.nan
        if squared_features is not None:
            squares = floats(squared_features, "squared_features")
            if squares.shape != y.shape or (squares < 0).any():  # NaN is unknown
                raise InfoplaneError(
                    f"squared_features has the shape {list(squares.shape)}, or values below 0; "
                    "give one of 0 or more for each example."
                )
            gradient = batch.error * np.sqrt(squares + 1)
        p = np.exp2(batch.log2_p)
        forgotten = self._was_right[rows] & ~batch.right
        columns = (1.0, batch.right, forgotten, -batch.log2_p, batch.margin, p, p * p, batch.error)
        new = np.empty((len(rows), len(SUMS)))
        for i, column in enumerate((*columns, gradient)):
            new[:, i] = column
        if not np.isfinite((batch.log2_p + batch.margin).sum()):
            raise NonFiniteError(
                f"logits are NaN or infinite in epoch {epoch}; lower the learning rate."
            )
        self._sums[rows] += new
        self._was_right[rows] = batch.right
        learned = self._learned[rows]
        self._learned[rows] = np.where(batch.right & (learned < 0), epoch, learned)
        self._last_log2_p[rows] = batch.log2_p
        self._last_prediction[rows] = batch.prediction
        self._label[rows] = y
        wrong = ~batch.right
        self._vote(rows[wrong], batch.prediction[wrong])
        self._history.update(rows, p, batch.prediction, epoch, classes=z.shape[1])
        self._epoch, self._classes = int(epoch), z.shape[1]

    def _vote(self, rows: Int[np.ndarray, " w"], predicted: Int[np.ndarray, " w"]) -> None:
        """Count wrong predictions as votes for the true class of their examples."""
        votes, rival = self._votes[rows], self._rival[rows]
        new = votes == 0
        self._rival[rows] = np.where(new, predicted, rival)
        self._votes[rows] = votes + np.where(new | (rival == predicted), 1, -1)

    @property
    def last_log2_p(self) -> Float[Tensor, " n"]:
        """log2 p(ỹ|x) of each example at its last presentation."""
        return torch.from_numpy(self._last_log2_p)

    @property
    def last_prediction(self) -> Int[Tensor, " n"]:
        """The class predicted at the last presentation; -1 where there was none."""
        return torch.from_numpy(self._last_prediction)

    @property
    def unforgettable(self) -> Tensor:
        """Which examples were learned and never forgotten (Toneva et al. 2019)."""
        never_forgotten = self._sums[:, SUMS.index("forgotten")] == 0
        return torch.from_numpy((self._learned >= 0) & never_forgotten)

    def scores(self) -> pd.DataFrame:
        """Return one row an example, a column for each of ``SCORES``; NaN where never presented."""
        sums = dict(zip(SUMS, self._sums.T, strict=True))
        visits = np.where(sums["visits"] > 0, sums["visits"], math.nan)
        confidence = sums["p"] / visits
        never = self._learned < 0
        return pd.DataFrame(
            {
                "forgetting_events": np.where(never, visits, sums["forgotten"]),
                "epoch_learned": np.where(never, self._epoch + 1, self._learned) + 0 * visits,
                "aum": sums["margin"] / visits,
                "confidence": confidence,
                "variability": np.sqrt(np.maximum(sums["p²"] / visits - confidence**2, 0)),
                "correctness": sums["right"] / visits,
                "cumulative_loss": sums["loss"] + 0 * visits,
                "el2n": sums["el2n"] / visits,
                "gradient_norm": sums["gradient"] / visits,
            }
        )

    def courses(self) -> Courses:
        """Return how each example went: probability of its seen label, and prediction, by epoch.

        Of epochs that are kept: all below 16, then eight in each doubling.

        Returns:
            ``epochs`` [e]; ``confidence`` [e, n], p(ỹ|x) rounded to 1/254, NaN where an example was
            not presented; ``predictions`` [e, n], -1 there.
        """
        return self._history.courses()

    def suspects(self, *, names: Any = None) -> pd.DataFrame:
        """Rank examples by how much the network preferred other classes; most suspect first.

        By the mean margin of logits over all presentations (AUM): stop following examples before
        wrong labels are memorized, or train no longer than the classes take to learn.

        Args:
            names: of the classes, instead of their numbers.

        Returns:
            A row for each example that was presented: id, label (the last it was trained on),
            suggested (the class that most wrong predictions were of, by majority vote; the label
            where there was none), score (AUM), direction, suspect (whether the score is below 0:
            another class had the higher logit on average).

        Raises:
            InfoplaneError: where no example was presented yet, or names are missing.

        Source: Pleiss et al. 2020.
        """
        seen = np.flatnonzero(self._label >= 0)
        if len(seen) == 0:
            raise InfoplaneError("no example was presented yet; update the tracker in training.")
        sums = self._sums[seen]
        aum = sums[:, SUMS.index("margin")] / sums[:, SUMS.index("visits")]
        label, rival = self._label[seen], self._rival[seen]
        suggested = np.where(rival < 0, label, rival)
        table = ranked(aum, label, suggested, rate=float((aum < 0).mean()), names=names)
        return table.assign(id=seen[table["id"].to_numpy()])

    def state_dict(self) -> dict[str, Tensor]:
        """Return the state, tensors only."""
        arrays = {k: v for k, v in vars(self).items() if isinstance(v, np.ndarray)}
        state = {name: torch.tensor(values) for name, values in arrays.items()}
        history = {f"history.{k}": v for k, v in self._history.state_dict().items()}
        return {**state, **history, "_epoch": torch.tensor(self._epoch)}

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
        history = {k: v for k, v in state.items() if k.startswith("history.")}
        self._history.load_state_dict({k.removeprefix("history."): v for k, v in history.items()})
        for name in state.keys() - history.keys():
            value = state[name]
            setattr(self, name, int(value) if name == "_epoch" else value.numpy().copy())

    def _check(self, ids: np.ndarray, logits: np.ndarray, y: np.ndarray, epoch: Any) -> None:
        check_number("epoch", epoch)
        if epoch < self._epoch:
            raise InfoplaneError(
                f"epoch {epoch} was given after epoch {self._epoch}; give epochs in their order."
            )
        shapes = list(ids.shape), list(logits.shape), list(y.shape)
        if (ids.ndim, logits.ndim, y.ndim) != (1, 2, 1):
            raise InfoplaneError(
                f"ids, logits and labels have the shapes {shapes[0]}, {shapes[1]} and {shapes[2]}; "
                "give [b], [b, classes] and [b]."
            )
        if not len(ids) == len(logits) == len(y):
            raise InfoplaneError(
                f"{len(ids)} ids, {len(logits)} rows of logits and {len(y)} labels were given; "
                "give one of each for every example."
            )
        if len(ids) and not (int(ids.min()) >= 0 and int(ids.max()) < self.n):
            raise InfoplaneError(
                f"ids run from {int(ids.min())} to {int(ids.max())}; give ids in 0..{self.n - 1}."
            )
        if len(y) and not (int(y.min()) >= 0 and int(y.max()) < logits.shape[1]):
            raise InfoplaneError(
                f"labels run from {int(y.min())} to {int(y.max())} and there are "
                f"{logits.shape[1]} logits; give class numbers from 0 on."
            )
        if self._classes not in (None, logits.shape[1]):
            raise InfoplaneError(
                f"logits are of {logits.shape[1]} classes and were of {self._classes} before; give "
                "those of one network."
            )
