"""Looks at the planes of GPTs in training: each at its step, once, also where a run was killed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from infoplane.language.blocks import TextConfig
from infoplane.language.looks import USUAL, PlaneConfig, look_at
from infoplane.language.training import GPTTraining, states_of
from infoplane.runs.texts import run as texts
from infoplane.runs.texts.config import GPTConfig, TextRunConfig
from infoplane.runs.texts.measuring import LOOKED, material
from infoplane.runs.texts.run import TextRun, read_text, run_text

PLANES = PlaneConfig((0, 4, 6), texts=12, other_texts=8, centred=True)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> TextRunConfig:
    text = tmp_path_factory.mktemp("text") / "text.txt"
    lines = [f"number {i} of these lines comes after {i - 1}, before {i + 1}." for i in range(80)]
    text.write_text("\n\n".join(lines))
    return TextRunConfig(
        TextConfig(str(text), length=16, held_out=0.3),
        GPTConfig(layers=1, width=8, heads=2),
        GPTTraining(steps=6, batch=4),
        planes=PLANES,
        looks=2,
        members=2,
        device="cpu",
    )  # fmt: skip


@pytest.fixture(scope="module")
def done(config: TextRunConfig, tmp_path_factory: pytest.TempPathFactory) -> TextRun:
    return run_text(config, out=tmp_path_factory.mktemp("run") / "whole")


def test_every_network_is_looked_at_when_asked(done: TextRun) -> None:
    for name in LOOKED:
        table = done.read(name)
        assert sorted(table.groupby(["member", "step"]).size().index) == [
            (member, step) for member in range(2) for step in PLANES.looks
        ]


def test_the_last_look_is_at_the_network_that_is_kept(config: TextRunConfig, done: TextRun) -> None:
    from safetensors.torch import load_file

    from infoplane.networks.transformer import Transformer

    given = material(config)
    size = config.network.size(vocabulary=given.text.vocabulary, length=16)
    network = Transformer(size, seed=0)
    weights = load_file(done.path / "weights.safetensors")
    network.load_state_dict({name: value[1] for name, value in weights.items()})
    found = look_at(network, given.unseen, PLANES, hidden_states=states_of(network))
    for name in LOOKED:
        rows = done.read(name).query("member == 1 and step == 6").drop(columns=["member", "step"])
        pd.testing.assert_frame_equal(rows.reset_index(drop=True), found[name], rtol=1e-5)


def test_killed_it_looks_once_at_each_step(
    config: TextRunConfig, done: TextRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "CHECKPOINT_SECONDS", 0.0)
    measured = texts.looks

    def killed(training, *others):
        if training.step == 6:
            raise KeyboardInterrupt
        return measured(training, *others)

    monkeypatch.setattr(texts, "looks", killed)
    with pytest.raises(KeyboardInterrupt):
        run_text(config, out=tmp_path / "run")
    asked = []
    monkeypatch.setattr(texts, "looks", lambda t, *o: (asked.append(t.step), measured(t, *o))[1])
    again = run_text(config, out=tmp_path / "run")
    assert asked == [6]
    for name in LOOKED:
        pd.testing.assert_frame_equal(again.read(name), done.read(name))


def test_a_run_without_planes_has_none(config: TextRunConfig, tmp_path: Path) -> None:
    run = run_text(replace(config, planes=None, members=1), out=tmp_path / "run")
    assert not (run.path / "planes.parquet").exists()
    assert read_text(run.path).config.planes is None


def test_its_configuration_comes_back(done: TextRun) -> None:
    again = read_text(done.path)
    assert again.config == done.config
    assert again.config.planes is not None
    rows = again.read("planes")
    usual = rows[(rows["estimator"] == USUAL) & (rows["texts"] == 12)]
    assert (usual["n"] == 12 * 11).all()
