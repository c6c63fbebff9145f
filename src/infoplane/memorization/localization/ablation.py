"""Units to flip: the fewest units that are zeroed, by gradients, until an example is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from infoplane.errors import InfoplaneError

Objective = Literal["loss", "margin", "random"]
Masks = dict[str, Tensor]  # [p, units] of each layer: 0 where a unit is zeroed
AT_ONCE = 16  # examples whose networks are masked side by side


class Ablation(NamedTuple):
    """What it took to flip each example, its network otherwise kept as it was."""

    units: Int[Tensor, " p"]
    """Units zeroed; where the prediction did not change, as many as were allowed."""
    flipped: Bool[Tensor, " p"]
    """Whether its prediction changed."""
    by_layer: Int[Tensor, "p l"]
    """Units zeroed in each layer."""
    unchanged: Float[Tensor, " p"]
    """Share of the other examples whose predictions stayed the same."""


class Layers(NamedTuple):
    """The hidden layers whose units may be zeroed, and how their outputs lie."""

    modules: Mapping[str, nn.Module]
    samples_at: int
    units_at: int
    """The dimension of units, or of channels, which are zeroed as a whole."""


class Examples(NamedTuple):
    """Inputs with the labels that the network was trained on."""

    inputs: Tensor  # [n, ...]
    labels: Int[Tensor, " n"]


def units_to_flip(
    logits: Callable[[Tensor], Float[Tensor, "n c"]],
    layers: Layers,
    asked: Examples,
    kept: Examples,
    others: Tensor,
    *,
    objective: Objective = "loss",
    most: int = 50,
    generator: torch.Generator | None = None,
) -> Ablation:
    """Zero units one by one until each asked example is predicted otherwise.

    The unit zeroed next is the one whose removal, to first order, most lowers the objective: the
    mean loss of the kept examples less that of the asked one. With h a unit's activation that is
    the largest Σ h ∂objective/∂h, which for ReLU is Σ w ∂objective/∂w over its incoming weights and
    bias. ``margin`` takes logit of the label less the largest other in place of minus the loss,
    whose gradient does not vanish where a network is sure; ``random`` takes units that are active
    on the example in a random order: the null. Fewer units: more localized. A count; its error is
    the spread over networks. The readout's units are the classes and are left alone (the published
    code zeroes single weights there).

    Args:
        logits: the network, in evaluation, from inputs to logits [n, c].
        layers: hidden layers that it passes through.
        asked: examples to be flipped, each of a network of its own.
        kept: examples whose loss is to stay low.
        others: inputs of further examples, whose predictions are compared afterwards.
        objective: what decides which unit is next.
        most: units at most.
        generator: of the random order.

    Raises:
        InfoplaneError: for an unknown objective, no layer, no example asked, ``most`` below 1, or a
            random order without its generator.

    Cost: for each unit zeroed and each example a forward and a backward pass of all kept examples.

    Source: Maini et al. 2023 (arXiv:2307.09542), §5.
    """
    if objective not in ("loss", "margin", "random"):
        raise InfoplaneError(f"objective is {objective!r}; give 'loss', 'margin' or 'random'.")
    if not layers.modules or not len(asked.labels) or most < 1:
        raise InfoplaneError(
            f"{len(layers.modules)} layers, {len(asked.labels)} examples and {most} units at most "
            "were given; give one or more of each."
        )
    if objective == "random" and generator is None:
        raise InfoplaneError("a random order needs its generator; give one that is seeded.")
    greedy = _Greedy(logits, layers, kept, objective, most, generator)
    parts = []
    for rows in torch.arange(len(asked.labels)).split(AT_ONCE):
        masks, units, flipped = greedy.flip(asked.inputs[rows], asked.labels[rows])
        unchanged = _unchanged(logits, layers, masks, others)
        by_layer = torch.stack([(mask == 0).sum(dim=1) for mask in masks.values()], dim=1)
        parts.append((units, flipped, by_layer, unchanged))
    return Ablation(*(torch.cat(values) for values in zip(*parts, strict=True)))


class _Greedy:
    """Zeroes units of some examples side by side."""

    def __init__(
        self,
        logits: Callable[[Tensor], Tensor],
        layers: Layers,
        kept: Examples,
        objective: Objective,
        most: int,
        generator: torch.Generator | None,
    ) -> None:
        self.logits, self.layers, self.objective, self.most = logits, layers, objective, most
        few = 0 if objective == "random" else len(kept.labels)  # a random order asks nobody
        self.kept = Examples(kept.inputs[:few], kept.labels[:few])
        self.generator = generator

    def flip(
        self, inputs: Tensor, labels: Int[Tensor, " p"]
    ) -> tuple[Masks, Int[Tensor, " p"], Bool[Tensor, " p"]]:
        """Return masks, units zeroed, and whether each example was flipped."""
        masks = self._ones(inputs)
        units = torch.full((len(labels),), self.most)
        left = torch.arange(len(labels))  # those not flipped yet
        for step in range(self.most + 1):
            some = {name: mask[left].requires_grad_() for name, mask in masks.items()}
            with torch.enable_grad(), masked(self.layers, some, 1 + len(self.kept.labels)) as seen:
                out = self.logits(self._rows(inputs[left])).unflatten(0, (len(left), -1))
                flipped = out[:, 0].argmax(dim=1) != labels[left]
                units[left[flipped]] = step
                if step == self.most or flipped.all():
                    left = left[~flipped]
                    break
                scores = self._scores(out, labels[left], some, seen)
            alive = torch.cat([mask[left] for mask in masks.values()], dim=1) > 0
            best = scores.masked_fill(~alive, -torch.inf).argmax(dim=1)
            going_on = ~flipped
            self._zero(masks, left[going_on], best[going_on])
            left = left[going_on]
        flipped = torch.ones(len(labels), dtype=torch.bool)
        flipped[left] = False
        return masks, units, flipped

    def _ones(self, inputs: Tensor) -> Masks:
        """Return masks that zero nothing."""
        with torch.no_grad(), masked(self.layers, {}, 1) as seen:
            self.logits(inputs[:1])
        widths = {name: out.shape[self.layers.units_at] for name, out in seen.items()}
        return {name: torch.ones(len(inputs), widths[name]) for name in self.layers.modules}

    def _rows(self, inputs: Tensor) -> Tensor:
        """Return each example, followed by all kept ones."""
        kept = self.kept.inputs.expand(len(inputs), *self.kept.inputs.shape)
        return torch.cat([inputs[:, None], kept], dim=1).flatten(0, 1)

    def _scores(
        self, out: Tensor, labels: Int[Tensor, " p"], masks: Masks, seen: dict[str, Tensor]
    ) -> Float[Tensor, "p u"]:
        """Return the score of every unit of all layers, for each example."""
        if self.objective == "random":
            active = torch.cat([self._active(seen[name]) for name in masks], dim=1)
            return torch.rand(active.shape, generator=self.generator) + active
        own, classes = out[:, 0], self.kept.labels.expand(len(labels), -1)
        hold = _margin(own, labels) if self.objective == "margin" else -_loss(own, labels)
        kept = _loss(out[:, 1:].flatten(0, 1), classes.flatten()).view(len(labels), -1)
        objective = (hold + kept.mean(dim=1)).sum()
        return torch.cat(torch.autograd.grad(objective, list(masks.values())), dim=1)

    def _active(self, out: Tensor) -> Float[Tensor, "p units"]:
        """1 for units that are not zero on an example."""
        by_unit = out.detach().movedim((self.layers.samples_at, self.layers.units_at), (0, 1))
        return (by_unit.reshape(*by_unit.shape[:2], -1) != 0).any(dim=2).float()

    @staticmethod
    def _zero(masks: Masks, rows: Int[Tensor, " q"], best: Int[Tensor, " q"]) -> None:
        first = 0
        for mask in masks.values():
            here = (best >= first) & (best < first + mask.shape[1])
            mask[rows[here], best[here] - first] = 0
            first += mask.shape[1]


@contextmanager
def masked(layers: Layers, masks: Masks, rows: int) -> Iterator[dict[str, Tensor]]:
    """Multiply the outputs of layers by masks [p, units], for ``rows`` samples of each of p.

    Yields the outputs by name as they come; hooks are gone afterwards, whatever happens.
    """
    seen: dict[str, Tensor] = {}

    def hook(name: str) -> Callable[[nn.Module, Sequence[Tensor], Tensor], Tensor]:
        def multiply(_: nn.Module, __: Sequence[Tensor], out: Tensor) -> Tensor:
            seen[name] = out
            if name not in masks:
                return out
            mask = masks[name].repeat_interleave(rows, dim=0)  # [samples, units]
            shape = [1] * out.ndim
            shape[layers.samples_at], shape[layers.units_at] = mask.shape
            mask = mask if layers.samples_at < layers.units_at else mask.T
            return out * mask.reshape(shape)

        return multiply

    handles = [m.register_forward_hook(hook(name)) for name, m in layers.modules.items()]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def _unchanged(
    logits: Callable[[Tensor], Tensor], layers: Layers, masks: Masks, others: Tensor
) -> Float[Tensor, " p"]:
    before = logits(others).argmax(dim=1)
    count = len(next(iter(masks.values())))
    with masked(layers, masks, len(others)):
        after = logits(others.repeat(count, *[1] * (others.ndim - 1))).argmax(dim=1)
    return (after.view(count, -1) == before).double().mean(dim=1)


def _loss(out: Float[Tensor, "n c"], labels: Int[Tensor, " n"]) -> Float[Tensor, " n"]:
    return functional.cross_entropy(out, labels, reduction="none")


def _margin(out: Float[Tensor, "n c"], labels: Int[Tensor, " n"]) -> Float[Tensor, " n"]:
    own = out.gather(1, labels[:, None])
    return (own - out.scatter(1, labels[:, None], -torch.inf).amax(dim=1, keepdim=True))[:, 0]
