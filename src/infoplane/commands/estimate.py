"""``infoplane estimate``: activations that any program has saved, or language models by name."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from infoplane.errors import InfoplaneError


@dataclass(frozen=True)
class EstimateCommand:
    """Measure activations that any program has saved, or language models, layer by layer.

    Files are .npy, .npz, .safetensors or .parquet, one sample a row. In their paths {layer} and
    {epoch} stand for what they say: 'acts/epoch{epoch}/{layer}.npy'. They may be larger than
    memory. The same command again goes on where it stopped, and takes epochs that came since.

    With --model instead of files: what each layer of a causal language model of Transformers tells
    of the last and of the next one to three tokens of a text, always with its null.
    """

    files: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="FILES ...")] = ()
    """Files, or patterns of them with {layer}, {epoch}, * and ?."""
    labels: Annotated[str | None, tyro.conf.arg(metavar="FILE[:KEY]")] = None
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
    model: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME ...")] = ()
    """Causal models of Transformers: folders that save_pretrained has written, or names on the hub,
    also NAME@REVISION; several are checkpoints of one training. Code of theirs is not executed."""
    text: Annotated[str, tyro.conf.arg(metavar="TEXT")] = "docstrings"
    """What they read: a file or folder of text, a table of a text a row (.parquet, .jsonl, .csv), a
    data set's id on the hub, or what ships with Python: docstrings, licences."""
    texts: int = 500
    """Texts that are read, drawn at random, at most."""
    length: int = 128
    """Tokens of each that are read, at most."""
    device: str = "auto"
    """Of the model: auto, cpu, or another torch device."""
    seed: int = 0
    """The number all random choices follow from."""
    out: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("estimates")
    """Where tables, figures and page are written."""

    def __call__(self) -> None:
        given = {key: value for key, value in vars(self).items() if value != _usual(key)}
        if self.model:
            _refuse(given, OF_FILES, "--model", "language models")
            self._language()
        else:
            _refuse(given, OF_MODELS, "files", "saved activations")
            self._saved()

    def _saved(self) -> None:
        if not self.files or self.labels is None:
            raise InfoplaneError(
                "there are no files or no labels; give FILES and --labels FILE, or a language "
                "model by --model."
            )
        from infoplane.saved_activations.command import carry_out
        from infoplane.saved_activations.estimating import EstimateOptions

        names = (*OF_FILES, *OF_BOTH)
        carry_out(EstimateOptions(**{name: getattr(self, name) for name in names}), self.out)

    def _language(self) -> None:
        if len(self.estimators) > 1:
            raise InfoplaneError(
                f"estimators has {len(self.estimators)}; of language models give one at most."
            )
        from infoplane.checkpoints.command import carry_out
        from infoplane.checkpoints.measuring import CheckpointOptions

        options = {name: getattr(self, name) for name in ("text", "texts", "length", "device")}
        options |= {"estimator": self.estimators[0]} if self.estimators else {}
        planes = carry_out(CheckpointOptions(self.model, **options, seed=self.seed), self.out)
        if planes["step"].nunique() > 1:
            from infoplane.commands.checkpoint_claims import judge

            judge(planes, self.out)


OF_MODELS = ("text", "texts", "length", "device")
OF_BOTH = ("estimators", "seed")
OF_FILES = tuple(
    field.name
    for field in fields(EstimateCommand)
    if field.name not in (*OF_MODELS, *OF_BOTH, "model", "out")
)


def _usual(name: str) -> Any:
    return next(field.default for field in fields(EstimateCommand) if field.name == name)


def _refuse(given: dict[str, Any], names: tuple[str, ...], instead: str, kind: str) -> None:
    """Refuse options that are of the other kind of thing that is measured."""
    wrong = [name for name in names if name in given]
    if wrong:
        said = "files" if wrong[0] == "files" else "--" + wrong[0].replace("_", "-")
        raise InfoplaneError(
            f"{said} and {instead} are given; {said} is not of {kind}: leave it out."
        )
