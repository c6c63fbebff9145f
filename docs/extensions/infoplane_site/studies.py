"""A page a study, and the table of all claims, from the studies' files and committed results."""

from __future__ import annotations

import inspect
import json
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from infoplane.runs.config import RunConfig
from infoplane.runs.texts.config import TextRunConfig
from infoplane.studies.catalogue import STUDIES, find_study
from infoplane.studies.study import Study, StudyOptions
from infoplane_site.markdown import cell, seconds, table

SCALES = ("quick", "paper")
ROWS = 150
"""Of the longest table of a study that is shown."""
Result = dict[str, Any]

NOT_RUN = (
    "No result of this study is committed yet. What it claims is judged when the command above has "
    "run; its report, `report.html`, has the verdicts."
)


def results(folder: Path) -> dict[str, list[Result]]:
    """Return the committed results of each study, those at quick scale first."""
    read: dict[str, list[Result]] = {name: [] for name in STUDIES}
    for path in sorted(folder.glob("*/result.json")):
        result = json.loads(path.read_text("utf-8")) | {"folder": path.parent}
        read.setdefault(result["study"], []).append(result)
    for of_study in read.values():
        of_study.sort(key=lambda result: SCALES.index(result["scale"]))
    return read


def fragments(folder: Path) -> dict[str, str]:
    """Return the table of studies and that of all claims."""
    of_studies = results(folder)
    return {"studies": _studies_table(of_studies), "claims": _claims_table(of_studies)}


def pages(folder: Path) -> dict[str, str]:
    """Return the page of each study as Markdown."""
    return {name: _page(find_study(name), found) for name, found in results(folder).items()}


def _studies_table(of_studies: dict[str, list[Result]]) -> str:
    rows = []
    for name, found in of_studies.items():
        study = find_study(name)
        verdicts = [claim["verdict"] for result in found[:1] for claim in result["claims"]]
        held = f"{verdicts.count('holds')} of {len(verdicts)}" if verdicts else "not run yet"
        took = seconds(found[0]["seconds"]) if found else "–"
        rows.append([f"[{name}](generated/{name}.md)", study.title, study.source, held, took])
    rows_of = table(("study", "what it asks", "source", "claims that hold", "took"), rows)
    return rows_of + "\n"


def _claims_table(of_studies: dict[str, list[Result]]) -> str:
    rows = [
        [
            f"[{result['study']}](../studies/generated/{result['study']}.md), {result['scale']}",
            claim["statement"],
            claim["published"] or "–",
            claim["measured"],
            f"**{claim['verdict']}**",
        ]
        for found in of_studies.values()
        for result in found
        for claim in result["claims"]
    ]
    return table(("study", "claim", "published", "here", "verdict"), rows)


def _page(study: Study, found: list[Result]) -> str:
    parts = [
        f"# {study.name}: {study.title[0].lower()}{study.title[1:]}\n",
        f"{_module_doc(study)}\n",
        f"Source: {study.source}.\n",
        "## The command\n",
        f"```sh\ninfoplane reproduce {study.name}                  # minutes on two cores\n"
        f"infoplane reproduce {study.name} --scale paper    # the published size\n```\n",
        "## How it is run, and where that departs from the source\n",
        f"{_how(study)}\n",
        _configurations(study),
    ]
    if not found:
        parts.append(f"## Result\n\n{NOT_RUN}\n")
    for result in found:
        parts += _result(result)
    return "\n".join(parts)


def _module_doc(study: Study) -> str:
    return inspect.getdoc(import_module(STUDIES[study.name])) or ""


def _how(study: Study) -> str:
    """What the study itself says of its runs: the docstring that "Return …" begins."""
    runs = study.configure(StudyOptions())
    parts = {"Runs": study.configure if runs else study.texts}
    if study.ensembles(StudyOptions()):
        parts["Ensembles"] = study.ensembles
    return "\n\n".join(
        (inspect.getdoc(part) or "").replace("Return ", f"{name}: ", 1)
        for name, part in parts.items()
    )


def _configurations(study: Study) -> str:
    """The runs of both scales, by what the source would have said of them."""
    told = []
    for scale in SCALES:
        options = StudyOptions(scale=scale)
        runs, texts = study.configure(options), study.texts(options)
        told.append(dict(_told(list(runs.values())) if runs else _of_texts(list(texts.values()))))
        if asked := study.ensembles(options).values():
            told[-1] |= {
                "ensembles": str(len(asked)),
                "networks an ensemble": _all(f"{each.networks:,}" for each in asked),
            }
    rows = [[name, told[0][name], told[1][name]] for name in told[0]]
    return table(("", *SCALES), rows)


def _told(configs: list[RunConfig]) -> Iterator[tuple[str, str]]:
    yield "runs", str(len(configs))
    yield "networks a run", _all(str(config.members) for config in configs)
    yield "data", _all(config.data.name for config in configs)
    yield (
        "training examples",
        _all("all" if c.data.train_size is None else f"{c.data.train_size:,}" for c in configs),
    )
    yield "network", _all(_network(config) for config in configs)
    yield "epochs, at most", _all(f"{config.training.epochs:,}" for config in configs)
    yield (
        "batch",
        _all(
            "full" if c.training.batch_size is None else str(c.training.batch_size) for c in configs
        ),
    )
    yield (
        "optimizer, learning rate",
        _all(
            f"{config.training.optimizer} {config.training.learning_rate:g}" for config in configs
        ),
    )


def _of_texts(configs: list[TextRunConfig]) -> Iterator[tuple[str, str]]:
    yield "runs", str(len(configs))
    yield "networks a run", _all(str(config.members) for config in configs)
    yield "text", _all(f"{config.text.text}, {config.text.tokenizer}" for config in configs)
    yield "tokens a block", _all(str(config.text.length) for config in configs)
    yield "blocks", _all("all" if c.blocks is None else f"{c.blocks:,}" for c in configs)
    yield (
        "network",
        _all(f"GPT, {c.network.layers} layers of {c.network.width}" for c in configs),
    )
    yield "steps", _all(f"{config.training.steps:,}" for config in configs)
    yield "batch", _all(str(config.training.batch) for config in configs)
    yield "learning rate", _all(f"AdamW {config.training.learning_rate:g}" for config in configs)


def _network(config: RunConfig) -> str:
    network = config.network
    sizes = "-".join(map(str, network.widths)) if network.widths else network.preset
    return f"{sizes} {network.hidden_activation or ''}".strip()


def _all(values: Iterator[str]) -> str:
    """All that occur, the first ones where they are many."""
    found = list(dict.fromkeys(values))
    return ", ".join(found[:6]) + (f", … ({len(found)})" if len(found) > 6 else "")


def _result(result: Result) -> Iterator[str]:
    verdicts = [claim["verdict"] for claim in result["claims"]]
    yield f"## Result, {result['scale']} scale\n"
    yield f"```sh\n{result['command']}\n```\n"
    yield (
        f"{verdicts.count('holds')} of {len(verdicts)} claims hold in every network. It took "
        f"{seconds(result['seconds'])} (training and measuring, one thread) on "
        f"{result['machine']}, torch {result['versions']['torch']}, {result['date']}.\n"
    )
    for figure in result["figures"]:
        picture = f"{result['folder'].name}/{figure}"
        yield f"![{Path(figure).stem}, a figure of the study](../../results/studies/{picture})\n"
    yield "### Claims and verdicts\n"
    for claim in result["claims"]:
        yield _claim(claim)
    for path in sorted(result["folder"].glob("*.csv")):
        yield f"<details><summary>Table: {path.stem}</summary>\n"
        yield f"{_written(pd.read_csv(path))}\n</details>\n"


def _written(values: pd.DataFrame) -> str:
    """A study's table, numbers by three digits and whole ones as they are."""
    shown = values.map(lambda v: f"{v:.3g}" if isinstance(v, float) else str(v))
    return table(list(shown), shown.mask(values.isna(), "–").to_numpy().tolist())


def _claim(claim: dict[str, Any]) -> str:
    told = [
        ("published", claim["published"] or "–"),
        ("here", claim["measured"]),
        ("chance gives", claim["null"]),
        ("refuted by", claim["refuted_by"]),
    ]
    lines = [f"**{cell(claim['statement'])}**", f": **{claim['verdict']}**"]
    return "\n".join([*lines, *(f"  - {name}: {cell(text)}" for name, text in told), ""])


def keep(
    folder: Path, figures: list[Path], out: Path, *, command: str, machine: str, date: str
) -> Path:
    """Copy what the site shows of a study's folder: claims, seconds, versions, figures, tables."""
    from infoplane.runs.analyses.kept import kept_seconds
    from infoplane.runs.ensembles.ensemble import read_ensemble
    from infoplane.runs.run import Run
    from infoplane.runs.storage.folder import RunFolder
    from infoplane.runs.texts.run import RECORD

    result = json.loads((folder / "claims.json").read_text("utf-8"))
    paths = [folder.parent / name for name in result["runs"].values()]
    texts = [folder.parent / f"text-{name}" for name in result.get("texts", {}).values()]
    clocks = [Run(RunFolder(path).config(), path).seconds for path in paths]
    took = [float(clock[["training", "observing"]].sum().sum()) for clock in clocks]
    took += [float(RunFolder(path).status()["message"].split()[0]) for path in texts]
    ensembles = result.get("ensembles", {}).values()
    took += [read_ensemble(folder.parent / f"ensemble-{name}").seconds for name in ensembles]
    record = [*(path / "config.json" for path in paths), *(path / RECORD for path in texts)][0]
    result |= {
        "figures": [path.name for path in figures],
        "command": command,
        "machine": machine,
        "date": date,
        "seconds": sum(took) + sum(kept_seconds(path) for path in paths),
        "versions": json.loads(record.read_text("utf-8"))["versions"],
    }
    kept = out / folder.name
    kept.mkdir(parents=True, exist_ok=True)
    tables = [path for path in folder.glob("*.csv") if len(pd.read_csv(path)) <= ROWS]
    for path in (*figures, *tables):
        shutil.copy(path, kept)
    (kept / "result.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    return kept
