"""Other estimators, side by side with the bins, on some of the examples of a probe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.as_text import parse
from infoplane.information.core.estimate import Measured
from infoplane.information.layer_quantities import layer_information
from infoplane.information.registry import check_use
from infoplane.observing.observer import Observer, estimate_row


def some_examples(n: int, examples: int, seed: int) -> Int[Tensor, " m"]:
    """Choose examples for estimators too slow for all: the same at every look, in order."""
    order = torch.randperm(n, generator=seeds.generator(seed, "estimating"))
    return order[:examples].sort().values


class EstimatorMeasurer:
    """Estimates by the estimators named, on a fixed, seeded choice of examples.

    Args:
        subset: the name of the examples.
        inputs: [n, ...].
        labels: label sets by name, "Y" and perhaps "Ỹ", each [n].
        estimators: as in ``mutual_information``, "ross" or "kde-upper(noise_variance=0.1)".
        examples: how many at most.
        seed: of the choice and of the estimators.

    Raises:
        InfoplaneError: for a name or a parameter that is not known, and an estimator that takes no
            labels.
    """

    table = "measurements"

    def __init__(
        self,
        subset: str,
        inputs: Any,
        labels: Mapping[str, Int[Tensor, " n"]],
        *,
        estimators: tuple[str, ...],
        examples: int,
        seed: int,
    ) -> None:
        chosen = some_examples(len(inputs), examples, seed)
        self.subset, self.seed = subset, seed
        self.inputs = inputs[chosen]
        self.labels = {name: values[chosen] for name, values in labels.items()}
        self.estimators = {text: parse(text) for text in estimators}
        for estimator, _ in self.estimators.values():
            check_use(estimator, kind="labels", width=1, atoms=False)

    def observe(self, observer: Observer, *, epoch: int) -> Iterator[dict[str, Any]]:
        """Yield a row for each layer, member, estimator and quantity.

        A layer that an estimator cannot take has no row of it.

        Raises:
            InfoplaneError: where one can take no layer before training (epoch 0), with the reason.
        """
        refused: dict[str, InfoplaneError | None] = {}
        for layer, width, members in observer.whole_layers(self.inputs):
            for member in range(observer.members):
                t = members[member % len(members)]
                place = {"member": member, "epoch": epoch, "subset": self.subset}
                place |= {**observer.place(layer), "width": width}
                for measured in self._measured(t, refused):
                    yield place | estimate_row(*measured)
        for text, error in refused.items():
            if error is not None and epoch == 0:
                raise InfoplaneError(
                    f"estimators has {text!r}, which no layer can be given to: {error}"
                ) from error

    def _measured(self, t: Tensor, refused: dict[str, InfoplaneError | None]) -> Iterator[Measured]:
        """Apply each estimator; note why one refuses, None once it has given an estimate."""
        for text, (estimator, options) in self.estimators.items():
            for label, y in self.labels.items():
                try:
                    yield from layer_information(
                        t, y, estimator, options, label=label, seed=self.seed
                    )
                    refused[text] = None
                except NonFiniteError:
                    raise
                except InfoplaneError as error:  # such as of a singular covariance
                    refused.setdefault(text, error)
