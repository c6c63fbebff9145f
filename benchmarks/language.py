"""``python -m benchmarks.language``: streamed soft entropy against the published accumulator.

A look at eight layers of 512 units over 100,000 tokens, with the last and the next one to three
tokens as labels. Ours has a null of each, theirs has none. The package soft-entropy is not a
dependency (it brings JAX): install it to measure, ``pip install --no-deps soft-entropy``.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time

import torch
from torch import Tensor

from infoplane.information.projected.streamed import StreamedSoftEntropy
from infoplane.language.ngrams import ngrams

LAYERS, UNITS, VOCABULARY, LENGTH = 8, 512, 5000, 128
BATCH = 8  # texts


def main() -> None:
    """Measure both on the same activations, and print one row of Markdown for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.language", description=__doc__)
    parser.add_argument("--tokens", type=int, default=100_000)
    options = parser.parse_args()
    texts = _texts(options.tokens // (LENGTH - 5))
    labels = ngrams(texts)
    sets = {f"before {k}": y for k, y in labels.before.items()}
    sets |= {f"after {k}": y for k, y in labels.after.items()}
    n = int(labels.positions.sum())
    ours = _ours(sets, n)
    ours_memory = _peak()
    theirs = _theirs(sets, n)
    for name, seconds, memory in (("ours", ours, ours_memory), ("published", theirs, _peak())):
        print(f"| {LAYERS} layers, {n:,} tokens | {name} | {seconds:.1f} s | {memory:,.0f} MiB |")
    print(f"ours takes {ours / theirs:.3f} of the published accumulator's time", file=sys.stderr)


def _texts(count: int) -> Tensor:
    p = 1 / torch.arange(1, VOCABULARY + 1).double()
    draw = torch.Generator().manual_seed(0)
    return torch.multinomial(p, count * LENGTH, True, generator=draw).view(count, LENGTH)


def _batches(n: int) -> list[slice]:
    step = BATCH * (LENGTH - 5)
    return [slice(i, min(i + step, n)) for i in range(0, n, step)]


def _activations(rows: slice) -> list[Tensor]:
    """Those of a batch, the same for both; drawing them is not timed."""
    draw = torch.Generator().manual_seed(rows.start)
    return [torch.randn(rows.stop - rows.start, UNITS, generator=draw) for _ in range(LAYERS)]


def _ours(sets: dict[str, Tensor], n: int) -> float:
    started = time.perf_counter()
    streamed = StreamedSoftEntropy(sets, {str(layer): UNITS for layer in range(LAYERS)})
    seconds = time.perf_counter() - started
    for rows in _batches(n):
        layers = {str(i): t for i, t in enumerate(_activations(rows))}
        started = time.perf_counter()
        streamed.update(layers)
        seconds += time.perf_counter() - started
    started = time.perf_counter()
    streamed.results()
    return seconds + time.perf_counter() - started


def _theirs(sets: dict[str, Tensor], n: int) -> float:
    from soft_entropy.accumulator import (  # pyright: ignore[reportMissingImports]
        SoftEntropyAccumulator,
    )

    layers = [SoftEntropyAccumulator(UNITS, backend="torch") for _ in range(LAYERS)]
    seconds = 0.0
    for rows in _batches(n):
        labels = {name: y[rows] for name, y in sets.items()}
        activations = _activations(rows)
        started = time.perf_counter()
        for layer, t in zip(layers, activations, strict=True):
            layer.update(t, labels)
        seconds += time.perf_counter() - started
    started = time.perf_counter()
    for layer in layers:
        layer.mutual_information()
    return seconds + time.perf_counter() - started


def _peak() -> float:
    """The most memory this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
