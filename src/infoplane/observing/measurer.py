"""What measures a network at a look: one way to ask all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from infoplane.observing.observer import Observer, Probe


class Measurer(Protocol):
    """Measures every layer of a network, and names the table of its rows."""

    table: str

    def observe(self, observer: Observer, *, epoch: int) -> Iterator[dict[str, Any]]:
        """Yield a row for each layer, member and quantity."""
        ...


class BinnedProbe:
    """Estimates of every layer on a probe, through bins."""

    table = "measurements"

    def __init__(self, probe: Probe) -> None:
        self.probe = probe

    def observe(self, observer: Observer, *, epoch: int) -> Iterator[dict[str, Any]]:
        """Yield a row for each layer, member and quantity."""
        return observer.observe(self.probe, epoch=epoch)
