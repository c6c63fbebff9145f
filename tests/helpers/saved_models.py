"""Small models of Transformers, saved as users save theirs: no network is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

LENGTH = 32
TEXTS = [
    f"the {i % 7}th of {i % 3} texts is told here, and said again {i % 5} times." for i in range(40)
]


def tokenizer() -> Any:
    """Return pairs of bytes that were merged, fitted to the texts."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    merged = Tokenizer(models.BPE())
    merged.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    merged.train_from_iterator(TEXTS, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=merged, eos_token="<|end|>")


def save_gpt(folder: Path, *, seed: int = 0, vocabulary: int = 320) -> Path:
    """Save a GPT-NeoX of two layers, never trained, with its tokenizer."""
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    torch.manual_seed(seed)
    config = GPTNeoXConfig(
        vocab_size=vocabulary,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=LENGTH,
        bos_token_id=0,
        eos_token_id=0,
    )
    GPTNeoXForCausalLM(config).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder
