"""Every rule of binning, from the door, a configuration and the text of an estimator alike."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
import torch
from asking import ask

from infoplane import InfoplaneError, InformationPlane, entropy, mutual_information
from infoplane.information.as_text import make, parse
from infoplane.information.binned.adaptive import AdaptiveBins
from infoplane.information.binned.by_name import BINNINGS, choose_bins, parameters_of
from infoplane.information.binned.corrections import nsb_entropy
from infoplane.information.binned.estimator import COUNTED, Binned, statements
from infoplane.information.binned.ranged import ExactCodes, RangedBins
from infoplane.information.binned.rules import Bins, EqualBins, FixedWidth, IDNNsBins, QuantileBins
from infoplane.information.layer_quantities import layer_information
from infoplane.observing.bins import make_bins
from infoplane.observing.config import Binning, ObservingConfig

RULES: list[tuple[dict[str, Any], Bins]] = [
    ({"bin_width": 0.3}, FixedWidth(0.3)),
    ({"bins": 8, "bin_range": (-1, 1)}, EqualBins(8, -1, 1)),
    ({"binning": "idnns", "bins": 8, "bin_range": (-1, 1)}, IDNNsBins(8)),
    ({"bins": 8}, QuantileBins(8)),
    ({"binning": "quantile-unit", "bins": 8}, QuantileBins(8, per="unit")),
    ({"binning": "adaptive", "bins": 8}, AdaptiveBins(8)),
    ({"binning": "range", "bins": 8}, RangedBins(8)),
    ({"binning": "range-unit", "bins": 8}, RangedBins(8, per="unit")),
    ({"binning": "exact", "bins": 8}, ExactCodes(3)),
    ({"binning": "exact-unit", "bins": 8}, ExactCodes(3, per="unit")),
]
QUANTISED = (torch.rand(300, 2, generator=torch.Generator().manual_seed(0)) * 8).floor() / 8
LABELS = (QUANTISED[:, 0] > 0.5).long()


@pytest.mark.parametrize(("given", "rule"), RULES, ids=lambda v: str(v)[:40])
def test_every_rule_by_its_name(given: dict[str, Any], rule: Bins) -> None:
    assert choose_bins(**given) == rule
    assert choose_bins(**parameters_of(rule)) == rule
    found = ask(QUANTISED, LABELS, **given)
    assert found.resolution == rule.resolution
    assert 0 < found.bits <= found.ceiling
    inside = ", ".join(f"{key}={value}" for key, value in given.items())
    parsed = parse(f"bins({inside})")
    measured = dict(layer_information(QUANTISED, LABELS, *parsed))
    assert measured["I(T;Y)"].bits == found.bits
    assert measured["H(T)"].bits == entropy(QUANTISED, **given)
    labels = LABELS.bool()
    plane = InformationPlane(torch.nn.Linear(2, 2), QUANTISED, labels, layers=("input",), **given)
    plane.observe(0)
    assert set(plane.table()["resolution"]) == {rule.resolution}


@pytest.mark.parametrize("rule", [rule for _, rule in RULES], ids=lambda v: str(v)[:40])
def test_what_a_table_states_makes_the_estimator_again(rule: Bins) -> None:
    """``parameters``, ``parameter`` and ``parameter_value`` of the measurements table."""
    for correction, name in COUNTED.items():
        stated = statements(rule)[name]
        again, _ = parse(f"bins({stated['parameters']})")
        assert isinstance(again, Binned)
        assert (again.rule, again.correction) == (rule, correction)
        assert getattr(again, stated["parameter"]) == stated["parameter_value"]


def test_every_rule_is_here_and_in_the_configuration() -> None:
    assert get_args(Binning) == BINNINGS
    names = {given.get("binning", "width") for given, _ in RULES} | {"equal", "quantile"}
    assert names == set(BINNINGS)
    for name in get_args(Binning):
        made = make_bins(ObservingConfig(bins=name, bin_number=8, bin_width=0.3))
        assert made in [rule for _, rule in RULES]


def test_nsb_is_that_of_three_entropies() -> None:
    found = mutual_information(
        QUANTISED, LABELS, "bins(binning='exact', bins=8, correction='nsb', alphabet_size=64)"
    )
    rows = (QUANTISED * 8).long()
    t = np.bincount(rows[:, 0] * 8 + rows[:, 1])
    both = np.bincount((rows[:, 0] * 8 + rows[:, 1]) * 2 + LABELS)
    h_t, h_both = nsb_entropy(t, alphabet_size=64), nsb_entropy(both, alphabet_size=128)
    h_y = nsb_entropy(np.bincount(LABELS), alphabet_size=2)
    assert found.bits == pytest.approx(h_t + h_y - h_both, abs=1e-12)
    assert found.estimator == "bins, nsb"
    plug_in = mutual_information(QUANTISED, LABELS, "bins(binning='exact', bins=8)")
    assert abs(found.null_mean) < plug_in.null_mean


@pytest.mark.parametrize("correction", ["jackknife", "chao-shen", "nsb"])
def test_corrected_quantities_of_a_layer_add_up(correction: str) -> None:
    given: dict[str, Any] = {"bins": 6, "binning": "adaptive", "correction": correction}
    given |= {"alphabet_size": 64} if correction == "nsb" else {}
    found = dict(layer_information(QUANTISED, LABELS, make("bins", given)))
    assert {e.estimator for e in found.values()} == {f"bins, swept, {correction}"}
    assert found["H(T)"].bits == found["I(X;T)"].bits
    parts = found["I(T;Y)"].bits + found["I(X;T|Y)"].bits
    assert parts == pytest.approx(found["I(X;T)"].bits)
    nulls = found["I(T;Y)"].null_mean + found["I(X;T|Y)"].null_mean
    assert nulls == pytest.approx(found["I(X;T)"].bits)
    assert all(e.bits <= e.ceiling + 0.02 for e in found.values())
    seen = dict(layer_information(QUANTISED, LABELS, make("bins", given), label="Ỹ"))
    assert list(seen) == ["I(T;Ỹ)"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"binning": "adaptiv", "bins": 3}, "binning is 'adaptiv'; give one of: width, equal"),
        ({"binning": "adaptive"}, "bins is None and binning is 'adaptive'; give bins to"),
        ({"binning": "width", "bin_width": 1.0, "bins": 3}, "bins is 3 .* give bin_width to"),
        ({"bin_width": 1.0, "bin_range": (0, 1)}, "bin_range is .0, 1. and binning is 'width'"),
        ({"binning": "range", "bins": 3, "bin_range": (0, 1)}, "give bins to 'range', and nothing"),
        ({"binning": "equal", "bins": 3}, "bin_range is None .* give bins and bin_range to"),
        ({"binning": "exact", "bins": 30}, "codes of 30 levels .* a power of two: 256 for 8"),
        ({"binning": "exact", "bins": 1}, "bits is 0; give 1 to 24"),
        ({"binning": "exact", "bins": 4}, "a layer has 8 distinct values and 2 bits code 4"),
        ({"bins": 3, "correction": "nsb"}, "alphabet_size is None and correction is 'nsb'; give"),
        ({"bins": 3, "alphabet_size": 9}, "alphabet_size is 9 and correction is 'plug-in'; give"),
        ({"bins": 3, "correction": "miller"}, "correction is 'miller'; give one of: plug-in"),
        (
            {"bins": 8, "correction": "nsb", "alphabet_size": 3},
            "alphabet_size is 3 and .* cells are occupied",
        ),
    ],
)
def test_refusals(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        ask(QUANTISED, LABELS, **given)
