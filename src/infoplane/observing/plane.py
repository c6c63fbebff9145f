"""Watch anybody's PyTorch network: three lines around any training loop."""

from __future__ import annotations

from typing import Any

import pandas as pd
from torch import Tensor, nn

from infoplane import tables
from infoplane.errors import InfoplaneError
from infoplane.information.binned.by_name import choose_bins
from infoplane.observing.observer import Observer, make_probe


class InformationPlane:
    """The information plane of any model, measured whenever ``observe`` is called.

    Args:
        model: any ``nn.Module`` that takes ``inputs`` and returns logits.
        inputs: the samples it is watched on, ``[n, ...]``.
        labels: their true labels ``[n]``.
        seen_labels: the labels it is trained on, where they differ.
        test: held-out ``(inputs, labels)``, measured beside.
        layers: names to watch (see ``.layers``); all unless given.
        binning, bin_width, bins, bin_range: the resolution, as in ``mutual_information``.
        permutations: label permutations of the null.
        seed: of these permutations.

    Example:
        >>> import torch
        >>> model = torch.nn.Sequential(
        ...     torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2)
        ... )
        >>> inputs, labels = torch.randn(100, 2), torch.randint(0, 2, (100,))
        >>> plane = InformationPlane(model, inputs, labels, bin_width=0.5)
        >>> for epoch in range(3):  # your training loop
        ...     plane.observe(epoch)
        >>> sorted(plane.table()["layer"].unique())
        ['0', '1', 'input', 'logits']
    """

    def __init__(
        self,
        model: nn.Module,
        inputs: Tensor,
        labels: Tensor,
        *,
        seen_labels: Tensor | None = None,
        test: tuple[Tensor, Tensor] | None = None,
        layers: tuple[str, ...] = (),
        binning: str | None = None,
        bin_width: float | None = None,
        bins: int | None = None,
        bin_range: tuple[float, float] | None = None,
        permutations: int = 20,
        seed: int = 0,
    ) -> None:
        if bin_width is None and bins is None:
            bin_width = 0.5
        rule = choose_bins(binning=binning, bin_width=bin_width, bins=bins, bin_range=bin_range)
        parts = [("train", inputs, labels, seen_labels)]
        parts += [("test", *test, None)] if test is not None else []
        for subset, x, y, seen in parts:
            if not len(x) == len(y) == len(y if seen is None else seen) > 0:
                raise InfoplaneError(
                    f"{subset} has {len(x)} inputs and {len(y)} labels; give one for each, "
                    "at least one."
                )
        self.probes = [make_probe(*part, permutations=permutations, seed=seed) for part in parts]
        self.observer = Observer(model, inputs, rule, layers=layers)
        self._rows: list[dict[str, Any]] = []

    @property
    def layers(self) -> list[str]:
        """The layers watched, from the input to the logits."""
        return self.observer.layers

    def observe(self, epoch: int, step: int = 0) -> None:
        """Measure every layer now; the model is left as it was, with no hook on it.

        Raises:
            NonFiniteError: where an activation is NaN or infinite; earlier rows are kept.
        """
        rows = [
            {"run": "own", "step": step, **row}
            for probe in self.probes
            for row in self.observer.observe(probe, epoch=epoch)
        ]
        self._rows += rows

    def table(self) -> pd.DataFrame:
        """Return all that was measured, one value a row (see ``infoplane.tables``)."""
        return tables.table(self._rows, tables.MEASUREMENTS)
