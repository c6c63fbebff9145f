"""The published methods, as their code does it, in NumPy and plain torch."""

from __future__ import annotations

import itertools

import numpy as np
import torch
from torch import nn


def entropy_of_rows(codes: np.ndarray) -> float:
    """H(T) in bits from the unique rows of a byte view (ibsgd, IDNNs)."""
    rows = np.ascontiguousarray(codes).view(
        np.dtype((np.void, codes.dtype.itemsize * codes.shape[1]))
    )
    _, counts = np.unique(rows, return_counts=True)
    p = counts / len(codes)
    return float(-np.sum(p * np.log2(p)))


def binned_information(t: np.ndarray, y: np.ndarray, width: float) -> tuple[float, float]:
    """I(X;T) and I(T;Y) in bits: floor(t / width), unique rows, once over all and once a class."""
    codes = np.floor(t / width).astype(np.int64)
    whole = entropy_of_rows(codes)
    conditional = sum((y == c).mean() * entropy_of_rows(codes[y == c]) for c in np.unique(y))
    return whole, whole - conditional


class PublishedMLP(nn.Module):
    """The network as the published loops have it: ``nn.Linear`` and tanh, sample-major."""

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(widths))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        activations = []
        for i, layer in enumerate(self.layers):
            x = layer(x)
            x = torch.tanh(x) if i < len(self.layers) - 1 else x
            activations.append(x)
        return activations


def train_epoch(
    model: PublishedMLP, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor
) -> None:
    """One full-batch epoch."""
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x)[-1], y)
    loss.backward()
    optimizer.step()


def run_epoch(
    model: PublishedMLP,
    optimizer: torch.optim.Optimizer,
    parts: dict[str, tuple[torch.Tensor, torch.Tensor]],
) -> tuple[list[float], list[torch.Tensor]]:
    """One full-batch epoch of the loop for the 12-bit task: loss and accuracy of both parts."""
    losses, accuracies = [], []
    for phase, (x, y) in parts.items():
        model.train(phase == "train")
        optimizer.zero_grad()
        with torch.set_grad_enabled(phase == "train"):
            outputs = model(x)[-1]
            targets = nn.functional.one_hot(y, outputs.shape[1]).float()
            loss = nn.functional.binary_cross_entropy_with_logits(outputs, targets)
            if phase == "train":
                loss.backward()
                optimizer.step()
        losses.append(loss.item())
        accuracies.append((outputs.argmax(dim=1) == y).sum() / len(y))
    return losses, accuracies
