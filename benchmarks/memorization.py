"""M of six layers of 512 on 4,000 examples; what following every example costs; memory."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from torch import nn

from benchmarks.measuring import Row, grown_mebibytes, seconds
from infoplane.memorization.examples import ExampleTracker
from infoplane.memorization.plane import learned_part, memorized_part
from infoplane.names import KNN

N, WIDTH, LAYERS, CLASSES, NEIGHBOURS, BATCH = 4000, 512, 6, 10, 50, 100


def rows() -> Iterator[Row]:
    """Time M against scikit-learn's neighbours, and the tracker against a training step."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(N) % CLASSES
    noise = torch.randint(CLASSES, (N,), generator=generator)
    seen = torch.where(torch.rand(N, generator=generator) < 0.5, noise, y)
    layers = [torch.randn(N, WIDTH, generator=generator) for _ in range(LAYERS)]
    yield Row(
        "m",
        "strongest M with its null of six layers of 512, 4,000 examples",
        seconds(lambda: [memorized_part(t, y, seen) for t in layers], repeats=1),
        "scikit-learn, one logistic regression",
        seconds(lambda: [_logistic(t, seen) for t in layers], repeats=1),
        aim="< 6 s",
    )
    yield Row(
        "knn",
        "M by neighbours alone, the same",
        seconds(lambda: [_by_neighbours(t, y, seen) for t in layers]),
        "scikit-learn, the neighbours alone",
        seconds(lambda: [_neighbours(t, y) for t in layers], repeats=1),
        aim="< 1 s",
    )
    yield _tracker_row(generator)
    grown = grown_mebibytes("benchmarks.memorization:decoding")
    work = "memory of M and I(T;Y) by neighbours, 10,000 × 1,024"
    yield Row("memory", work, grown, "(the aim)", 300.0, unit="MiB", aim="≥ 1")


def decoding() -> Callable[[], None]:
    """Prepare M and I(T;Y) of 10,000 examples."""
    t, y = torch.randn(10_000, 1024), torch.arange(10_000) % CLASSES

    def work() -> None:
        memorized_part(t, y, y.roll(1), decoder=KNN)
        learned_part(t, y, decoder=KNN)

    return work


def _by_neighbours(t: torch.Tensor, y: torch.Tensor, seen: torch.Tensor) -> None:
    memorized_part(t, y, seen, decoder=KNN, permutations=0)


def _logistic(t: torch.Tensor, seen: torch.Tensor) -> None:
    """Fit on each half in turn, at one penalty: no choice of it, no scale, no null."""
    for half in (slice(0, None, 2), slice(1, None, 2)):
        LogisticRegression(C=0.01, max_iter=200).fit(t[half].numpy(), seen[half].numpy())


def _neighbours(t: torch.Tensor, y: torch.Tensor) -> None:
    """Find the same neighbours: halves, within classes, leave-one-out and scored."""
    for c in range(CLASSES):
        of_class = t[y == c].numpy()
        for fit, score in ((of_class[::2], of_class[1::2]), (of_class[1::2], of_class[::2])):
            neighbours = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute").fit(fit)
            neighbours.kneighbors()
            neighbours.kneighbors(score)


def _tracker_row(generator: torch.Generator) -> Row:
    widths = [784, *[512] * 5, 10]
    pairs = itertools.pairwise(widths)
    layers = [layer for a, b in pairs for layer in (nn.Linear(a, b), nn.ReLU())]
    model = nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters())
    x = torch.randn(BATCH, 784, generator=generator)
    y = torch.randint(CLASSES, (BATCH,), generator=generator)
    tracker, ids = ExampleTracker(60_000), torch.arange(BATCH)
    logits = model(x).detach()

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    training = seconds(lambda: [step() for _ in range(50)])
    tracking = seconds(lambda: [tracker.update(ids, logits, y, 0) for _ in range(50)])
    share = 100 * tracking / training
    work = "following every example, share of training"
    return Row("tracker", work, share, "(training)", 100.0, unit="%", aim="≤ 1 %")
