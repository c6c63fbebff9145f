"""Networks on random subsets against a plain loop over networks; the measures of a large one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

from benchmarks.measuring import Row, grown_mebibytes, seconds
from benchmarks.mnist_net import images
from infoplane.data.split import clean_split
from infoplane.memorization.ensembles.bits import memorized_label_bits
from infoplane.memorization.ensembles.c_score import consistency
from infoplane.memorization.ensembles.influence import influential_pairs, memorization
from infoplane.memorization.ensembles.lira import attack_table
from infoplane.memorization.ensembles.outcomes import Outcomes
from infoplane.memorization.ensembles.supersample import error_cmi, prediction_cmi
from infoplane.networks.mlp import build_mlp
from infoplane.runs.ensembles.config import EnsembleConfig
from infoplane.runs.ensembles.subsets import example_pairs, memberships, positions
from infoplane.training.loop import Training

N, TURNS = 10_000, 3
LARGE = (2000, 60_000, 10_000)  # networks, examples of training, of test


def rows() -> Iterator[Row]:
    """Time epochs of both in turns, at one protocol, for the price of one network to the end."""
    config = EnsembleConfig()
    x, y = images(N, 1)
    x = (x - x.mean(dim=1, keepdim=True)) / x.std(dim=1, keepdim=True)
    dtypes = ("float32", "bfloat16")
    ours = {dtype: _stack_epoch(config, x, y, dtype) for dtype in dtypes}
    plain = _plain_epoch(config, x, y)
    taken = {name: [] for name in (*dtypes, "plain")}
    for _ in range(TURNS):  # in turns: what else this machine does falls on all alike
        for name, epoch in (*ours.items(), ("plain", plain)):
            start = time.perf_counter()
            epoch()
            taken[name].append(time.perf_counter() - start)
    epochs = config.training.epochs
    loop = epochs * min(taken["plain"])
    work = "a perceptron 512-256 on half of 10,000 images, 15 epochs, in a stack"
    against = "torch, one after another, DataLoader"
    for name in dtypes:
        each = epochs * min(taken[name]) / config.per_stack
        aim = "≥ 8" if name == "bfloat16" else ""
        key = "network" if name == "float32" else "network-bfloat16"
        least = _floor(config, name) * epochs * (N // 2 // (config.training.batch_size or N))
        yield Row(key, f"{work}, {name}", each, against, loop, aim=aim, floor=least)
    start = time.perf_counter()
    measuring()()
    took = time.perf_counter() - start
    work = "all measures of 2,000 networks on 60,000 examples"
    yield Row("measures", work, took, "(the aim)", 60.0, aim="≥ 1")
    grown = grown_mebibytes("benchmarks.ensembles:measuring")
    yield Row("memory", f"memory of {work}", grown, "(the aim)", 4096.0, unit="MiB", aim="≥ 1")


def _stack_epoch(
    config: EnsembleConfig, x: torch.Tensor, y: torch.Tensor, dtype: str
) -> Callable[[], object]:
    members = range(config.per_stack)
    subsets = positions(memberships(members, N, ratio=config.ratio, seed=0))
    model = build_mlp(config.network, inputs=784, classes=10, seed=0, members=len(members))
    training = Training(
        model,
        clean_split(x, y, 10),
        replace(config.training, dtype=dtype, epochs=100, device="cpu"),
        seed=0,
        subsets=subsets,
        fused=True,
    )
    epochs = training.epochs()
    for _ in range(2):
        next(epochs)
    return lambda: next(epochs)


def _floor(config: EnsembleConfig, dtype: str) -> float:
    """Return the seconds of a step of one network: its products, and one update, and no more.

    What goes forward, the gradients of weights and those of hidden layers, on tensors that are in
    their places; weights are read and written in float32 as the fused update does.
    """
    sizes, batch = (784, *config.network.hidden_widths, 10), config.training.batch_size or N
    low, k = getattr(torch, dtype), config.per_stack
    parts: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
    for i, (d, units) in enumerate(pairwise(sizes)):
        weight, h = torch.randn(k, units, d, dtype=low), torch.randn(k, d, batch, dtype=low)
        out = torch.randn(k, units, batch, dtype=low)
        parts += [(weight, h, out), (out, h.mT, weight)]
        parts += [(weight.mT, out, h)] if i else []
    weights = [torch.randn(k, units, d).requires_grad_() for d, units in pairwise(sizes)]
    for weight in weights:
        weight.grad = torch.zeros_like(weight)
    optimizer = torch.optim.SGD(weights, lr=0.1, momentum=0.9, fused=True)
    into = [torch.empty_like(result) for _, _, result in parts]

    def step() -> None:
        for (a, b, _), result in zip(parts, into, strict=True):
            torch.bmm(a, b, out=result)
        optimizer.step()

    return seconds(step, repeats=9) / k


def _plain_epoch(config: EnsembleConfig, x: torch.Tensor, y: torch.Tensor) -> Callable[[], object]:
    """One network, as a script has it: ordinary layers, a subset, a loader, torch's SGD."""
    half = memberships(range(1), N, ratio=0.5, seed=0)[0].nonzero().flatten().tolist()
    loader = DataLoader(
        Subset(TensorDataset(x, y), half), batch_size=config.training.batch_size, shuffle=True
    )
    model = nn.Sequential(
        *(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def epoch() -> None:
        for inputs, labels in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs), labels).backward()
            optimizer.step()

    epoch()
    return epoch


def measuring() -> Callable[[], object]:
    """Prepare the measures of a large ensemble whose outcomes are in memory already."""
    networks, n, tests = LARGE
    pairs = example_pairs(n, 0).numpy()
    train = _outcomes(memberships(range(networks), n, ratio=0.5, seed=0).numpy())
    test = _outcomes(np.zeros((networks, tests), bool))

    def work() -> None:
        memorization(train)
        memorization(train, soft=True)
        consistency(train)
        memorized_label_bits(train)
        influential_pairs(train, test)
        attack_table(train, targets=16)
        error_cmi(train, pairs)
        prediction_cmi(train, pairs)

    return work


def _outcomes(seen: np.ndarray) -> Outcomes:
    draw = np.random.default_rng(0)
    chance = np.where(draw.random(seen.shape[1]) < 0.05, 0.3, 0.97).astype(np.float32)
    correct = seen | (draw.random(seen.shape, dtype=np.float32) < chance)
    prediction = np.where(correct, 0, 1).astype(np.int16)
    return Outcomes(seen, correct, prediction, np.where(correct, -0.01, -4.0).astype(np.float32))
