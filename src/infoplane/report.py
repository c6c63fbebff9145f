"""What the terminal says at the end: a run at a glance, the verdicts of a study, a list of runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from infoplane.errors import InfoplaneError
from infoplane.runs.described import noise_rates
from infoplane.runs.storage.files import read_json
from infoplane.runs.storage.folder import CONFIG, REPORT, RunFolder
from infoplane.runs.storage.manifest import MANIFEST
from infoplane.runs.storage.remote import inside, is_url
from infoplane.runs.storage.verifying import DAMAGED, verdict
from infoplane.terminal import PlainConsole, plain_console

if TYPE_CHECKING:
    import pandas as pd

    from infoplane.runs.config import RunConfig
    from infoplane.runs.run import Run
    from infoplane.studies.claims import Claim
    from infoplane.studies.study import Verdicts


LISTED, FIRST = 150, 30  # rows of a table that are printed whole, and of a longer one


def print_run(run: Run, out: Path | str | None = None) -> None:
    """Print the end of a run: each layer in bits, accuracy, and where everything lies.

    Args:
        run: the run, or its copy on this machine.
        out: where it lies, if that is at a URL.
    """
    from infoplane.layer_tables import bins_table, memorization_table

    console = plain_console()
    memorized = memorization_table(run.measurements, _members(run))
    for shown in (memorized, bins_table(run.measurements)):
        if shown is not None:
            console.print(shown, "")
    last = run.training[run.training["epoch"] == run.training["epoch"].max()]
    for subset, rows in last.groupby("subset", sort=False):
        seen, true = rows["accuracy"].mean(), rows["true_accuracy"].mean()
        both = f"{seen:.3f}" if seen == true else f"{seen:.3f} on seen labels, {true:.3f} on true"
        console.print(f"accuracy on {subset}: {both}")
    for line in _noise_lines(run):
        console.print(line)
    if message := RunFolder(run.path).status()["message"]:
        console.print(message)
    place = out if out is not None and is_url(out) else run.path
    console.print(f"tables and figures: {place}", soft_wrap=True)
    _print_page(console, run.path, place)


def _members(run: Run) -> str:
    """Say what values of several members are: means, also over what each has of its own."""
    if run.config.members == 1:
        return ""
    per_member = [key.replace("_", " ") for key, value in vars(run.config.each).items() if value]
    differing = f", which differ in {' and '.join(per_member)}" if per_member else ""
    return f"mean ± spread of {run.config.members} members{differing}"


def _noise_lines(run: Run) -> Iterator[str]:
    """Say what label noise each training part came out with, and its exact bits."""
    noises = read_json(run.path / CONFIG).get("label_noise", [])
    for member, noise in enumerate(noises):
        whose = f" of member {member}" if len(noises) > 1 else ""
        yield (
            f"labels{whose} {run.config.data.labels}: {noise['rate']:.1%} differ from the true "
            f"ones; H(Ỹ|Y) = {noise['entropy']:.3f} bits, I(Y;Ỹ) = {noise['information']:.3f} bits"
        )


def print_verdicts(verdicts: Verdicts, out: Path | str = "runs") -> None:
    """Print the claims of a study with what was published, what was measured, and the verdict.

    Before them comes what each layer learned and memorized in its runs on corrupted labels.

    Args:
        verdicts: what came of the study.
        out: where it and its runs are kept.
    """
    from infoplane.layer_tables import memorization_table

    console = plain_console()
    for name, run in verdicts.runs.items():
        titles = (f"run “{name}”", _members(run))
        memorized = memorization_table(run.measurements, ", ".join(filter(None, titles)))
        if memorized is not None:
            console.print(memorized, "")
    console.print(claims_table(verdicts.claims, f"{verdicts.study.title}\n{verdicts.study.source}"))
    for name, values in verdicts.tables.items():
        console.print(_plain_table(name, values))
    console.print(how_many_hold(verdicts.claims))
    console.print(f"figures and claims: {_location(verdicts.path, out)}", soft_wrap=True)
    for name, run in verdicts.runs.items():
        console.print(f"run “{name}”: {_location(run.path, out)}", soft_wrap=True)
    _print_page(console, verdicts.path, _location(verdicts.path, out))


def claims_table(claims: Sequence[Claim], title: str) -> Table:
    """Return claims with what was published, what was measured, and the verdict."""
    table = Table(title=title, show_lines=True)
    table.add_column("claim", ratio=5)
    table.add_column("published", ratio=2)
    table.add_column("measured", ratio=2)
    table.add_column("verdict", ratio=2)
    for claim in claims:
        style = {"holds": "green", "does not hold": "red"}.get(claim.verdict, "yellow")
        verdict = Text(claim.verdict, style=style)
        table.add_row(claim.statement, claim.published or "–", claim.measured, verdict)
    return table


def how_many_hold(claims: Sequence[Claim]) -> str:
    """Return how many of some claims hold, in words."""
    return f"{sum(claim.verdict == 'holds' for claim in claims)} of {len(claims)} claims hold"


def _print_page(console: PlainConsole, path: Path, place: Path | str) -> None:
    """Say where the page is, last, where there is one."""
    if (path / REPORT).exists():
        console.print(f"open {inside(place, REPORT)}", soft_wrap=True)


def _location(path: Path, out: Path | str) -> Path | str:
    """Return the URL of a folder that is a copy on this machine, else its own path."""
    return inside(out, path.name) if is_url(out) else path


def _plain_table(title: str, values: pd.DataFrame) -> Table:
    table = Table(title=title, box=None, pad_edge=False)
    if len(values) > LISTED:
        table.caption = f"the first {FIRST} of {len(values):,} rows; all are in {title}.csv"
        table.caption_justify = "left"
        values = values[:FIRST]
    numbers = values.select_dtypes("number").columns
    for name in values.columns:
        table.add_column(name.replace("_", " "), justify="right" if name in numbers else "left")
    for row in values.itertuples(index=False):
        table.add_row(*(f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row))
    return table


def print_runs(folder: Path | str, where: Sequence[str] = ()) -> None:
    """Print one line a run found in a folder, of those with a member for which conditions hold.

    Raises:
        InfoplaneError: where the folder does not exist or holds no such run.
    """
    folders = _folders(folder, where)
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for name in ("run", "data", "labels", "network", "with", "epoch", "train", "test"):
        table.add_column(name, no_wrap=name not in ("network", "with"), overflow="fold")
    table.add_column("state", min_width=len("complete"))
    for cells in _run_rows(folders):
        table.add_row(*cells)
    plain_console().print(table)


def print_verified(folder: Path | str, where: Sequence[str] = ()) -> bool:
    """Print of each run of a folder whether its files are what was written; return whether all are.

    Audits and ensembles in the folder are among them, unless runs are asked for by conditions. One
    that has no digests, as those of earlier versions, is unverified: its tables are read, which
    shows what is cut off. One that is not complete is not held to any.

    Raises:
        InfoplaneError: as ``print_runs``.
    """
    table = Table(box=None, pad_edge=False)
    table.add_column("run", no_wrap=True, overflow="fold")
    table.add_column("files")
    paths = _folders(folder, where) if where else _with_digests(folder)
    verdicts = {_shown(path, folder): verdict(RunFolder(path)) for path in paths}
    for name, found in verdicts.items():
        table.add_row(Text(name), Text(found))
    plain_console().print(table)
    return not any(found.startswith(DAMAGED) for found in verdicts.values())


def _with_digests(folder: Path | str) -> list[Path]:
    """Return the run folders in a folder, and others whose files have digests."""
    from infoplane.runs.query.loaded_runs import find_runs

    levels = () if is_url(folder) else ("", "*/", "*/*/")
    held = {path.parent for level in levels for path in Path(folder).glob(level + MANIFEST)}
    others = {path for path in held if not (path / CONFIG).exists()}
    if others == held and others:  # and perhaps no run
        return sorted(others)
    return sorted(others.union(find_runs(folder)))


def _shown(path: Path, folder: Path | str) -> str:
    return path.name if path == Path(folder) else str(path.relative_to(folder))


def _folders(folder: Path | str, where: Sequence[str]) -> list[Path]:
    """Return the run folders in a folder, of those for which conditions hold."""
    from infoplane.runs.query.loaded_runs import find_runs, load_runs

    if not where:
        return find_runs(folder)
    return [loaded.path for loaded in load_runs(folder).where(*where).folders.values()]


def print_groups(folder: Path | str, where: Sequence[str], by: Sequence[str]) -> None:
    """Print where runs ended, as mean ± standard deviation over members, by configuration keys.

    Raises:
        InfoplaneError: as ``print_runs``, and for an unknown key.
    """
    from infoplane.runs.query.ends import VALUES
    from infoplane.runs.query.keys import as_written
    from infoplane.runs.query.loaded_runs import load_runs

    groups = load_runs(folder).where(*where).by(*by)
    table = Table(box=None, pad_edge=False, caption="at the end; the last hidden layer, in bits")
    for name in (*by, "runs", "members", *VALUES):
        table.add_column(name, justify="left" if name in by else "right")
    for keys, group in zip(groups.index, groups.to_dict(orient="records"), strict=True):
        cells = [as_written(key) for key in (keys if len(by) > 1 else [keys])]
        cells += [str(group[name, ""]) for name in ("runs", "members")]
        cells += [_mean_and_std(group[name, "mean"], group[name, "std"]) for name in VALUES]
        table.add_row(*cells)
    plain_console().print(table)


def _mean_and_std(mean: float, std: float) -> str:
    """Return mean ± standard deviation; nothing where it was not measured."""
    if math.isnan(mean):
        return ""
    return f"{mean:.3f}" + ("" if math.isnan(std) else f" ± {std:.3f}")


def _run_rows(paths: Sequence[Path]) -> list[list[str]]:
    """Return the cells of each run; a damaged one says so instead of hiding the others."""
    from infoplane.runs.query.differences import set_apart

    configs: dict[Path, RunConfig] = {}
    how_far: dict[Path, list[str]] = {}
    for path in paths:
        try:
            config = RunFolder(path).config()
            how_far[path] = _how_far(RunFolder(path), config)
            configs[path] = config
        except InfoplaneError as error:
            how_far[path] = ["", "", "", f"damaged: {error}"]
    shown = [(*_what(config), str(config.training.epochs)) for config in configs.values()]
    apart = dict(zip(configs, set_apart(list(configs.values()), shown), strict=True))
    what = {path: [*_what(config), apart[path]] for path, config in configs.items()}
    return [[path.name, *what.get(path, [""] * 4), *how_far[path]] for path in paths]


def _what(config: RunConfig) -> list[str]:
    if config.watched is not None:
        labels = f"{config.watched.labels} {config.watched.rate:.3g}"
        return [config.data.name, labels.removesuffix(" 0"), config.watched.model]
    data = config.data
    labels = f"{data.labels} {noise_rates(config)}".rstrip()
    members = f"{config.members} × " if config.members > 1 else ""
    return [data.name, labels, members + config.network.name]


def _how_far(folder: RunFolder, config: RunConfig) -> list[str]:
    status = folder.status()
    last = "" if config.watched is not None else f"/{config.training.epochs}"
    epoch = f"{status['epoch']}{last}"
    state = ", ".join(filter(None, (status["state"], status["message"])))
    return [epoch, _accuracy(folder, "train"), _accuracy(folder, "test"), state]


def _accuracy(folder: RunFolder, subset: str) -> str:
    if not (folder / "training.parquet").exists():
        return ""
    training = folder.read("training")
    rows = training[training["subset"] == subset]
    rows = rows[rows["epoch"] == rows["epoch"].max()]
    return f"{rows['accuracy'].mean():.3f}" if len(rows) else ""
