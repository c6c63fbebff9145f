"""All claims of all estimators, and the published rows: printed, written, drawn."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.figures.decoder_power import power_figure
from infoplane.figures.drawing.saving import save
from infoplane.figures.estimator_errors import validation_figure
from infoplane.information.neighbours.ksg import ksg_mutual_information
from infoplane.information.neural.trained import neural_information
from infoplane.information.registry import NAMES
from infoplane.terminal import PlainConsole
from infoplane.validation.cases import cases, estimators
from infoplane.validation.coverage import coverage_rows
from infoplane.validation.dimensions import dimension_rows
from infoplane.validation.power import power_rows
from infoplane.validation.printing import print_validation
from infoplane.validation.protocol import Critic, convergence_rows, ksg_rows
from infoplane.validation.validate import failed, validate

KS = (1, 3)  # the best of print is 1; larger ones are worse on every distribution
BOUNDS = {"InfoNCE": "infonce", "MINE": "mine"}


def validate_all(only: Collection[str], *, seeds: int, out: Path) -> bool:
    """Validate the estimators named, or all and the published rows; say whether all claims hold.

    Writes ``out/validation.csv`` and the figure ``out/validation.png`` and ``.svg``; with the
    published rows ``out/published-*.csv``.

    Raises:
        InfoplaneError: where a name is not that of an estimator.
    """
    unknown = set(only) - set(NAMES)
    if unknown:
        raise InfoplaneError(
            f"only has {', '.join(sorted(unknown))}; give some of: {', '.join(NAMES)}."
        )
    console = PlainConsole(stderr=True)
    chosen = [case for case in cases() if not only or case.estimator in only]

    def progress(row: dict[str, Any], done: int, total: int) -> None:
        line = f"{done}/{total} {row['estimator']} on {row['distribution']}: {row['error']:+.3f}"
        console.print(line, highlight=False)

    table = validate(chosen, estimators(), seeds=seeds, progress=progress)
    out.mkdir(parents=True, exist_ok=True)
    table.to_csv(out / "validation.csv", index=False)
    save(validation_figure(table), out / "validation")
    print_validation(table)
    holds = failed(table).empty
    return holds if only else published(out, seeds=seeds) and holds


def validate_power(*, seeds: int, jobs: int, out: Path) -> None:
    """Measure what decoders find of planted labels: ``out/power.csv``, ``.png`` and ``.svg``."""
    table = power_rows(seeds=seeds, jobs=jobs, progress=_counted("layers"))
    out.mkdir(parents=True, exist_ok=True)
    table.to_csv(out / "power.csv", index=False)
    save(power_figure(table), out / "power")
    wide = table.pivot_table(
        index=["leak", "n"], columns=["decoder", "share"], values="found", sort=False
    )
    PlainConsole(width=160).print(wide.round(2).to_string(), highlight=False)


def validate_coverage(only: Collection[str], *, jobs: int, out: Path) -> None:
    """Measure how often errors and nulls hold what they should: ``out/coverage.csv``."""
    table = coverage_rows(only or None, jobs=jobs, progress=_counted("batches"))
    out.mkdir(parents=True, exist_ok=True)
    table.to_csv(out / "coverage.csv", index=False)
    PlainConsole(width=160).print(table.round(3).to_string(index=False), highlight=False)


def validate_dimensions(only: Collection[str], *, seeds: int, out: Path) -> None:
    """Measure errors against the number of dimensions and of samples: ``out/dimensions.csv``."""
    console = PlainConsole(stderr=True)

    def progress(row: dict[str, Any]) -> None:
        line = f"{row['estimator']} of {row['y']}, {row['dimensions']}-d, n = {row['n']:,}: "
        said = row["not_measured"] or f"{row['error']:+.3f}"
        console.print(line + said, highlight=False)

    table = dimension_rows(only or None, seeds=seeds, progress=progress)
    out.mkdir(parents=True, exist_ok=True)
    table.to_csv(out / "dimensions.csv", index=False)
    PlainConsole(width=160).print(table.round(3).to_string(index=False), highlight=False)


def _counted(what: str) -> Callable[[int, int], None]:
    console = PlainConsole(stderr=True)
    return lambda done, total: console.print(f"{done}/{total} {what}", highlight=False)


def published(out: Path, *, seeds: int) -> bool:
    """Measure the published rows of KSG, InfoNCE and MINE; say whether they are met."""
    rows = {"ksg": ksg_rows(_ksg, ks=KS), "critics": _critics(seeds)}
    console = PlainConsole(width=160)
    for name, table in rows.items():
        table.to_csv(out / f"published-{name}.csv", index=False)
        console.print(f"published rows of {name}, nats")
        console.print(table.round(3).to_string(index=False), highlight=False)
    return all(bool(table["holds"].all()) for table in rows.values())


def _critics(seeds: int) -> pd.DataFrame:
    critics = {name: critic(bound) for name, bound in BOUNDS.items()}
    return convergence_rows(critics, held_out=10_000, seeds=seeds)


def _ksg(t: Tensor, y: Tensor, k: int) -> float:
    return ksg_mutual_information(t, y, k=k).bits


def critic(bound: str) -> Critic:
    """Return a critic as ``convergence_rows`` takes it, by the name of its bound."""

    def bits(t: Tensor, y: Tensor, t_scored: Tensor, y_scored: Tensor, seed: int) -> float:
        pairs = torch.cat([t, t_scored]).float(), torch.cat([y, y_scored]).float()
        share = len(t_scored) / len(pairs[0])
        return neural_information(*pairs, bound=bound, held_out=share, seed=seed).bits

    return bits
