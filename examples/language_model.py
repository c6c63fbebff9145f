"""Train a small GPT on the docstrings of Python's standard library, and watch its planes.

Writes planes.parquet and plane.png here: what every layer of it tells of the last and of the next one to
three tokens of held-out docstrings, each with its null, as training goes on. About five minutes on one core;
needs Transformers (pip install transformers).
"""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pandas as pd
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel

import infoplane

LENGTH, VOCABULARY = 128, 4000
STEPS, LOOKS, BATCH = 1000, (0, 10, 30, 100, 300, 1000), 16


def docstrings() -> list[str]:
    """Return the longer docstrings of the standard library, as it ships."""
    texts = []
    library = Path(os.__file__).parent
    for path in sorted([*library.glob("*.py"), *library.glob("*/*.py")]):
        if {"test", "tests", "site-packages", "idlelib"} & set(path.parts):
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
        nodes = [node for node in ast.walk(tree) if isinstance(node, documented)]
        texts += [text for node in nodes if len(text := ast.get_docstring(node) or "") > 200]
    return texts


def blocks(texts: list[str]) -> Tensor:
    """Return the texts as blocks of tokens [blocks, length], of an alphabet fitted to them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=["<|end|>"])
    tokenizer.train_from_iterator(texts, trainer)
    tokens = [token for text in texts for token in (*tokenizer.encode(text).ids, 0)]
    count = len(tokens) // LENGTH
    return torch.tensor(tokens[: count * LENGTH]).view(count, LENGTH)


def main() -> None:
    torch.manual_seed(0)
    data = blocks(docstrings())
    data = data[torch.randperm(len(data))]
    held_out, train = data[: len(data) // 6], data[len(data) // 6 :]
    config = GPT2Config(vocab_size=VOCABULARY, n_positions=LENGTH, n_embd=128, n_layer=4, n_head=4)
    model = GPT2LMHeadModel(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    planes = []
    for step in range(STEPS + 1):
        if step in LOOKS:
            planes.append(infoplane.language_plane(model, held_out).assign(step=step))
            print(f"step {step}", flush=True)
        batch = train[torch.randint(len(train), (BATCH,))]
        loss = model(input_ids=batch, labels=batch).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    pd.concat(planes).to_parquet("planes.parquet")
    infoplane.figures.language_planes(planes[-1]).savefig("plane.png")


if __name__ == "__main__":
    main()
