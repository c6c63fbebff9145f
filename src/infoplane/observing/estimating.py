"""Other estimators, side by side with the bins, on some of the examples of a probe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.binned import Measured
from infoplane.information.door import check_parameters
from infoplane.information.estimators import parse
from infoplane.information.layer import layer_information
from infoplane.observing.observer import Observer, estimate_row


class Estimating:
    """A fixed, seeded choice of examples on which the estimators named are asked.

    Args:
        subset: the name of the examples.
        inputs: [n, ...].
        labels: label sets by name, "Y" and perhaps "Ỹ", each [n].
        estimators: as at the door, "ross" or "kde-upper(noise_variance=0.1)".
        examples: how many at most.
        seed: of the choice and of the estimators.
    """

    def __init__(
        self,
        subset: str,
        inputs: Tensor,
        labels: Mapping[str, Int[Tensor, " n"]],
        *,
        estimators: tuple[str, ...],
        examples: int,
        seed: int,
    ) -> None:
        generator = seeds.generator(seed, "estimating")
        chosen = torch.randperm(len(inputs), generator=generator)[:examples].sort().values
        self.subset, self.seed = subset, seed
        self.inputs = inputs[chosen]
        self.labels = {name: values[chosen] for name, values in labels.items()}
        self.estimators = [parse(text) for text in estimators]
        for name, parameters in self.estimators:
            check_parameters(name, parameters)

    def observe(self, observer: Observer, *, epoch: int) -> Iterator[dict[str, Any]]:
        """Yield a row for each layer, member, estimator and quantity.

        A layer that an estimator cannot take has no row of it.
        """
        for layer, width, members in observer.whole_layers(self.inputs):
            for member in range(observer.members):
                t = members[member % len(members)]
                place = {"member": member, "epoch": epoch, "subset": self.subset}
                place |= {**observer.place(layer), "width": width}
                for each in self._measured(t):
                    yield place | estimate_row(*each)

    def _measured(self, t: Tensor) -> Iterator[Measured]:
        for name, parameters in self.estimators:
            for label, y in self.labels.items():
                try:
                    yield from layer_information(
                        t, y, name, parameters, label=label, seed=self.seed
                    )
                except NonFiniteError:
                    raise
                except InfoplaneError:
                    continue  # a layer it cannot take, such as one with a singular covariance
