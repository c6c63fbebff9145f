"""Feed an example tracker from the training passes of a model that somebody else's loop runs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from infoplane.errors import InfoplaneError
from infoplane.memorization.examples import ExampleTracker
from infoplane.observing.models.inputs import labels_key
from infoplane.observing.models.outputs import Chosen, logits_of, parts_of

Batch = tuple[Tensor, Tensor]
"""Ids and labels [b] of the examples that are presented."""


class Following:
    """A hook that gives the tracker the logits of every training pass; it never fails training.

    Args:
        tracker: what is fed.
        model: the network, whose output holds the logits [b, classes].
        batch: from the arguments of a pass to the ids and labels of its examples; None for a pass
            that is left out.
        output: which part of the output the logits are.
    """

    def __init__(
        self,
        tracker: ExampleTracker,
        model: nn.Module,
        batch: Callable[[Mapping[str, Any]], Batch | None],
        output: Chosen = None,
    ) -> None:
        self.tracker, self.epoch = tracker, 0
        self._batch, self._output = batch, output
        self._hook = model.register_forward_hook(self._passed, with_kwargs=True)

    def _passed(self, module: nn.Module, args: Any, kwargs: dict[str, Any], output: Any) -> None:
        if not module.training or not torch.is_grad_enabled():
            return
        try:
            self._take(kwargs, output)
        except Exception as error:  # whatever it is, training goes on
            self.stop(error)

    def _take(self, kwargs: dict[str, Any], output: Any) -> None:
        batch = self._batch(kwargs)
        if batch is None:
            return
        ids, labels = batch
        logits = logits_of(output, self._output)
        if not isinstance(logits, Tensor) or logits.ndim != 2 or len(logits) != len(labels):
            shape = list(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
            raise InfoplaneError(
                f"the model put out {shape} for {len(labels)} labels; logits are [b, classes], "
                "and output= says which part of an output they are"
            )
        self.tracker.update(ids, logits.detach().float(), labels, self.epoch)

    @property
    def active(self) -> bool:
        """Whether passes are still followed."""
        return self._hook is not None

    def stop(self, error: Exception | None = None) -> None:
        """Take the hook away; say why, where it is for an error."""
        if self._hook is not None:
            self._hook.remove()
        self._hook = None
        if error is not None:
            not_followed(error)


def not_followed(error: Exception) -> None:
    """Report why examples are no longer followed; training goes on."""
    told = str(error) if isinstance(error, InfoplaneError) else f"{type(error).__name__}: {error}"
    warnings.warn(
        f"single examples are not followed: {told.rstrip('.')}. Layers are watched all the same; "
        "examples=False says that this is known.",
        stacklevel=2,
    )


def labels_in(batch: Any) -> Any:
    """Return the labels in a batch of training: by their usual name, or the last of a pair.

    Raises:
        InfoplaneError: where there are none to be found.
    """
    parts = parts_of(batch)
    key = labels_key(parts)
    if key is not None:
        return parts[key]
    if isinstance(batch, tuple | list) and len(batch) > 1:
        return batch[-1]
    raise InfoplaneError(
        f"a batch is {type(batch).__name__}, and its labels are not plain; a batch is "
        "(inputs, labels) or has a part called labels"
    )
