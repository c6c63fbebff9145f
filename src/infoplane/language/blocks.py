"""Blocks of tokens to train on, and such of other documents that are held out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.language.config import BPE, BYTES, TextConfig
from infoplane.language.text import documents
from infoplane.language.tokenizers import Bytes, MergedBytes, Pretrained, Tokenizer


@dataclass(frozen=True)
class Text:
    """Blocks of tokens, and the tokenizer that made them."""

    train: Int[Tensor, "n length"]
    held_out: Int[Tensor, "m length"]
    """Of documents that none of ``train`` is of."""
    tokenizer: Tokenizer

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        return self.tokenizer.vocabulary

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that other tokens or blocks do not have."""
        digest = hashlib.sha256(str(self.vocabulary).encode())
        for blocks in (self.train, self.held_out):
            digest.update(str(tuple(blocks.shape)).encode() + blocks.numpy().tobytes())
        return digest.hexdigest()[:16]

    def frequencies(self) -> Int[Tensor, " vocabulary"]:
        """Return how often each token occurs in ``train``."""
        return torch.bincount(self.train.flatten(), minlength=self.vocabulary)


def load_text(config: TextConfig, *, seed: int = 0) -> Text:
    """Return the blocks of a text, split by documents.

    Documents are told apart by the end token, joined in order and cut into blocks; a document that
    occurs twice is there once, so that nothing held out was trained on.

    Args:
        config: which text, as which tokens.
        seed: which documents are held out.

    Raises:
        InfoplaneError: where the text or tokenizer is not to be had, or is too short.

    Cost: one pass over the text; memory of 8 bytes a token.

    Example:
        >>> text = load_text(TextConfig("licences", length=64))
        >>> text.train.shape[1], text.vocabulary
        (64, 257)
    """
    texts = documents(config.text, column=config.column, part=config.part)
    order = torch.randperm(len(texts), generator=seeds.generator(seed, "held-out documents"))
    out = {int(i) for i in order[: max(1, round(config.held_out * len(texts)))]}
    parts = [t for i, t in enumerate(texts) if i not in out], [texts[i] for i in sorted(out)]
    tokenizer = make_tokenizer(config, parts[0])
    train, held_out = (_cut(part, tokenizer, config) for part in parts)
    return Text(train, held_out, tokenizer)


def make_tokenizer(config: TextConfig, texts: list[str]) -> Tokenizer:
    """Return the tokenizer of a configuration, fitted to some texts where it has to be."""
    if config.tokenizer == BYTES:
        return Bytes()
    if config.tokenizer == BPE:
        return MergedBytes.fitted(texts, vocabulary=config.vocabulary)
    return Pretrained(config.tokenizer)


def _cut(texts: list[str], tokenizer: Tokenizer, config: TextConfig) -> Int[Tensor, "n length"]:
    tokens = [token for text in texts for token in (*tokenizer.encode(text), tokenizer.end)]
    count = len(tokens) // config.length
    if not count:
        raise InfoplaneError(
            f"{config.text!r} has {len(tokens)} tokens in one of its two parts, and a block has "
            f"{config.length}; give a longer text, or a shorter length."
        )
    return torch.tensor(tokens[: count * config.length]).view(count, config.length)
