"""What a study is, and how one is carried out: its runs, its claims, its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import pandas as pd
from matplotlib.figure import Figure

from infoplane.errors import InfoplaneError
from infoplane.figures import save
from infoplane.figures.run import draw_run
from infoplane.notebook import Page, claims_html, page_of
from infoplane.page import write_report_beside
from infoplane.runs.analyses.inputs import TrainingInputs
from infoplane.runs.config import RunConfig
from infoplane.runs.ensembles.config import EnsembleConfig
from infoplane.runs.ensembles.ensemble import Ensemble, run_ensemble
from infoplane.runs.grid.run_grid import run_grid
from infoplane.runs.run import Run
from infoplane.runs.storage.files import write_json
from infoplane.runs.storage.remote import inside, local_copy, publish
from infoplane.runs.texts.config import TextRunConfig
from infoplane.runs.texts.run import TextRun, run_text
from infoplane.settings import check_settings
from infoplane.studies.claims import Claim
from infoplane.training.config import Dtype

Scale = Literal["quick", "paper"]
Runs = Mapping[str, Run]
Config = TypeVar("Config", RunConfig, EnsembleConfig)


class Results(dict[str, Run]):
    """The runs of a study by name, and the ensembles and the runs on text beside them."""

    def __init__(
        self,
        runs: Runs,
        ensembles: Mapping[str, Ensemble],
        texts: Mapping[str, TextRun] | None = None,
    ) -> None:
        super().__init__(runs)
        self.ensembles, self.texts = ensembles, texts or {}


def ensembles_of(runs: Runs) -> Mapping[str, Ensemble]:
    """Return the ensembles that came with the runs of a study; none of other runs."""
    return runs.ensembles if isinstance(runs, Results) else {}


def texts_of(runs: Runs) -> Mapping[str, TextRun]:
    """Return the runs on text that came with the runs of a study; none of other runs."""
    return runs.texts if isinstance(runs, Results) else {}


@dataclass(frozen=True)
class StudyOptions:
    """What may be asked of a study; None leaves it to the study and its scale."""

    scale: Scale = "quick"
    data: str | None = None
    data_root: str | None = None
    members: int | None = None
    seed: int = 0
    device: str = "auto"
    dtype: Dtype | None = None

    def __post_init__(self) -> None:
        check_settings(self)
        if self.members is not None and self.members < 1:
            raise InfoplaneError(f"members is {self.members}; give 1 or more.")


@dataclass(frozen=True)
class Study:
    """A published claim or figure, as runs, claims and figures."""

    name: str
    title: str
    source: str
    configure: Callable[[StudyOptions], dict[str, RunConfig]]
    claims: Callable[[Runs], list[Claim]]
    figures: Callable[[Runs], dict[str, Figure]]
    tables: Callable[[Runs], dict[str, pd.DataFrame]] = lambda _: {}
    ensembles: Callable[[StudyOptions], dict[str, EnsembleConfig]] = lambda _: {}
    """Networks on subsets that are trained beside the runs: see ``ensembles_of``."""
    texts: Callable[[StudyOptions], dict[str, TextRunConfig]] = lambda _: {}
    """Language models that are trained beside the runs, or instead of any: see ``texts_of``."""


@dataclass(frozen=True)
class Verdicts:
    """What came of a study: where it is, its runs, its claims, and its tables."""

    study: Study
    path: Path
    runs: Runs
    claims: list[Claim]
    tables: Mapping[str, pd.DataFrame]

    def page(self, out: Path | str | None = None) -> Page:
        """Return the report of the study and its runs, which a notebook shows.

        Args:
            out: a file to write it to as well.

        Raises:
            InfoplaneError: where the file cannot be written.
        """
        return page_of([self.path], out)

    def _repr_html_(self) -> str:
        return claims_html(self.study.title, self.claims)


def carry_out(
    study: Study,
    options: StudyOptions,
    *,
    out: Path | str = "runs",
    workers: int | None = None,
    ray: str | None = None,
) -> Verdicts:
    """Run what is not yet run, judge the claims, draw the figures.

    Runs lie in ``out/<id>``, ensembles in ``out/ensemble-<id>``, runs on text in ``out/text-<id>``,
    claims and figures in ``out/<study>-<scale>-<data>``. Interrupted, the same call goes on.

    Args:
        study: what to carry out.
        options: what is asked of it.
        out: where runs, claims and figures are kept: a path or a URL of fsspec.
        workers: processes on this machine, as in ``run_grid``.
        ray: the address of a Ray cluster, as in ``run_grid``.

    Raises:
        FailedRunsError: where runs failed, once all others are done.
    """
    configs, asked = study.configure(options), study.ensembles(options)
    if options.dtype:
        configs = {name: _in_dtype(config, options.dtype) for name, config in configs.items()}
        asked = {name: _in_dtype(config, options.dtype) for name, config in asked.items()}
    ensembles = {
        name: run_ensemble(
            config, out=inside(out, f"ensemble-{config.id}"), workers=workers, ray=ray
        )
        for name, config in asked.items()
    }
    on_text = study.texts(options)
    texts = {
        name: run_text(config, out=inside(out, f"text-{config.id}"), name=name)
        for name, config in on_text.items()
    }
    done = {}
    if configs:
        done = run_grid(configs, out=out, title=study.name, workers=workers, ray=ray)
    runs = Results(done, ensembles, texts)
    for run in runs.values():
        draw_run(run.path, **run.tables)
    data = _data_name(configs, on_text)
    place = inside(out, f"{study.name}-{options.scale}-{data}")
    path = local_copy(place)
    claims = study.claims(runs)
    for name, figure in study.figures(runs).items():
        save(figure, path / name)
    tables = study.tables(runs)
    for name, table in tables.items():
        table.to_csv(path / f"{name}.csv", index=False)
    write_json(
        path / "claims.json",
        {
            "study": study.name,
            "source": study.source,
            "scale": options.scale,
            **({"asked": asked_for} if (asked_for := _asked_for(options)) else {}),
            "runs": {name: run.config.id for name, run in runs.items()},
            **({"ensembles": {n: e.config.id for n, e in ensembles.items()}} if ensembles else {}),
            **({"texts": {n: t.config.id for n, t in texts.items()}} if texts else {}),
            "claims": [judged.as_dict() for judged in claims],
        },
    )
    inputs_of = TrainingInputs()
    for folder in (path, *(run.path for run in runs.values())):
        write_report_beside(folder, inputs_of=inputs_of)
    for location in (place, *(inside(out, run.config.id) for run in runs.values())):
        publish(location)
    return Verdicts(study, path, runs, claims, tables)


def _asked_for(options: StudyOptions) -> dict[str, Any]:
    """Return what was asked of a study that changes its results, beside scale and data."""
    names = ("members", "seed", "dtype")
    default = StudyOptions()
    values = {name: getattr(options, name) for name in names}
    return {name: value for name, value in values.items() if value != getattr(default, name)}


def _data_name(runs: Mapping[str, RunConfig], texts: Mapping[str, TextRunConfig]) -> str:
    """Return what the data of a study are called in the name of its folder."""
    names = [config.data.name for config in runs.values()]
    names += [Path(config.text.text).name for config in texts.values()]
    return names[0].replace("/", "-")


def _in_dtype(config: Config, dtype: Dtype) -> Config:
    return replace(config, training=replace(config.training, dtype=dtype))
