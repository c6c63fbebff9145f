"""Several estimators on one network: their rows, their null, and what they cannot take."""

from __future__ import annotations

import pandas as pd
import pytest
import torch
from torch import nn

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.binned.rules import FixedWidth
from infoplane.observing.estimators import EstimatorMeasurer
from infoplane.observing.observer import Observer

X = torch.randn(200, 6, generator=torch.Generator().manual_seed(0))
Y = (X[:, 0] > 0).long() + (X[:, 1] > 0)


def rows(
    estimators: tuple[str, ...], model: nn.Module | None = None, *, epoch: int = 3
) -> pd.DataFrame:
    torch.manual_seed(0)
    model = model or nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3))
    observer = Observer(model, X, FixedWidth(0.5))
    labels = {"Y": Y, "Ỹ": Y.roll(1)}
    some = EstimatorMeasurer("train", X, labels, estimators=estimators, examples=150, seed=0)
    return pd.DataFrame(list(some.observe(observer, epoch=epoch)))


def test_each_estimator_has_its_rows() -> None:
    table = rows(("ross", "kde-upper(noise_variance=0.1)", "bins(bin_width=0.3)"))
    assert set(table["estimator"]) == {"Ross", "KDE upper bound", "bins, swept"}
    assert (table["n"] == 150).all()
    assert (table["epoch"] == 3).all()
    quantities = table.groupby("estimator")["quantity"].agg(set)
    assert quantities["Ross"] == {"I(T;Y)", "I(T;Ỹ)"}
    assert quantities["KDE upper bound"] == {"I(T;Y)", "I(T;Ỹ)", "I(X;T)", "I(X;T|Y)"}
    true = table[(table["quantity"] == "I(T;Y)") & (table["estimator"] == "Ross")]
    assert (true["bits"] > true["null_mean"] + 0.2).all()


def test_a_layer_it_cannot_take_has_no_row() -> None:
    table = rows(("gaussian", "ross"), nn.Sequential(nn.Linear(6, 300), nn.Linear(300, 3)))
    assert set(table[table["estimator"] == "Gaussian"]["layer"]) == {"input", "logits"}
    assert set(table[table["estimator"] == "Ross"]["layer"]) == {"input", "0", "logits"}


def test_a_layer_that_is_not_finite_is_an_error() -> None:
    model = nn.Linear(6, 3)
    nn.init.constant_(model.weight, float("inf"))
    with pytest.raises(NonFiniteError):
        rows(("ross",), nn.Sequential(model, nn.Linear(3, 3)))


def test_wrong_parameters_are_refused_at_once() -> None:
    with pytest.raises(InfoplaneError, match="no parameter 'q'"):
        rows(("ross(q=1)",))
    with pytest.raises(InfoplaneError, match=r"k of estimator 'ross' is 2\.5; give a whole number"):
        rows(("ross(k=2.5)",))
    with pytest.raises(InfoplaneError, match="permutations is -1; give 0 or more"):
        rows(("kde-upper(permutations=-1)",))
    with pytest.raises(InfoplaneError, match="binning is 'adaptiv'; give one of"):
        rows(("bins(bins=3, binning=adaptiv)",))
    with pytest.raises(InfoplaneError, match="correction is 'none'; give one of"):
        rows(("bins(bins=3, correction=none)",))


def test_estimators_of_continuous_y_are_refused_with_those_of_labels() -> None:
    for text in ("ksg(permutations=20, jackknife=20)", "doe"):
        with pytest.raises(
            InfoplaneError, match="takes values as y and got labels; use one of: ro"
        ):
            rows((text,))


def test_the_estimators_of_the_help_watch_a_network() -> None:
    documented = (
        "ross(components=2, permutations=20, jackknife=20)",
        "soft-entropy(extrapolate=True)",
    )
    adaptive = "bins(bins=30, binning=adaptive, correction=nsb, alphabet_size=1e9)"
    table = rows((*documented, adaptive, "kde-upper(noise_variance=0.1)"))
    assert table["estimator"].nunique() == 4
    assert table[table["estimator"] == "Ross"]["standard_error"].notna().all()


def test_what_no_layer_can_be_given_to_is_refused_before_training() -> None:
    with pytest.raises(InfoplaneError, match=r"has 'ross.k=0.', which no layer .* k is 0; give 1"):
        rows(("ross(k=0)", "gaussian"), epoch=0)
    assert set(rows(("ross(k=0)", "gaussian"))["estimator"]) == {"Gaussian"}


def test_every_kind_of_bins_watches_a_network() -> None:
    texts = (
        "bins(bins=9, binning=adaptive)",
        "bins(bins=9, binning=range-unit, correction=jackknife)",
        "bins(bins=9, bin_range=(-1, 1), correction=nsb, alphabet_size=1e4)",
    )
    table = rows(texts)
    assert table.groupby("estimator")["resolution"].first().to_dict() == {
        "bins, swept": "9 adaptive bins (EBAB), 0 kept apart",
        "bins, swept, jackknife": "9 equal bins over the range of each unit",
        "bins, swept, nsb": "9 equal bins over -1 to 1",
    }
