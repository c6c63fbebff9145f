"""Checkpoints by name: each measured once, on the same tokens, as ``language_plane`` measures."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

pytest.importorskip("transformers", reason="Transformers is not installed")

from saved_models import LENGTH, TEXTS, save_gpt

from infoplane.checkpoints import measuring
from infoplane.checkpoints.command import carry_out
from infoplane.checkpoints.measuring import CheckpointOptions, measure, steps_of
from infoplane.errors import InfoplaneError
from infoplane.language.loading import causal_model
from infoplane.language.plane import language_plane


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two checkpoints and a text."""
    folder = tmp_path_factory.mktemp("checkpoints")
    for step in (0, 100):
        save_gpt(folder / f"step{step}", seed=step)
    (folder / "text.txt").write_text("\n\n".join(TEXTS))
    return folder


@pytest.fixture(scope="module")
def options(folder: Path) -> CheckpointOptions:
    names = tuple(str(folder / f"step{step}") for step in (100, 0))
    return CheckpointOptions(names, str(folder / "text.txt"), texts=30, length=20)


@pytest.fixture(scope="module")
def planes(options: CheckpointOptions, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return measure(options, tmp_path_factory.mktemp("measured") / "out")


def test_each_is_measured_as_by_hand(options: CheckpointOptions, planes: pd.DataFrame) -> None:
    model, tokenizer = causal_model(options.models[0])
    texts = measuring._texts(options)
    assert len(texts) == 30
    tokenizer.pad_token = tokenizer.eos_token
    tokens = tokenizer(texts, padding=True, truncation=True, max_length=20, return_tensors="pt")
    by_hand = language_plane(model, tokens)
    found = planes[planes["step"] == 100].drop(columns=["checkpoint", "step"])
    pd.testing.assert_frame_equal(found.reset_index(drop=True), by_hand)
    assert planes["step"].drop_duplicates().tolist() == [0, 100]
    assert planes["null_mean"].notna().all()


@pytest.mark.parametrize(
    ("models", "steps"),
    [
        (("a/p-70m@step8", "a/p-70m@step0"), [("a/p-70m@step0", 0), ("a/p-70m@step8", 8)]),
        (("x/check-20", "x/check-5"), [("x/check-5", 5), ("x/check-20", 20)]),
        (("base", "step-3"), [("base", 0), ("step-3", 1)]),
        (("pythia-70m", "opt-70m"), [("pythia-70m", 0), ("opt-70m", 1)]),
    ],
)  # fmt: skip
def test_steps_are_those_of_the_names(models: tuple[str, ...], steps: list) -> None:
    assert list(steps_of(models).items()) == steps


def test_a_checkpoint_is_measured_once(
    options: CheckpointOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []

    def load(name: str, **more: Any) -> Any:
        loaded.append(name)
        return causal_model(name, **more)

    monkeypatch.setattr(measuring, "causal_model", load)
    first = dataclasses.replace(options, models=options.models[:1])
    measure(first, tmp_path / "out")
    both = measure(options, tmp_path / "out")
    assert loaded == list(options.models)
    assert both.groupby("step")["bits"].count().nunique() == 1
    save_gpt(Path(options.models[0]), seed=100)  # the same again, but who knows
    assert measure(options, tmp_path / "out").equals(both)
    assert loaded == [*options.models, options.models[0]]
    with pytest.raises(InfoplaneError, match="estimates of other texts or options"):
        measure(dataclasses.replace(options, length=19), tmp_path / "out")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(InfoplaneError, match="holds something else"):
        measure(options, tmp_path / "other")


def test_more_directions_are_asked_for_as_of_any_estimator(
    options: CheckpointOptions, tmp_path: Path
) -> None:
    one = dataclasses.replace(options, models=options.models[:1])
    found = measure(dataclasses.replace(one, estimator="soft-entropy(references=20)"), tmp_path)
    assert found["resolution"].str.startswith("m = 20 directions").all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"texts": 0}, "texts is 0; give 1 or more"),
        ({"models": ()}, "the models are none"),
        ({"models": ("a", "a")}, "the models are a, a; give one or more, each once"),
        ({"estimator": "ksg"}, "planes of language models are by soft-entropy"),
        ({"estimator": "soft-entropy(permutations=3)"}, "always with its null"),
        ({"length": LENGTH + 1}, f"reads {LENGTH} tokens at most; give --length {LENGTH} or less"),
        ({"text": "no/where.txt"}, "there is no file"),
    ],
)
def test_refusals(options: CheckpointOptions, tmp_path: Path, change: dict, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        measure(dataclasses.replace(options, **change), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_other_tokens_are_no_checkpoint(
    options: CheckpointOptions, folder: Path, tmp_path: Path
) -> None:
    from transformers import AutoTokenizer

    other = save_gpt(tmp_path / "step7")
    tokenizer = AutoTokenizer.from_pretrained(other)
    tokenizer.add_tokens(["the", "text"])
    tokenizer.save_pretrained(other)
    changed = dataclasses.replace(options, models=(str(folder / "step0"), str(other)))
    with pytest.raises(InfoplaneError, match=r"step7 reads the texts as other tokens than .*step0"):
        measure(changed, tmp_path / "out")


def test_all_is_written_and_printed(
    options: CheckpointOptions, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    carry_out(options, tmp_path / "out")
    said = capsys.readouterr().out
    for part in ("I(X;T)", "null", "above it", "shared", "expansion and compression", "embedding"):
        assert part in said
    written = {path.name for path in (tmp_path / "out" / "figures").iterdir()}
    assert written == {f"{n}.{k}" for n in ("planes", "course", "paths") for k in ("png", "svg")}
    again = pd.read_parquet(tmp_path / "out" / "planes.parquet")
    assert set(again["checkpoint"]) == set(options.models)
    assert torch.isfinite(torch.tensor(again["bits"].to_numpy())).all()
