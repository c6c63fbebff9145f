"""The list of runs: what sets each apart is said, and no two look alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from infoplane import report
from infoplane.data.config import DataConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.runs.per_member import EachConfig
from infoplane.runs.query.differences import set_apart
from infoplane.runs.storage.folder import RunFolder
from infoplane.studies.arpit_2017 import study as arpit_2017
from infoplane.studies.study import StudyOptions
from infoplane.studies.zhang_2017 import study as zhang_2017
from infoplane.training.config import TrainingConfig

USUAL = RunConfig()
UNIFORM = (0.5, 0.5, 0.5, 0.5)


def claimed(configs: Iterable[RunConfig], folder: Path) -> Path:
    """Return a folder of runs that have only begun."""
    for config in configs:
        run = RunFolder(folder / config.id)
        run.path.mkdir(parents=True)
        run.claim(config, {})
    return folder


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (USUAL, ""),
        (RunConfig(training=TrainingConfig(weight_decay=5e-4)), "weight decay 0.0005"),
        (RunConfig(training=TrainingConfig(augmentation="crop-and-flip")), "crop-and-flip"),
        (RunConfig(training=TrainingConfig(label_smoothing=0.1)), "label smoothing 0.1"),
        (RunConfig(training=TrainingConfig(patience=3)), "patience 3"),
        (RunConfig(network=NetworkConfig(dropout=0.5, batch_norm=True)), "dropout 0.5, batch norm"),
        (RunConfig(data=DataConfig(pixels="shuffled")), "shuffled pixels"),
        (RunConfig(members=2, each=EachConfig(weight_decays=(0, 1e-3))), "weight decays 0,0.001"),
        (RunConfig(seed=1), ""),  # said only beside another seed
    ],
)
def test_regularizers_are_always_said(config: RunConfig, said: str) -> None:
    assert set_apart([config], [()]) == [said]


def test_of_runs_that_look_alike_all_that_differs_is_said() -> None:
    """Where it is not the default."""
    training = TrainingConfig(learning_rate=0.01)
    decayed = replace(training, weight_decay=0.1)
    matrix = DataConfig("12-bit", labels="matrix", transition=UNIFORM)
    configs = [
        *(USUAL, RunConfig(seed=1), RunConfig(seed=1, training=training)),
        RunConfig(training=decayed),  # alone in its kind
        RunConfig(training=replace(USUAL.training, device="cpu")),  # the same run elsewhere
        *(RunConfig(data=matrix), RunConfig(data=matrix, network=NetworkConfig(bias=False))),
        RunConfig(data=DataConfig("12-bit")),
    ]
    assert set_apart(configs, [(config.data.name,) for config in configs]) == [
        *("", "seed 1", "learning rate 0.01, seed 1"),
        "weight decay 0.1",
        "",
        "labels matrix, transition 0.5,0.5,0.5,…",
        "labels matrix, transition 0.5,0.5,0.5,…, no bias",
        "",
    ]


def test_how_a_run_is_looked_at_is_said_only_of_one_training() -> None:
    often = ObservingConfig(schedule="every", every=2)
    configs = [USUAL, RunConfig(seed=1, observing=often)]
    assert set_apart(configs, [(), ()]) == ["", "seed 1"]
    configs.append(RunConfig(observing=often))
    assert set_apart(configs, [()] * 3) == ["", "seed 1", "schedule every, every 2"]


@pytest.mark.parametrize("study", [zhang_2017, arpit_2017])
def test_no_two_runs_of_a_study_look_alike(
    study, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    configs = {config.id: config for config in study.configure(StudyOptions()).values()}
    report.print_runs(claimed(configs.values(), tmp_path))
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()[1:]]
    assert {run for run, _ in lines} == set(configs)  # one line each
    assert len({line.strip() for _, line in lines}) == len(configs)


def test_nothing_is_lost_in_a_narrow_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = zhang_2017.configure(StudyOptions())
    both = configs["alexnet, crop and weight decay"], configs["mlp-1x512, weight decay"]
    claimed(both, tmp_path)
    for width in (100, 70):
        monkeypatch.setattr(report, "plain_console", lambda width=width: Console(width=width))
        report.print_runs(tmp_path)
        out = capsys.readouterr().out
        assert max(map(len, out.splitlines())) <= width
        assert "…" not in out
        assert re.search(r"^\w+ +cifar10 +true .* weight decay 0.0001 ", out, re.M) or width < 100
