"""What decoders read of every layer that is watched: M, its control, and what is learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jaxtyping import Int
from torch import Tensor

from infoplane.errors import NonFiniteError
from infoplane.information.as_text import make
from infoplane.information.core.estimate import Estimate
from infoplane.information.decoders.estimator import FAMILIES
from infoplane.information.decoders.usable import DecoderSettings, decoded
from infoplane.memorization.config import MemorizationConfig
from infoplane.names import DECODERS, I_TY, INPUT, STRONGEST, M
from infoplane.observing.collect import SKETCHED
from infoplane.observing.observer import Observer, estimate_row

SubsetEstimate = tuple[str, str, Estimate]  # subset, quantity, estimate


def decoding_of(options: MemorizationConfig, seed: int) -> DecoderSettings:
    """Return how a configuration has layers decoded."""
    asked = FAMILIES[options.decoder]
    decoders = DECODERS if asked == STRONGEST else (asked,)  # the strongest has all others beside
    return DecoderSettings(decoders, k=options.k, folds=options.folds, seed=seed)


@dataclass(frozen=True)
class Part:
    """Fixed examples, the labelings of them that are decoded, and which are copies of which."""

    subset: str  # train | test
    inputs: Any  # [n, ...], as the observer that is asked takes them
    labels: Int[Tensor, " n"]
    groups: Int[Tensor, " n"]
    seen: Int[Tensor, "m n"] | None = None
    """The seen labels, and below them those of the null: what M is measured of."""
    shuffled: Int[Tensor, "m n"] | None = None
    """The true labels, and below them those of the null: what I(T;Y) is measured of."""

    def measured(self, t: Tensor, decoding: DecoderSettings) -> list[SubsetEstimate]:
        """Return the estimates of each decoder on a layer [n, d] of these examples."""
        estimates: list[SubsetEstimate] = []
        if self.seen is not None:
            of = {"given": self.labels, "groups": self.groups}
            memorized = decoded(t, self.seen, decoding, **of)
            estimates += [(self.subset, M, estimate) for estimate in memorized.values()]
        if self.shuffled is not None:
            learned = decoded(t, self.shuffled, decoding, groups=self.groups)
            estimates += [(self.subset, I_TY, estimate) for estimate in learned.values()]
        return estimates


class DecodedLayers:
    """Parts whose layers are decoded whenever a network is looked at."""

    table = "measurements"

    def __init__(self, decoding: DecoderSettings, parts: Sequence[Part]) -> None:
        self.decoding, self.parts = decoding, parts
        self._statements = statements(decoding)
        self._input: dict[str, list[SubsetEstimate]] = {}  # the input never changes: measured once

    def observe(self, observer: Observer, *, epoch: int) -> Iterator[dict[str, Any]]:
        """Yield a row for each member, layer, quantity and decoder.

        Raises:
            NonFiniteError: where an activation is NaN or infinite, naming layer and epoch.
        """
        for part in self.parts:
            for layer, width, members in observer.whole_layers(part.inputs, most_units=SKETCHED):
                by_member = [self._measured(layer, t, part, epoch) for t in members]
                sketched = f", sketch of {SKETCHED:,} units" if width > SKETCHED else ""
                for member in range(observer.members):
                    for subset, quantity, estimate in by_member[member % len(by_member)]:
                        yield {
                            "member": member,
                            "epoch": epoch,
                            "subset": subset,
                            "width": width,
                            **observer.place(layer),
                            **estimate_row(quantity, estimate),
                            "resolution": estimate.resolution + sketched,
                            **self._statements[estimate.estimator],
                        }

    def _measured(self, layer: str, t: Tensor, part: Part, epoch: int) -> list[SubsetEstimate]:
        if layer == INPUT and part.subset in self._input:
            return self._input[part.subset]
        try:
            estimates = part.measured(t, self.decoding)
        except NonFiniteError as error:
            raise NonFiniteError(f"layer {layer!r} at epoch {epoch}: {error}") from error
        if layer == INPUT:
            self._input[part.subset] = estimates
        return estimates


def statements(decoding: DecoderSettings) -> dict[str, dict[str, Any]]:
    """Return the parameters that each decoder's estimates state."""
    parameters = {name: getattr(decoding, name) for name in ("k", "hidden", "steps", "folds")}
    short = {long: name for name, long in FAMILIES.items()}
    return {
        name: make("decoder", {"decoder": short[name], **parameters}).statement
        for name in decoding.decoders
    }
