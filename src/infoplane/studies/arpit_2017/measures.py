"""What the study of real data and noise reads off its runs, as tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import torch
from scipy.stats import binom

from infoplane.memorization.easiness import misclassification_frequency, overdispersion
from infoplane.names import TRAIN
from infoplane.runs.analyses.criticality import kept_criticality
from infoplane.runs.run import Run
from infoplane.studies.arpit_2017.sensitivity import kept_sensitivity
from infoplane.studies.fitting import epochs_to_fit
from infoplane.studies.study import Runs

PARTIAL = "half randY"
ONE_EPOCH = ", one epoch"
PARTS = 4  # of the examples, to show the spread of the overdispersion


def sweep_name(kind: str, *, examples: int | None = None, units: int | None = None) -> str:
    """Return the name of a run of a sweep."""
    return f"{kind}, {units} units" if examples is None else f"{kind}, {examples} examples"


def kinds(runs: Runs) -> list[str]:
    """Return the kinds of data that are watched, those of partial noise last."""
    return [name for name in runs if "," not in name]


def frequencies(run: Run) -> torch.Tensor:
    """Return P̂_i of the training examples of a run of many networks."""
    train = run.examples[run.examples["subset"] == TRAIN]
    wide = train.pivot(index="member", columns="id", values="prediction")
    labels = train[train["member"] == 0].sort_values("id")["seen_label"]
    predictions = torch.from_numpy(wide.to_numpy(dtype=np.int64, copy=True))
    return misclassification_frequency(predictions, torch.from_numpy(labels.to_numpy(copy=True)))


def overdispersions(run: Run) -> np.ndarray:
    """Return the overdispersion in each of some parts of the examples, all networks together."""
    shares = frequencies(run)
    order = torch.arange(len(shares)) % PARTS
    trials = run.config.members
    return np.array([overdispersion(shares[order == p], trials=trials) for p in range(PARTS)])


def accuracy_by_epoch(run: Run, subset: str) -> pd.DataFrame:
    """Return the accuracy on the seen labels (of test: the true ones), [epochs, members]."""
    rows = run.training[run.training["subset"] == subset]
    return rows.pivot(index="epoch", columns="member", values="accuracy").sort_index()


def points(runs: Runs) -> dict[str, pd.DataFrame]:
    """Return what the figure is drawn from, by panel."""
    return {
        "easiness": pd.concat(list(_easiness(runs)), ignore_index=True),
        "sensitivity": _over_members(runs, kept_sensitivity, "updates", ["gini", "loss"]),
        "criticality": _over_members(
            runs, kept_criticality, "epoch", ["critical_sample_ratio", "input_gradient"]
        ),
        "partial": _partial(runs[PARTIAL]),
        "fitting": _fitting(runs),
    }


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """Return each kind of data at the end of training, and the epochs every run took to fit."""
    point_tables = points(runs)
    last = [
        point_tables[name].groupby("kind", sort=False).last()
        for name in ("easiness", "sensitivity", "criticality")
    ]
    columns = ["overdispersion", "gini", "gini_sd", "critical_sample_ratio"]
    columns += ["critical_sample_ratio_sd", "input_gradient", "input_gradient_sd"]
    kinds = pd.concat(last, axis=1)[columns].reset_index()
    return {"kinds": kinds, "fitting": point_tables["fitting"]}


def _easiness(runs: Runs) -> Iterator[pd.DataFrame]:
    """Yield ten quantiles of P̂, beside those of a binomial with the same mean."""
    ranks = np.arange(5, 100, 10) / 100
    for name, run in runs.items():
        if not name.endswith(ONE_EPOCH):
            continue
        shares, trials = frequencies(run).numpy(), run.config.members
        yield pd.DataFrame(
            {
                "kind": name.removesuffix(ONE_EPOCH),
                "quantile": ranks,
                "frequency": np.quantile(shares, ranks),
                "binomial": binom.ppf(ranks, trials, shares.mean()) / trials,
                "overdispersion": overdispersion(torch.from_numpy(shares), trials=trials),
                "networks": trials,
            }
        )


def _over_members(
    runs: Runs, measure: Callable[[Run], pd.DataFrame], by: str, columns: list[str]
) -> pd.DataFrame:
    """Return mean and standard deviation over members of what is kept beside each watched run."""
    frames = []
    for kind in kinds(runs):
        grouped = measure(runs[kind]).groupby(by)[columns]
        mean, sd = grouped.mean(), grouped.std().add_suffix("_sd")
        frames.append(pd.concat([mean, sd], axis=1).reset_index().assign(kind=kind))
    return pd.concat(frames, ignore_index=True)


def _partial(run: Run) -> pd.DataFrame:
    """Return accuracy by epoch of the partially random labels: on all, true and random, and test.

    A corrupted training part is reported whole ("train") and by part.
    """
    subsets = ("test", "train", "clean", "corrupted")
    columns = {}
    for subset in subsets:
        wide = accuracy_by_epoch(run, subset)
        columns |= {subset: wide.mean(axis=1), f"{subset}_sd": wide.std(axis=1)}
    return pd.DataFrame(columns).reset_index()


def _fitting(runs: Runs) -> pd.DataFrame:
    """Return the epochs to fit of every run of the sweeps, and of those they share."""
    rows = []
    for name, run in runs.items():
        kind = name.split(",")[0]
        if name.endswith(ONE_EPOCH) or kind == PARTIAL:
            continue
        epochs = epochs_to_fit(run)
        fitted = ~np.isnan(epochs)
        fitted_epochs = epochs[fitted]
        rows.append(
            {
                "kind": kind,
                "examples": run.config.data.train_size,
                "units": run.config.network.hidden_widths[0],
                "epochs": fitted_epochs.mean() if len(fitted_epochs) else math.nan,
                "epochs_sd": fitted_epochs.std(ddof=1) if len(fitted_epochs) > 1 else math.nan,
                "fitted": int(fitted.sum()),
                "networks": len(epochs),
                "of_epochs": run.config.training.epochs,
            }
        )
    return pd.DataFrame(rows).sort_values(["kind", "examples", "units"], ignore_index=True)
