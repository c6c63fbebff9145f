"""Blocks are of the text, and those held out of other documents."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from infoplane.errors import InfoplaneError
from infoplane.language.blocks import Text, TextConfig, load_text
from infoplane.language.tokenizers import END


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "numbers.txt"
    path.write_text("\n\n".join(f"document {i:03d} of some" for i in range(100)))
    return path


@pytest.fixture(scope="module")
def text(file: Path) -> Text:
    return load_text(TextConfig(str(file), length=16, held_out=0.2))


def numbers(blocks: torch.Tensor) -> set[str]:
    whole = bytes(b if b < END else 10 for b in blocks.flatten().tolist()).decode()
    return {part.split()[1] for part in whole.split("\n") if part.startswith("document 0")}


def test_no_document_is_in_both_parts(text: Text) -> None:
    train, held_out = numbers(text.train), numbers(text.held_out)
    assert not train & held_out
    assert len(train) >= 79
    assert len(held_out) >= 19


def test_blocks_are_the_documents_in_order(text: Text, file: Path) -> None:
    told = text.tokenizer.decode(text.train[:4].flatten().tolist())
    first = [d for d in file.read_text().split("\n\n") if d.split()[1] in numbers(text.train)]
    assert "".join(first).startswith(told)
    assert text.train.shape[1] == 16
    assert text.vocabulary == 257


def test_fingerprints_tell_texts_seeds_and_lengths_apart(file: Path, text: Text) -> None:
    config = TextConfig(str(file), length=16, held_out=0.2)
    assert load_text(config).fingerprint == text.fingerprint
    others = [load_text(config, seed=1), load_text(TextConfig(str(file), length=8, held_out=0.2))]
    assert len({text.fingerprint, *(other.fingerprint for other in others)}) == 3


def test_frequencies_count_every_token(text: Text) -> None:
    counts = text.frequencies()
    assert counts.sum() == text.train.numel()
    assert counts[ord("d")] == (text.train == ord("d")).sum()


def test_pairs_are_merged_as_the_training_text_has_them(file: Path) -> None:
    merged = load_text(TextConfig(str(file), "bpe", vocabulary=280, length=8))
    assert merged.vocabulary == 280
    assert merged.train.max() < 280
    assert len(merged.tokenizer.encode("document")) <= 2


@pytest.mark.parametrize(
    ("config", "match"),
    [
        ({"held_out": 1.0}, "held_out is 1.0; give a share"),
        ({"length": 1}, "length is 1; give 2 tokens"),
        ({"length": "long"}, "length is 'long'"),
    ],
)
def test_what_makes_no_blocks_is_refused(config: dict, match: str) -> None:
    with pytest.raises(InfoplaneError, match=match):
        TextConfig("docstrings", **config)


def test_a_text_too_short_is_refused(file: Path) -> None:
    with pytest.raises(InfoplaneError, match="a block has 4096; give a longer text"):
        load_text(TextConfig(str(file), length=4096))
