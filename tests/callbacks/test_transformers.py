"""The Trainer of Transformers, with one callback more: all is watched, and nothing changes."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from datasets import Dataset
from torch import nn

transformers: Any = pytest.importorskip("transformers", reason="Transformers is not installed")
pytest.importorskip("accelerate", reason="accelerate, which its Trainer needs, is not installed")

from infoplane import InfoplaneError, load_plane  # noqa: E402
from infoplane.callbacks import TransformersCallback  # noqa: E402

pytestmark = pytest.mark.long

N, WORDS, PLACES = 96, 30, 8
CHEAP = {"memorization": "knn", "reduce": "mean"}


def texts(n: int, seed: int) -> Dataset:
    """Sentences of unequal length, whose label is told by their first word."""
    draw = torch.Generator().manual_seed(seed)
    rows = []
    for _ in range(n):
        ids = torch.randint(
            1, WORDS, (int(torch.randint(2, PLACES, (1,), generator=draw)),), generator=draw
        )
        rows.append(
            {"input_ids": ids.tolist(), "label": int(ids[0] > WORDS // 2), "source": "made"}
        )
    return Dataset.from_list(rows)


TRAIN, TEST = texts(N, 0), texts(48, 1)


def padded(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Collate as tokenizers do: to the longest of a batch."""
    most = max(len(item["input_ids"]) for item in items)
    ids = [item["input_ids"] + [0] * (most - len(item["input_ids"])) for item in items]
    mask = [[int(i < len(item["input_ids"])) for i in range(most)] for item in items]
    labels = torch.tensor([item["label"] for item in items])
    return {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask), "labels": labels}


def bert() -> Any:
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=WORDS,
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=PLACES,
    )
    return transformers.BertForSequenceClassification(config)


def trained(
    folder: Path, callback: Any = None, *, model: Any = None, resume: Any = None, **options: Any
) -> tuple[Any, Any]:
    model = model or bert()
    own = {"train_dataset": TRAIN, "data_collator": padded}
    own = {name: options.pop(name, value) for name, value in own.items()}
    given = {
        "num_train_epochs": 2,
        "per_device_train_batch_size": 16,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": True,
        "disable_tqdm": True,
        "learning_rate": 1e-3,
        "dataloader_pin_memory": False,
    }
    arguments = transformers.TrainingArguments(str(folder / "out"), **(given | options))
    trainer = transformers.Trainer(
        model, arguments, callbacks=[] if callback is None else [callback], **own
    )
    trainer.train(resume_from_checkpoint=resume)
    return trainer, model


@pytest.mark.parametrize(
    "options", [{}, {"gradient_accumulation_steps": 4, "dataloader_num_workers": 1}]
)
def test_one_line_watches_layers_and_examples(tmp_path: Path, options: Any) -> None:
    callback = TransformersCallback(test=TEST, folder=tmp_path / "plane", **CHEAP)
    trainer, model = trained(tmp_path, callback, **options)
    table = callback.plane.table()
    assert sorted(set(table["epoch"])) == [0, 1, 2]
    assert set(table["subset"]) == {"train", "test"}
    assert {"bert.encoder.layer.0", "bert.encoder.layer.1", "logits"} <= set(table["layer"])
    assert (callback.tracker._sums[:, 0] == 2).all()
    assert callback.tracker._label.tolist() == TRAIN["label"]
    assert load_plane(tmp_path / "plane").table()["bits"].equals(table["bits"])
    kept = [entry for entry in trainer.state.log_history if "infoplane/learned/logits" in entry]
    assert [entry["epoch"] for entry in kept] == [0, 1, 2]
    assert not any(m._forward_hooks for m in model.modules())


class Stopping(transformers.TrainerCallback):
    """An exception of the user, in the middle of an epoch."""

    def on_step_end(self, *_: Any, **__: Any) -> None:
        raise ValueError("of the user")


def test_given_examples_keep_their_test_part_and_a_failed_training_leaves_no_second_hook(
    tmp_path: Path,
) -> None:
    callback, model = TransformersCallback(TRAIN, test=TEST, **CHEAP), bert()
    callback.on_step_end = Stopping().on_step_end
    with pytest.raises(ValueError, match="of the user"):
        trained(tmp_path, callback, model=model)
    del callback.on_step_end
    trained(tmp_path, callback, model=model)
    assert set(callback.plane.table()["subset"]) == {"train", "test"}
    assert (callback.tracker._sums[:, 0] == 2).all()
    assert not any(m._forward_hooks for m in model.modules())


def test_training_is_the_same_bit_for_bit(tmp_path: Path) -> None:
    _, alone = trained(tmp_path)
    _, watched = trained(tmp_path, TransformersCallback(test=TEST, **CHEAP))
    state = alone.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in watched.state_dict().items())


@pytest.mark.parametrize("at", [6, 9])
def test_resumed_it_goes_on_from_the_checkpoint(tmp_path: Path, at: int) -> None:
    """Also from the middle of an epoch, where the Trainer leaves out what it has trained on."""
    whole = TransformersCallback(test=TEST, **CHEAP)
    trained(tmp_path, whole, save_strategy="steps", save_steps=at)
    again = TransformersCallback(test=TEST, **CHEAP)
    trained(tmp_path, again, resume=str(tmp_path / "out" / f"checkpoint-{at}"))
    pd.testing.assert_frame_equal(again.plane.table(), whole.plane.table())
    pd.testing.assert_frame_equal(again.tracker.scores(), whole.tracker.scores())
    assert again.plane.watched.id == whole.plane.watched.id


def test_images_of_a_vision_transformer(tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = transformers.ViTConfig(
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=8,
        patch_size=4,
        num_channels=1,
        num_labels=2,
    )
    y = torch.arange(N) % 2
    x = torch.randn(N, 1, 8, 8) + y[:, None, None, None]
    callback = TransformersCallback(test=({"pixel_values": x[:48]}, y[:48]), **CHEAP)
    trained(
        tmp_path,
        callback,
        model=transformers.ViTForImageClassification(config),
        train_dataset=Dataset.from_dict({"pixel_values": x.tolist(), "labels": y.tolist()}),
        data_collator=None,
    )
    assert sum("layer." in name or "layers." in name for name in callback.plane.layers) == 2
    assert callback.tracker._label.tolist() == y.tolist()


def test_what_it_reports_to_gets_scalars_and_the_plane(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    trained(tmp_path, TransformersCallback(**CHEAP, examples=False), report_to="tensorboard")
    read = EventAccumulator(str(tmp_path / "out" / "runs" / "infoplane")).Reload()
    assert [s.step for s in read.Scalars("infoplane/I(T;Y) train/logits")] == [0, 6, 12]
    assert [i.step for i in read.Images("infoplane/plane")] == [0, 6, 12]


class Regression(nn.Module):
    """Puts out one number for each example, in training alone."""

    def __init__(self) -> None:
        super().__init__()
        self.bert = bert()

    def forward(self, input_ids: Any, attention_mask: Any, labels: Any = None) -> Any:
        logits = self.bert(input_ids, attention_mask).logits
        return {"loss": logits.sum(), "logits": logits if labels is None else logits[:, 0]}


def test_examples_that_cannot_be_followed_are_said_once(tmp_path: Path) -> None:
    callback = TransformersCallback(**CHEAP)
    with pytest.warns(UserWarning, match="the model put out") as caught:
        trained(tmp_path, callback, model=Regression())
    assert sum("not followed" in str(w.message) for w in caught) == 1
    assert callback.plane.epochs == [0, 1, 2]


def test_of_a_compiled_network_layers_are_watched(tmp_path: Path) -> None:
    model = bert()
    model.classifier = torch.compile(model.classifier, backend="eager")
    callback = TransformersCallback(**CHEAP)
    with pytest.warns(UserWarning, match="a compiled network"):
        trained(tmp_path, callback, model=model, max_steps=1)
    assert callback.tracker is None
    assert callback.plane.epochs == [0, 1]


def test_language_models_are_refused_in_one_sentence(tmp_path: Path) -> None:
    config = transformers.GPT2Config(
        vocab_size=WORDS, n_positions=PLACES, n_embd=8, n_layer=1, n_head=2
    )
    data = Dataset.from_dict({"input_ids": [[1, 2, 3]] * 20, "labels": [[1, 2, 3]] * 20})
    with pytest.raises(InfoplaneError, match="labels"):
        trained(
            tmp_path,
            TransformersCallback(),
            model=transformers.GPT2LMHeadModel(config),
            train_dataset=data,
            data_collator=None,
        )


def test_only_tensors_are_read_of_a_checkpoint(tmp_path: Path) -> None:
    trained(tmp_path, TransformersCallback(**CHEAP), save_strategy="epoch")
    folder = tmp_path / "out" / "checkpoint-6"
    state = torch.load(folder / "infoplane.pt", weights_only=True)
    assert all(isinstance(value, torch.Tensor) for value in state.values())
    json.loads((folder / "trainer_state.json").read_text())


def test_a_look_that_fails_is_said_and_training_goes_on(tmp_path: Path) -> None:
    callback = TransformersCallback(**CHEAP, examples=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trainer, _ = trained(tmp_path, callback, learning_rate=1e30, max_grad_norm=0.0)
    assert trainer.state.global_step == 12
    assert any("nothing was measured after epoch" in str(w.message) for w in caught)
