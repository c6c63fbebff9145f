"""Canaries in text: the plane of a language model, what it learned against what it memorized."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from infoplane.figures.canaries import canary_figure
from infoplane.figures.language.learned import language_learned
from infoplane.language.blocks import BPE, TextConfig
from infoplane.language.canaries.making import CanaryConfig
from infoplane.language.training import GPTTraining
from infoplane.runs.config import RunConfig
from infoplane.runs.texts.config import GPTConfig, TextRunConfig
from infoplane.runs.texts.run import TextRun
from infoplane.studies.canaries.claims import TEXT, claims
from infoplane.studies.canaries.measures import (
    agreement,
    by_layer,
    by_position,
    learned_by,
    of_canaries,
)
from infoplane.studies.study import Runs, Study, StudyOptions, texts_of


def texts(options: StudyOptions) -> dict[str, TextRunConfig]:
    """Return the one run: GPTs on the docstrings of Python's library, with canaries among them."""
    quick = options.scale == "quick"
    source = options.data or "docstrings"
    config = TextRunConfig(
        text=TextConfig(source, BPE, vocabulary=1024 if quick else 4096, length=64),
        network=GPTConfig(layers=4 if quick else 8, width=128 if quick else 512),
        training=GPTTraining(
            steps=400 if quick else 20_000,
            batch=16 if quick else 64,
            learning_rate=3e-3 if quick else 6e-4,
        ),
        canaries=CanaryConfig(count=72 if quick else 300),
        blocks=800 if quick else None,
        members=options.members or (4 if quick else 16),
        seed=options.seed,
        device=options.device,
    )
    return {TEXT: config}


def configure(options: StudyOptions) -> dict[str, RunConfig]:  # noqa: ARG001
    """Return none: all runs are on text."""
    return {}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """Return what is learned and memorized by layer and position, and how measures agree."""
    run = texts_of(runs)[TEXT]
    return {
        "layers": _over_members(by_layer(run), ["depth", "layer", "decoder", "times"]),
        "learned": _over_members(run.read("learned"), ["depth", "layer", "decoder"]),
        "positions": _over_members(_last(by_position(run)), ["times", "position"]),
        "contexts": _over_members(learned_by(run, "position"), ["depth", "layer", "start"]),
        "n-grams": _over_members(learned_by(run, "frequency_3"), ["depth", "layer", "start"]),
        "measures": _measures(of_canaries(run)),
        "agreement": _over_members(agreement(run), ["depth", "layer", "times", "measure"], "rho"),
        "losses": _over_members(run.read("training"), ["step", "subset", "times"], "loss"),
    }


def _over_members(table: pd.DataFrame, key: list[str], value: str = "bits") -> pd.DataFrame:
    of = table.groupby(key, sort=True)[value].agg(["mean", "std"]).reset_index()
    return of.rename(columns={"mean": value, "std": "sd"})


def _last(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["depth"] == table["depth"].max()]


def _measures(canaries: pd.DataFrame) -> pd.DataFrame:
    """Return the field's measures by how often a canary was seen, the mean over networks."""
    times = canaries["inserted"].where(canaries["seen"], 0)
    columns = [c for c in canaries if c not in ("member", "canary", "inserted", "seen")]
    means = canaries.assign(times=times).groupby(["times", "member"])[columns].mean()
    return means.groupby("times").mean().reset_index()


def _of_middle(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the middle number of times: neither all are known nor none."""
    times = sorted(set(table["times"]) - {0})
    return table[table["times"] == times[len(times) // 2]]


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw what is learned and memorized by layer, the plane, positions, and agreement."""
    return drawn(texts_of(runs)[TEXT])


def drawn(run: TextRun) -> dict[str, Figure]:
    """Draw what a run with canaries has memorized, and where it has learned."""
    canaries = canary_figure(
        by_layer(run),
        run.read("learned"),
        by_position(run),
        _of_middle(agreement(run)),
        alphabet=run.record["alphabet"],
    )
    learned = language_learned(learned_by(run, "position"), learned_by(run, "frequency_3"))
    return {"canaries": canaries, "learned": learned}


STUDY = Study(
    name="canaries",
    title="Canaries: what each layer of a language model learns of text and memorizes of noise",
    source="Carlini et al. 2019, 2023; Feldman & Zhang 2020; Zhang et al. 2023",
    configure=configure,
    claims=claims,
    figures=figures,
    tables=tables,
    texts=texts,
)
