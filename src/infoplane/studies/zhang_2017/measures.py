"""What the study of Zhang et al. asks of its runs: time to overfit, test error, the outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infoplane.names import TEST, TRAIN
from infoplane.runs.run import Run
from infoplane.studies.fitting import FITTED, epochs_to_fit, running_accuracy
from infoplane.studies.study import Runs
from infoplane.studies.zhang_2017.published import accuracies

TRUE, RANDOM = "true labels", "random labels"
PIXELS = {"shuffled": "shuffled pixels", "gaussian": "Gaussian pixels", "random": "random pixels"}
ORDER = (TRUE, *PIXELS.values(), RANDOM)  # as published, from fast to slow
LEFT_CHANCE = 0.03  # accuracy above 1/classes


def networks(runs: Runs) -> list[str]:
    """Return the networks of a study's runs, in their order."""
    return list(dict.fromkeys(name.split(", ", 1)[0] for name in runs))


def cells(runs: Runs, network: str) -> dict[str, Run]:
    """Return the runs of one network by their cell."""
    parts = ((name.split(", ", 1), run) for name, run in runs.items())
    return {cell: run for (of, cell), run in parts if of == network}


def steps_to_fit(run: Run) -> np.ndarray:
    """Return the steps until the running accuracy on the seen labels of an epoch reaches .99.

    Of each member; twice the steps of the training where it never does.
    """
    epochs = epochs_to_fit(run)
    never = 2 * running_accuracy(run).index[-1]
    return np.where(np.isnan(epochs), never, epochs) * steps_an_epoch(run)


def steps_an_epoch(run: Run) -> int:
    """Return the number of updates in an epoch."""
    training, size = run.training, run.config.training.batch_size
    n = int(training.loc[training["subset"] == TRAIN, "n"].iloc[0])
    return 1 if size is None else -(-n // size)


def at_end(run: Run, subset: str, column: str = "accuracy") -> np.ndarray:
    """Return a column of the training table at the last look, of each member."""
    t = run.training
    rows = t[(t["subset"] == subset) & (t["epoch"] == t["epoch"].max())]
    return rows.sort_values("member")[column].to_numpy(dtype=np.float64)


def test_error(run: Run) -> np.ndarray:
    """Return the error on clean test examples at the end, of each member."""
    return 1 - at_end(run, TEST, "true_accuracy")


def slowdown(runs: dict[str, Run], cell: str) -> np.ndarray:
    """Return the time to overfit of a cell, of that on true labels: member by member.

    NaN where either was not fitted.
    """
    steps, of_true = (epochs_to_fit(run) * steps_an_epoch(run) for run in (runs[cell], runs[TRUE]))
    return steps / of_true


def by_rate(runs: dict[str, Run]) -> dict[float, str]:
    """Return the cells that differ in the rate of random labels alone, by their rate."""
    cells = {run.config.data.rate: cell for cell, run in runs.items()
             if run.config.data.labels != "true"}  # fmt: skip
    return {0.0: TRUE, **dict(sorted(cells.items()))}


def rates(runs: Runs) -> pd.DataFrame:
    """Return slow-down and test error of every network by the rate of random labels."""
    rows = []
    for network in networks(runs):
        of_network = cells(runs, network)
        if len(by_rate(of_network)) < 3:
            continue
        for rate, cell in by_rate(of_network).items():
            run = of_network[cell]
            row = {"network": network, "rate": rate, "fitted": outcome(run) == "fitted"}
            values = {"slowdown": slowdown(of_network, cell), "test_error": test_error(run)}
            for name, members in values.items():
                row |= {name: members.mean(), f"{name}_sd": spread(members)}
            rows.append(row)
    return pd.DataFrame(rows)


def outcomes(runs: Runs) -> pd.DataFrame:
    """Return a row a cell: how it ended, its steps to fit, its accuracies, those of Table 1."""
    rows = []
    for network in networks(runs):
        for cell, run in cells(runs, network).items():
            train, test = at_end(run, TRAIN), 1 - test_error(run)
            steps = epochs_to_fit(run) * steps_an_epoch(run)
            rows.append(
                {
                    "network": network,
                    "cell": cell,
                    "outcome": outcome(run),
                    "steps_to_fit": "–" if np.isnan(steps).any() else with_spread(steps, 0),
                    "train": with_spread(100 * train, 2) + " %",
                    "test": with_spread(100 * test, 2) + " %",
                    "published_train_/_test": accuracies(network, cell),
                }
            )
    return pd.DataFrame(rows)


def outcome(run: Run) -> str:
    """Return how a run ended, of its worst member: fitted, in part, or at chance.

    One that ends at chance may never have left it, or have come back.
    """
    end = at_end(run, TRAIN)
    chance = 1 / run.examples["label"].nunique() + LEFT_CHANCE
    if end.min() >= FITTED:
        return "fitted"
    if end.min() >= chance:
        return "fitted in part"
    highest = running_accuracy(run).max().to_numpy()[end.argmin()]
    return "fell back to chance" if highest >= chance else "never left chance"


def spread(members: np.ndarray) -> float:
    """Return the standard deviation over members, NaN of one."""
    return float(members.std(ddof=1)) if len(members) > 1 else float("nan")


def with_spread(members: np.ndarray, digits: int) -> str:
    """Return mean and, of several, ± standard deviation as text."""
    text = f"{members.mean():.{digits}f}"
    return text if len(members) == 1 else f"{text} ± {spread(members):.{digits}f}"
