"""Causal models by name: loaded whole with their tokenizer, or refused in one sentence."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

transformers: Any = pytest.importorskip("transformers", reason="Transformers is not installed")

from saved_models import save_gpt, tokenizer  # noqa: E402

from infoplane.data import hub  # noqa: E402
from infoplane.errors import InfoplaneError  # noqa: E402
from infoplane.language import loading  # noqa: E402
from infoplane.language.loading import causal_model  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_gpt(tmp_path_factory.mktemp("models") / "gpt")


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_answers", lambda endpoint: False)


def test_it_is_the_model_that_was_saved(folder: Path) -> None:
    model, reader = causal_model(str(folder))
    again = transformers.AutoModelForCausalLM.from_pretrained(folder)
    for name, value in again.state_dict().items():
        assert torch.equal(model.state_dict()[name], value)
    assert not model.training
    assert reader("the 3th")["input_ids"] == tokenizer()("the 3th")["input_ids"]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_precision_is_as_saved(copy: Path, dtype: torch.dtype) -> None:
    model = transformers.AutoModelForCausalLM.from_pretrained(copy)
    model.to(dtype).save_pretrained(copy)
    assert next(causal_model(str(copy)).model.parameters()).dtype == dtype


def test_transformers_says_nothing_and_is_as_before(
    folder: Path, capfd: pytest.CaptureFixture
) -> None:
    from transformers.utils import logging

    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    causal_model(str(folder))
    with pytest.raises(InfoplaneError, match="no folder"):
        causal_model("/no/where")
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before
    assert capfd.readouterr() == ("", "")


def test_without_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(InfoplaneError, match=r"gpt2 needs Transformers .* pip install"):
        causal_model("gpt2")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/no/where", "there is no folder '/no/where'"),
        ("./where", "there is no folder './where'"),
        ("@step1", "there is no folder '@step1'"),
        ("nobody/nothing@step1", "nobody/nothing@step1 is no model .* the hub does not answer"),
    ],
)
@pytest.mark.usefixtures("no_network")
def test_what_is_not_there(name: str, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        causal_model(name)


def test_a_revision_is_asked_for(folder: Path) -> None:
    asked: dict[str, Any] = {}

    def of_hub(place: str, **options: Any) -> Any:
        asked[place] = options.pop("revision")
        return transformers.AutoTokenizer.from_pretrained(folder, **options)

    reader = type("Of the hub", (), {"from_pretrained": staticmethod(of_hub)})
    place, revision = loading._place_of("EleutherAI/pythia-70m@step512")
    loading._loaded("pythia", False, reader, place, trust_remote_code=False, **revision)
    assert asked == {"EleutherAI/pythia-70m": "step512"}


def test_weights_that_are_missing_are_not_made_up(copy: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    del weights["gpt_neox.layers.1.mlp.dense_h_to_4h.bias"]
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    with pytest.raises(InfoplaneError, match=r"no weights for gpt_neox.layers.1.*would be random"):
        causal_model(str(copy))


def test_a_tokenizer_that_is_missing_is_not_made_up(copy: Path) -> None:
    for path in copy.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(InfoplaneError, match="no tokenizer that reads text"):
        causal_model(str(copy))


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    save_gpt(tmp_path, vocabulary=100)
    with pytest.raises(InfoplaneError, match="knows 100 tokens, and its tokenizer writes number"):
        causal_model(str(tmp_path))


def test_a_model_that_sees_ahead_is_refused(tmp_path: Path) -> None:
    config = transformers.BertConfig(
        vocab_size=320,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    transformers.BertLMHeadModel(config).save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    with pytest.raises(InfoplaneError, match="no causal model: its layers change with tokens"):
        causal_model(str(tmp_path))


def test_code_of_a_model_is_not_executed(copy: Path) -> None:
    own = {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}
    (copy / "config.json").write_text(json.dumps({"model_type": "own", "auto_map": own}))
    (copy / "own.py").write_text("raise SystemExit")
    with pytest.raises(InfoplaneError, match="code of its own, which is not executed"):
        causal_model(str(copy))


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_damage_is_one_sentence(copy: Path, file: str) -> None:
    (copy / file).write_bytes((copy / file).read_bytes()[:40])
    with pytest.raises(InfoplaneError, match=r"no model that can be loaded: .*; give a folder"):
        causal_model(str(copy))
