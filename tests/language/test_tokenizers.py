"""Tokens are turned into text and back."""

from __future__ import annotations

import builtins
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infoplane.errors import InfoplaneError
from infoplane.language.tokenizers import END, Bytes, MergedBytes, Pretrained

TEXTS = ["the cat sat on the mat\n\n  the end, the very end.", "the cat, again: the cat"]
MERGED = MergedBytes.fitted(TEXTS, vocabulary=END + 20)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_comes_back(text: str) -> None:
    for tokenizer in (Bytes(), MERGED):
        tokens = tokenizer.encode(text)
        assert tokenizer.decode([*tokens, tokenizer.end]) == text
        assert all(0 <= token < tokenizer.vocabulary != tokenizer.end for token in tokens)


def test_the_most_frequent_pairs_are_merged_first() -> None:
    assert MERGED.decode([END + 1]) == "he"  # as often as "th", and of smaller bytes
    assert MERGED.decode([END + 2]) == "the"
    assert len(MERGED.encode("the cat")) == 2
    assert MERGED.vocabulary == END + 10  # no other pair occurs twice


def test_pairs_that_occur_once_are_left_apart() -> None:
    assert MergedBytes.fitted(["abc"], vocabulary=300).vocabulary == END + 1


def test_an_encoding_has_all_bytes() -> None:
    with pytest.raises(InfoplaneError, match="vocabulary is 256; give a whole number, 257"):
        MergedBytes.fitted(["abc"], vocabulary=256)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer of Transformers, as it saves one."""
    transformers = pytest.importorskip("transformers", reason="no transformers")
    tokenizers = pytest.importorskip("tokenizers", reason="no tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<end>"],
        show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )
    made.train_from_iterator(TEXTS, trainer)
    path = tmp_path_factory.mktemp("tokenizer")
    kind = transformers.PreTrainedTokenizerFast
    kind(tokenizer_object=made, eos_token="<end>").save_pretrained(path / "whole")
    kind(tokenizer_object=made).save_pretrained(path / "endless")
    return path


def test_a_folder_of_transformers_is_a_tokenizer(folder: Path) -> None:
    tokenizer = Pretrained(str(folder / "whole"))
    tokens = tokenizer.encode(TEXTS[0])
    assert tokenizer.decode(tokens) == TEXTS[0]
    assert len(tokens) < len(TEXTS[0])
    assert tokenizer.end not in tokens
    assert max(tokens) < tokenizer.vocabulary


def test_one_without_an_end_is_refused(folder: Path) -> None:
    with pytest.raises(InfoplaneError, match="has no token that ends a text"):
        Pretrained(str(folder / "endless"))


def test_one_that_is_not_to_be_had_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers", reason="no transformers")
    from infoplane.data import hub

    monkeypatch.setattr(hub, "_answers", lambda endpoint: False)
    with pytest.raises(InfoplaneError, match="'no/such' cannot be had: it is no folder"):
        Pretrained("no/such")


def test_without_transformers_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: object) -> object:
        if name == "transformers":
            raise ImportError(name)
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InfoplaneError, match="pip install transformers"):
        Pretrained("gpt2")
