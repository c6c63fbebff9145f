"""What was predicted of each example as training went on: two bytes an example and kept epoch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.doublings import is_kept

LEVELS = 254  # of probabilities
ABSENT = 255  # the code of an example that was not presented in an epoch


class Courses(NamedTuple):
    """Probability and prediction of each example at the epochs that are kept."""

    epochs: Int[np.ndarray, " e"]
    confidence: Float[np.ndarray, "e n"]  # p(ỹ|x), to 1/254; NaN where not presented
    predictions: Int[np.ndarray, "e n"]  # a class; -1 where not presented


class ExampleHistory:
    """Confidence and prediction of N examples at a few epochs.

    Memory: 2 N bytes (5 N where there are over 256 classes) an epoch that is kept; of 4,000 epochs
    80 are.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self._epochs = np.empty(0, dtype=np.int64)
        self._confidence = np.empty((0, n), dtype=np.uint8)
        self._predictions = np.empty((0, n), dtype=np.uint8)

    def update(
        self,
        rows: Int[np.ndarray, " b"],
        p: Float[np.ndarray, " b"],
        predictions: Int[np.ndarray, " b"],
        epoch: int,
        *,
        classes: int,
    ) -> None:
        """Take what was predicted of some examples in an epoch.

        Args:
            rows: which examples.
            p: the probability of the label each is trained on.
            predictions: the class of the highest logit.
            epoch: the number of finished epochs.
            classes: how many there are.
        """
        epoch = int(epoch)  # NumPy's whole numbers have no bit_length
        if not is_kept(epoch):
            return
        if len(self._epochs) == 0 or epoch > self._epochs[-1]:
            self._begin(epoch, classes)
        place = int(np.searchsorted(self._epochs, epoch))
        if self._epochs[place] == epoch:
            self._confidence[place, rows] = np.rint(LEVELS * p)
            self._predictions[place, rows] = predictions

    def _begin(self, epoch: int, classes: int) -> None:
        absent = np.full((1, self.n), ABSENT, dtype=np.uint8)
        kind = self._predictions.dtype if classes <= 256 else np.int32
        self._epochs = np.append(self._epochs, epoch)
        self._confidence = np.concatenate([self._confidence, absent])
        self._predictions = np.concatenate([self._predictions.astype(kind), absent.astype(kind)])

    def courses(self) -> Courses:
        """Return what is kept, decoded."""
        absent = self._confidence == ABSENT
        confidence = np.where(absent, np.nan, self._confidence / np.float32(LEVELS))
        predictions = np.where(absent, -1, self._predictions.astype(np.int64))
        return Courses(self._epochs.copy(), confidence.astype(np.float32), predictions)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the state, tensors only."""
        arrays = {k: v for k, v in vars(self).items() if isinstance(v, np.ndarray)}
        return {name: torch.tensor(values) for name, values in arrays.items()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from a state."""
        for name, value in state.items():
            setattr(self, name, value.numpy().copy())
