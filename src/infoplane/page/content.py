"""What a page holds, as plain JSON values: pure functions of what was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from infoplane.figures import training_points
from infoplane.figures.drawing import style
from infoplane.names import CLEAN, CORRUPTED, TEST, TRAIN, M
from infoplane.page.colours import on_both
from infoplane.page.columns import MOST_EPOCHS, at_epochs, packed, plain, thinned
from infoplane.page.comparison import differing_keys, final_values
from infoplane.page.examples import shown_examples
from infoplane.page.made import made, study_command
from infoplane.page.planes import information_planes, layers, memorized_plane
from infoplane.page.reading import ReadRun
from infoplane.runs.config import RunConfig
from infoplane.runs.described import describe

EPOCHS, FEWEST_EPOCHS = 2000, 50  # of all runs together; of each at least
CLAIM = ("statement", "published", "measured", "null", "refuted_by", "verdict", "unit", "of")
COLOURS = {  # of what is no layer and no curve of training
    "learned": style.SUBSETS[TRAIN],
    "memorized": style.SUBSETS[TEST],
    "control": style.MUTED,
    "input": style.SUBSETS[CLEAN],
    "label": style.SUBSETS[CORRUPTED],
    "shuffled": style.MUTED,
    "clean": style.SUBSETS[CLEAN],
    "corrupted": style.SUBSETS[CORRUPTED],
}


def page_content(runs: Sequence[ReadRun], studies: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    """Return what a page shows of runs and the studies they belong to.

    Args:
        runs: the runs, in the order they are shown.
        studies: the contents of their ``claims.json``.

    Returns:
        ``title``, ``runs``, ``studies`` and the colours of ``subsets`` and other lines, of plain
        JSON values: text, numbers of six digits, lists and dictionaries. Tables are packed as
        ``columns.packed`` says.

    Raises:
        InfoplaneError: where a table of a run cannot be drawn.
    """
    return page_frame(runs, studies) | {"runs": [run_content(run, of=len(runs)) for run in runs]}


def page_frame(runs: Sequence[ReadRun], studies: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    """Return what a page shows of runs together: all but ``runs``, as in ``page_content``."""
    configs = {run.config.id: run.config for run in runs}
    shown = [_study(study, configs) for study in studies]
    names = [study["name"] for study in shown] or [run.name for run in runs[:3]]
    more = f" and {len(runs) - 3} more" if len(runs) > 3 and not shown else ""
    title = ", ".join(dict.fromkeys(names)) + more
    subsets = list(dict.fromkeys(name for run in runs for name in run.training["subset"].unique()))
    return {
        "title": title,
        "studies": shown,
        "differing": differing_keys([run.config for run in runs]),
        "subsets": {name: on_both(c) for name, c in style.subset_colours(subsets).items()},
        "colours": {name: on_both(colour) for name, colour in COLOURS.items()},
    }


def run_content(run: ReadRun, *, of: int = 1) -> dict[str, Any]:
    """Return what a page shows of one run, less where it is one ``of`` many."""
    rows = run.measurements
    known = {*rows["epoch"].unique().tolist(), *run.training["epoch"].unique().tolist()}
    looks = set(rows.loc[rows["quantity"] == M, "epoch"].unique().tolist())
    epochs = thinned(known, looks, most=max(FEWEST_EPOCHS, min(MOST_EPOCHS, EPOCHS // of)))
    rows = at_epochs(rows, epochs)  # what is left out need not be averaged
    return {
        "name": run.name,
        "about": describe(run.config),
        "epochs": epochs,
        "measured_epochs": len(known),
        "layers": layers(rows),
        "memorized": memorized_plane(rows, epochs),
        "planes": information_planes(rows, epochs),
        "training": packed(at_epochs(training_points(run.training), epochs)),
        "examples": shown_examples(run.examples, run.inputs, histories=run.histories, of=of),
        "no_inputs": run.no_inputs,
        "ends": final_values(rows, run.training),
        "made": made(run.config, run.recorded, run.status, run.seconds),
    }


def _study(study: dict[str, Any], configs: dict[str, RunConfig]) -> dict[str, Any]:
    own_configs = [configs[str(run)] for run in study["runs"].values() if str(run) in configs]
    return {
        "name": str(study.get("study", "")),
        "source": str(study.get("source", "")),
        "scale": str(study.get("scale", "")),
        "command": study_command(study, own_configs),
        "claims": [_claim(claim) for claim in study["claims"] if isinstance(claim, dict)],
    }


def _claim(claim: dict[str, Any]) -> dict[str, Any]:
    """One claim; studies of earlier versions lack some of its keys."""
    values = claim.get("values") or []
    return {
        **{key: str(claim.get(key) or "") for key in CLAIM},
        "interval": [plain(end) for end in claim.get("interval") or []],
        "values": [plain(value) for value in values],
        "holds": [bool(each) for each in claim.get("holds") or []],
    }
