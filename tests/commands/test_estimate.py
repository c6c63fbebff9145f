"""``infoplane estimate``: files or a language model, and options that are of the other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from saved_models import TEXTS, save_gpt

from infoplane.commands.estimate import EstimateCommand
from infoplane.errors import InfoplaneError

FILES = EstimateCommand(files=("layer.npy",), labels="y.npy")
MODEL = EstimateCommand(model=("folder",))


@pytest.mark.parametrize(
    ("command", "change", "message"),
    [
        (FILES, {"text": "some.txt"}, "--text and files are given; --text is not of saved"),
        (FILES, {"texts": 3}, "--texts and files are given"),
        (FILES, {"device": "cuda"}, "--device and files are given"),
        (FILES, {"labels": None}, "there are no files or no labels"),
        (FILES, {"files": ()}, "there are no files or no labels"),
        (MODEL, {"files": ("layer.npy",)}, "files and --model are given; files is not of language"),
        (MODEL, {"seen_labels": "y.npy"}, "--seen-labels and --model are given"),
        (MODEL, {"bins": 4}, "--bins and --model are given"),
        (MODEL, {"estimators": ("soft-entropy", "ksg")}, "estimators has 2; of language models"),
    ],
)
def test_options_of_the_other_kind_are_refused(
    command: EstimateCommand, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InfoplaneError, match=message):
        replace(command, **change)()


def test_what_is_asked_reaches_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    import infoplane.checkpoints.command as of_models
    import infoplane.saved_activations.command as of_files

    asked: list[Any] = []

    def carry_out(options: Any, out: Path) -> pd.DataFrame:
        asked.append((options, out))
        return pd.DataFrame({"step": [0]})

    for module in (of_models, of_files):
        monkeypatch.setattr(module, "carry_out", carry_out)
    replace(FILES, bins=4, seed=2)()
    replace(MODEL, texts=5, estimators=("soft-entropy(references=9)",), out=Path("there"))()
    (files, _), (models, out) = asked
    assert (files.files, files.labels, files.bins, files.seed) == (FILES.files, "y.npy", 4, 2)
    assert (models.models, models.texts, models.text) == (("folder",), 5, "docstrings")
    assert (models.estimator, out) == ("soft-entropy(references=9)", Path("there"))


def test_checkpoints_of_a_training_are_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("transformers", reason="Transformers is not installed")
    models = tuple(str(save_gpt(tmp_path / f"step{step}", seed=step)) for step in (0, 10, 20))
    text = tmp_path / "text.txt"
    text.write_text("\n\n".join(TEXTS))
    several = EstimateCommand(model=models, text=str(text), texts=20, length=12)
    replace(several, model=models[:1], out=tmp_path / "one")()
    assert not (tmp_path / "one" / "claims.json").exists()
    assert "verdict" not in capsys.readouterr().out
    replace(several, out=tmp_path / "three")()
    told = json.loads((tmp_path / "three" / "claims.json").read_text())
    statements = [claim["statement"] for claim in told["claims"]]
    assert told["study"] == "conklin-2026"
    assert any("expands" in statement for statement in statements)
    assert f"of {len(statements)} claims hold" in capsys.readouterr().out
