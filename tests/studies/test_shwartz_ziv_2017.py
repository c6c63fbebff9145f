"""The studies of the 12-bit task and of the estimators, made tiny: claims and figures come out."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from infoplane.data.config import DataConfig
from infoplane.runs.config import RunConfig
from infoplane.studies.catalogue import find_study
from infoplane.studies.study import Study, StudyOptions, carry_out

FIGURES = {
    "szt-planes": {"moments", "plane", "information"},
    "szt-sample-size": {"planes"},
    "szt-layers": {"planes"},
    "szt-gradients": {"gradients", "information"},
    "szt-activations": {"planes"},
    "saxe-2018": {"planes-12-bit", "sweep-12-bit-tanh", "sweep-12-bit-relu", "planes-digits",
                  "sweep-digits-tanh", "sweep-digits-relu"},
    "estimators-disagree": {"estimators"},
}  # fmt: skip


def shrink(config: RunConfig) -> RunConfig:
    """Return the same run with few epochs, looks, members and examples."""
    observing = dataclasses.replace(config.observing, points=4, permutations=2)
    some = tuple(
        f"{e.removesuffix(')')}{', ' if '(' in e else '('}permutations=2)"
        for e in observing.estimators
        if e.split("(")[0] in ("ross", "bins", "kde-upper")
    )
    size = min(config.data.train_size or 300, 300)
    return dataclasses.replace(
        config,
        data=dataclasses.replace(config.data, train_size=size),
        training=dataclasses.replace(config.training, epochs=12),
        observing=dataclasses.replace(observing, estimators=some, estimator_examples=100),
        members=2,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_a_study_from_runs_to_verdicts(name: str, tmp_path: Path) -> None:
    study = find_study(name)
    data = "digits" if name in ("saxe-2018", "estimators-disagree") else None
    configs = {n: shrink(c) for n, c in study.configure(StudyOptions(data=data)).items()}
    tiny = dataclasses.replace(study, configure=lambda _: configs)
    verdicts = carry_out(tiny, StudyOptions(), out=tmp_path)
    assert {path.stem for path in verdicts.path.glob("*.png")} == FIGURES[name]
    assert all(len(claim.values) == 2 for claim in verdicts.claims)
    assert len(verdicts.claims) >= 4
    assert len(json.loads((verdicts.path / "claims.json").read_text(encoding="utf-8"))["claims"])


def test_the_precision_asked_for_is_that_of_every_run(
    tmp_path: Path, drawn_runs: list[Path]
) -> None:
    configs = {"12-bit": shrink(find_study("szt-planes").configure(StudyOptions())["12-bit"])}
    study = Study("tiny", "", "", lambda _: configs, lambda _: [], lambda _: {})
    (run,) = carry_out(study, StudyOptions(dtype="bfloat16"), out=tmp_path).runs.values()
    assert run.config.training.dtype == "bfloat16"
    assert drawn_runs[-1] == run.path
    assert run.config.id != configs["12-bit"].id


def test_full_size_is_fifty_networks_and_ten_thousand_epochs() -> None:
    for name in FIGURES:
        if name.startswith("szt"):
            for config in find_study(name).configure(StudyOptions(scale="paper")).values():
                assert (config.members, config.training.epochs) == (50, 10_000)
                assert config.data == dataclasses.replace(
                    DataConfig("12-bit"), train_size=config.data.train_size
                )
