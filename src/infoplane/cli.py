"""The command line: one subcommand for each thing that can be asked for."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from infoplane.commands.figures import FiguresCommand
from infoplane.commands.film import FilmCommand
from infoplane.commands.gallery import GalleryCommand
from infoplane.errors import FailedRunsError, InfoplaneError, NonFiniteError
from infoplane.runs.config import RunConfig
from infoplane.studies.catalogue import STUDIES
from infoplane.watching.command import WatchCommand


@dataclass(frozen=True)
class RunCommand:
    """Train a network, watch every layer, and draw what it saw.

    Everything lands in one folder: config.json, the tables as Parquet, the weights, the figures.
    The same command again goes on where it stopped, or returns what is done.
    """

    config: Annotated[RunConfig, tyro.conf.arg(name="")] = field(default_factory=RunConfig)
    out: Annotated[str | None, tyro.conf.arg(metavar="DIR")] = None
    """The run's folder, or its URL of fsspec (default: runs/ID, where ID is the hash of the
    configuration)."""

    def __call__(self) -> None:
        from infoplane.report import print_run
        from infoplane.runs.run import run
        from infoplane.runs.storage.remote import publish

        finished = run(self.config, out=self.out)
        from infoplane.figures.run import draw_run  # Matplotlib, which nobody waits for before
        from infoplane.page import write_report_beside

        draw_run(finished.path, **finished.tables)
        write_report_beside(finished.path)
        if self.out is not None:
            publish(self.out)
        print_run(finished, self.out)


@dataclass(frozen=True)
class ReproduceCommand:
    """Reproduce a published study: its runs, its figure, and a verdict on each of its claims.

    Interrupted, the same command goes on.
    """

    study: Annotated[
        str,
        tyro.conf.Positional,
        tyro.conf.arg(metavar="STUDY", help=f"Which study: {', '.join(STUDIES)}."),
    ]
    scale: Literal["quick", "paper"] = "quick"
    """quick: minutes on two cores; paper: the published size."""
    data: Annotated[str | None, tyro.conf.arg(metavar="NAME")] = None
    """Data set instead of the study's own: digits, mnist, fashion-mnist, cifar10, or a hub id."""
    data_root: Annotated[str | None, tyro.conf.arg(metavar="DIR")] = None
    """Folder of local Parquet files in the hub's layout, instead of a download."""
    members: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Networks trained side by side, alike but for their seeds (default: the study's)."""
    seed: int = 0
    """The number all random choices follow from."""
    device: str = "auto"
    """auto, cpu, or another torch device."""
    dtype: Literal["float32", "bfloat16"] | None = None
    """Precision of matrix products in training (default: the study's, float32). bfloat16 halves the
    time of large layers where the processor has it."""
    out: Annotated[str, tyro.conf.arg(metavar="DIR")] = "runs"
    """Where runs, claims and figures are kept: a folder, or a URL of fsspec (s3://…)."""
    workers: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Runs at once on this machine, which share its processors and GPUs; needs Ray (pip install
    'infoplane[ray]'). One after another unless given. With --ray: at most so many at once."""
    ray: Annotated[str | None, tyro.conf.arg(metavar="ADDRESS")] = None
    """Run on the Ray cluster at this address (auto: the one this machine is part of)."""

    def __call__(self) -> None:
        from infoplane.report import print_verdicts
        from infoplane.studies.catalogue import find_study
        from infoplane.studies.study import StudyOptions, carry_out

        study = find_study(self.study)
        options = StudyOptions(
            self.scale,
            self.data,
            self.data_root,
            self.members,
            self.seed,
            self.device,
            self.dtype,
        )
        verdicts = carry_out(study, options, out=self.out, workers=self.workers, ray=self.ray)
        print_verdicts(verdicts, self.out)


@dataclass(frozen=True)
class ValidateCommand:
    """Hold every estimator to distributions of known mutual information.

    Prints estimate, truth, error, spread and time of each; the exit status is 1 where a claimed
    tolerance is missed. Ten minutes at most on two cores.
    """

    only: tuple[str, ...] = ()
    """Estimators to validate by name; all, and the published rows, unless given."""
    seeds: int = 3
    """Samples drawn for each case."""
    out: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("validation")
    """Where the table and the figure are written."""
    power: bool = False
    """Instead, plant labels in layers, and say how much of them each decoder finds."""
    coverage: bool = False
    """Instead, count how often errors hold the truth, and nulls independent values."""
    jobs: int = 1
    """Processes that measure power or coverage."""

    def __call__(self) -> None:
        from infoplane.validation.command import validate_all, validate_coverage, validate_power

        if self.power:
            validate_power(seeds=self.seeds, jobs=self.jobs, out=self.out)
        elif self.coverage:
            validate_coverage(self.only, jobs=self.jobs, out=self.out)
        elif not validate_all(self.only, seeds=self.seeds, out=self.out):
            sys.exit(1)


@dataclass(frozen=True)
class RunsCommand:
    """List the runs of a folder: what each was, how far it is, how it ended.

    With --by, they are grouped, with mean and spread over the members and seeds of each group.
    """

    folder: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="[DIR]")] = "runs"
    """The folder that holds run folders."""
    where: Annotated[tuple[str, ...], tyro.conf.arg(metavar="KEY=VALUE ...")] = ()
    """Only those with these values in their configuration, as data.rate=0.4."""
    by: Annotated[tuple[str, ...], tyro.conf.arg(metavar="KEY ...")] = ()
    """Group by keys of the configuration, as data.rate network.activation."""

    def __call__(self) -> None:
        from infoplane.report import print_groups, print_runs

        if self.by:
            print_groups(self.folder, self.where, self.by)
        else:
            print_runs(self.folder, self.where)


@dataclass(frozen=True)
class ReportCommand:
    """Write one page of runs and studies: report.html, which opens anywhere, without a network."""

    runs: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="RUN ...")]
    """Folders of runs or studies, or folders that hold some."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """The page (default: report.html in the folder named; where several are, in this one)."""
    images: bool = False
    """Show images of the examples, from the data of the runs."""

    def __call__(self) -> None:
        from infoplane.page import write_report

        print(write_report(self.runs, out=self.out, images_of=_images if self.images else None))


@dataclass(frozen=True)
class AuditCommand:
    """Find the labels of a data set that a network memorizes rather than learns, from one training.

    Writes a table of all examples, most suspect first, with the label they may have; estimates how
    many labels are wrong, and which classes are taken for which; says how many of labels flipped on
    purpose it finds. The same command again goes on where it stopped.
    """

    data: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="DATA")]
    """A folder of images by class (CLASS/*.png), a .parquet or .csv file with a column label, an
    .npz file of x and y, digits, mnist, fashion-mnist, cifar10, or the id of a set on the hub."""
    network: Annotated[str | None, tyro.conf.arg(metavar="FILE:FUNCTION")] = None
    """A network of your own, whose file is executed, or the name of a preset of infoplane run
    (default: small-cnn for images, a perceptron of 256 and 256 units for rows)."""
    epochs: int = 0
    """Passes through the data (default: as many as take 800 steps, 10 to 40)."""
    batch_size: int = 128
    """Examples a step."""
    learning_rate: float = 1e-3
    """Of Adam; falls to 0 by a cosine."""
    flipped: float = 0.01
    """Share of labels flipped on purpose: 100 at least, one in twenty at most."""
    size: Annotated[int | None, tyro.conf.arg(metavar="PIXELS")] = None
    """Side of the square that images are brought to, where they differ in size."""
    root: Annotated[str | None, tyro.conf.arg(metavar="DIR")] = None
    """Of a set of the hub: a folder of its Parquet files, instead of a download."""
    seed: int = 0
    """The number all random choices follow from."""
    device: str = "auto"
    """auto, cpu, or another torch device."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="DIR")] = None
    """The audit's folder (default: audits/NAME-ID)."""

    def __call__(self) -> None:
        from infoplane.audit.config import AuditConfig, data_named, network_named
        from infoplane.training.config import TrainingConfig

        training = TrainingConfig(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            schedule="cosine",
            device=self.device,
        )
        config = AuditConfig(
            data_named(self.data, self.size, self.root),
            None if self.network is None else network_named(self.network),
            training,
            self.flipped,
            self.seed,
        )
        from infoplane.audit.command import carry_out

        carry_out(config, self.out or Path("audits") / f"{config.data.name}-{config.id}")


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


def _images(config: RunConfig, path: Path):
    """The training images of a run; reading them needs torch."""
    from infoplane.runs.analyses.images import training_images
    from infoplane.runs.run import Run

    return training_images(Run(config, path))


Command = (
    Annotated[RunCommand, tyro.conf.subcommand("run")]
    | Annotated[ReproduceCommand, tyro.conf.subcommand("reproduce")]
    | Annotated[ValidateCommand, tyro.conf.subcommand("validate")]
    | Annotated[AuditCommand, tyro.conf.subcommand("audit")]
    | Annotated[EstimateCommand, tyro.conf.subcommand("estimate")]
    | Annotated[ReportCommand, tyro.conf.subcommand("report")]
    | Annotated[WatchCommand, tyro.conf.subcommand("watch")]
    | Annotated[FiguresCommand, tyro.conf.subcommand("figures")]
    | Annotated[FilmCommand, tyro.conf.subcommand("film")]
    | Annotated[GalleryCommand, tyro.conf.subcommand("gallery")]
    | Annotated[RunsCommand, tyro.conf.subcommand("runs")]
)


def main() -> None:
    """Run the command line; a mistake of the user is one sentence and exit status 2."""
    try:
        command = tyro.cli(
            Command,  # pyright: ignore[reportArgumentType]
            prog="infoplane",
            description="See what a neural network learns and what it merely memorizes, layer by "
            "layer, in bits.",
        )
        command()
    except InfoplaneError as error:
        print(f"infoplane: {error}", file=sys.stderr)
        sys.exit(1 if isinstance(error, (FailedRunsError, NonFiniteError)) else 2)
    except KeyboardInterrupt:
        print("infoplane: interrupted; the same command goes on from here.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
