"""``infoplane estimate``: activations that any program has saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro


@dataclass(frozen=True)
class EstimateCommand:
    """Measure activations that any program has saved, layer by layer.

    Files are .npy, .npz, .safetensors or .parquet, one sample a row. In their paths {layer} and
    {epoch} stand for what they say: 'acts/epoch{epoch}/{layer}.npy'. They may be larger than
    memory. The same command again goes on where it stopped, and takes epochs that came since.
    """

    files: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="FILES ...")]
    """Files, or patterns of them with {layer}, {epoch}, * and ?."""
    labels: Annotated[str, tyro.conf.arg(metavar="FILE[:KEY]")]
    """True labels, one a sample: .npy, .txt, or an array or column of .npz, .safetensors, .csv or
    .parquet."""
    seen_labels: Annotated[str | None, tyro.conf.arg(metavar="FILE[:KEY]")] = None
    """The labels the network was trained on, where they differ: M is measured then."""
    test: Annotated[tuple[str, ...], tyro.conf.arg(metavar="FILES ...")] = ()
    """The same layers of held-out samples."""
    test_labels: Annotated[str | None, tyro.conf.arg(metavar="FILE[:KEY]")] = None
    """Their true labels."""
    layers: tuple[str, ...] = ()
    """Names or globs of the layers to measure; all unless given."""
    estimators: tuple[str, ...] = ()
    """Further estimators, as ross or 'ksg(k=5)'."""
    decoder: Literal["strongest", "knn", "linear", "mlp", "none"] = "strongest"
    """What reads labels from layers."""
    bin_width: float | None = None
    """Bins of this width instead, of all samples."""
    bins: int | None = None
    """So many bins instead, of all samples."""
    reduce: Literal["flatten", "mean", "max", "positions", "first", "last"] = "flatten"
    """How layers of several positions become units."""
    examples: int = 2000
    """Samples that are decoded, balanced by label, at most."""
    seed: int = 0
    """The number all random choices follow from."""
    out: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("estimates")
    """Where tables, figures and page are written."""

    def __call__(self) -> None:
        from infoplane.saved_activations.command import carry_out
        from infoplane.saved_activations.estimating import EstimateOptions

        options = {key: value for key, value in vars(self).items() if key != "out"}
        carry_out(EstimateOptions(**options), self.out)
