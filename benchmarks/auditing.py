"""``python -m benchmarks.auditing``: the audit against cross-validation with cleanlab's ranking.

Wrong labels are put into a data set: the audit, and cross-validation of the same network with the
same training in five folds, have to find them. The ranking and the rate of the latter are those of
the package cleanlab, which is not a dependency: install it to measure.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from infoplane import seeds
from infoplane.audit.auditing import Audited, audit_examples
from infoplane.audit.config import AuditConfig, data_named, network_named
from infoplane.data.labels import as_matrix, draw, flip
from infoplane.data.load import load
from infoplane.data.split import Split
from infoplane.networks.build import build_network
from infoplane.networks.config import NetworkConfig
from infoplane.training.loop import Training

FOLDS = 5
ALIKE = {  # classes that are taken for others in class-dependent noise (Patrini et al. 2017)
    "mnist": {2: 7, 3: 8, 5: 6, 6: 5, 7: 1},
    "cifar10": {9: 1, 2: 0, 4: 7, 3: 5, 5: 3},
}


def main() -> None:
    """Measure one data set at several kinds of noise, and print a row of Markdown for each."""
    options = _options()
    config = AuditConfig(data_named(options.data, root=options.root))
    network = options.network and network_named(options.network)
    if options.widths:
        network = NetworkConfig(widths=tuple(options.widths), activation="relu")
    config = dataclasses.replace(config, network=network)
    data = dataclasses.replace(config.data, train_size=options.train_size)
    clean, _ = load(data, 0)
    for kind in options.noise:
        noisy = _corrupted(clean, kind, options.data)
        wrong = (noisy.labels != clean.labels).numpy()
        for name, (score, rate, seconds) in _measured(noisy, config).items():
            worst = np.argsort(score, kind="stable")[: int(wrong.sum())]
            print(
                f"| {options.data}, {len(clean):,} | {kind} | {wrong.mean():.3f} | {name} | "
                f"{roc_auc_score(~wrong, score):.4f} | {wrong[worst].mean():.3f} | {rate:.3f} | "
                f"{seconds:.0f} s |",
                flush=True,
            )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.auditing", description=__doc__)
    parser.add_argument("--data", choices=ALIKE, default="mnist")
    parser.add_argument("--root", help="folder of Parquet files, instead of a download")
    parser.add_argument("--train-size", type=int, help="a balanced subset")
    parser.add_argument("--network", help="FILE:FUNCTION or a preset")
    parser.add_argument("--widths", type=int, nargs="+", help="a perceptron instead")
    parser.add_argument("--noise", nargs="+", default=["0.1", "0.4", "alike-0.4"])
    return parser.parse_args()


def _corrupted(clean: Split, kind: str, data: str) -> Split:
    """Return examples whose only labels are the corrupted ones."""
    generator = seeds.generator(0, "benchmark noise")
    rate = float(kind.rpartition("-")[2])
    if kind.startswith("alike"):
        rows = np.eye(clean.classes)
        for a, b in ALIKE[data].items():
            rows[a, a], rows[a, b] = 1 - rate, rate
        matrix = as_matrix(rows.ravel().tolist(), classes=clean.classes)
        labels = draw(clean.labels, matrix=matrix, generator=generator)
    else:
        labels = flip(clean.labels, rate=rate, classes=clean.classes, generator=generator)
    return dataclasses.replace(clean, labels=labels, seen_labels=labels)


def _measured(noisy: Split, config: AuditConfig) -> dict[str, tuple[np.ndarray, float, float]]:
    """Return scores, lower for wrong labels, the estimated rate and the seconds of each way."""
    from cleanlab.count import estimate_joint  # pyright: ignore[reportMissingImports]
    from cleanlab.rank import (  # pyright: ignore[reportMissingImports]
        get_label_quality_scores,
    )

    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        names = tuple(map(str, range(noisy.classes)))
        audit = audit_examples(Audited(noisy, names), config, Path(folder) / "audit")
    suspects = audit.suspects.sort_values("id")
    ours = suspects["score"].to_numpy(), audit.summary["rate"], time.monotonic() - started
    started = time.monotonic()
    predicted, labels = _cross_validated(noisy, config).numpy(), noisy.labels.numpy()
    score = get_label_quality_scores(labels, predicted)
    rate = 1 - float(np.trace(estimate_joint(labels, predicted)))
    theirs = score, rate, time.monotonic() - started
    return {"infoplane audit": ours, f"cleanlab, {FOLDS} folds": theirs}


def _cross_validated(noisy: Split, config: AuditConfig) -> Tensor:
    """Return p(c|x) of each example by a network that was not trained on it."""
    n = len(noisy)
    fold = torch.randperm(n, generator=seeds.generator(0, "folds")) % FOLDS
    predicted = torch.empty(n, noisy.classes)
    options = config.training_on(n)
    for i in range(FOLDS):
        rest, held = noisy.select(fold != i), torch.nonzero(fold == i).flatten()
        model = build_network(
            config.network_for(tuple(noisy.inputs.shape[1:])),
            input_shape=noisy.inputs.shape[1:],
            classes=noisy.classes,
            seed=i,
        )
        for _ in Training(model, rest, options, seed=i).epochs():
            pass
        model.eval()
        with torch.inference_mode():
            for rows in held.split(1000):
                predicted[rows] = model(noisy.inputs[rows].flatten(1))[0].T.softmax(dim=1)
    return predicted


if __name__ == "__main__":
    main()
