"""One table of cases, through which every estimator of the door goes."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pytest
import torch
from asking import ask
from hypothesis import given
from hypothesis import strategies as st

from infoplane import mutual_information
from infoplane.errors import InfoplaneError
from infoplane.information.as_text import parse
from infoplane.information.binned.estimator import Binned
from infoplane.information.core.estimator import Estimator
from infoplane.information.decoders.estimator import Decoder
from infoplane.information.neighbours.ksg import KSG
from infoplane.information.neighbours.ross import Ross
from infoplane.information.noisy.estimator import KDEUpper
from infoplane.information.options import Options
from infoplane.information.registry import CLASSES, ESTIMATORS, NAMES, fitting
from infoplane.names import BINS

N = 600
QUICK = {"steps": 300, "batch": 128, "hidden": 32}


@dataclass(frozen=True)
class Case:
    """An estimator with parameters, and by how much it may miss two planted truths, in bits.

    ``labels`` are two classes 2 sd apart in the first of two units (.486 bits); ``values`` are
    normal with ρ = .75 (.596 bits). NaN: another quantity, of which only the order is tested.
    """

    name: str
    labels: float | None = None
    values: float | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    rotation: bool = False  # whether a rotation of T may change nothing
    monotone: bool = False  # whether an increasing map of each unit may change nothing
    rounding: float = 1e-9  # bits


CASES = [
    Case(BINS, labels=0.12, values=0.2, parameters={"bins": 8}),
    Case(
        BINS,
        labels=0.12,
        values=0.2,
        parameters={"bins": 8, "binning": "quantile-unit"},
        monotone=True,
    ),
    Case(BINS, labels=0.2, parameters={"bins": 6, "binning": "adaptive"}),
    Case(BINS, labels=0.2, parameters={"bins": 6, "binning": "range-unit"}),
    Case(BINS, labels=0.12, parameters={"bins": 8, "correction": "grassberger-2003"}),
    Case(BINS, labels=0.12, parameters={"bins": 8, "correction": "nsb", "alphabet_size": 64}),
    Case("ksg", values=0.1),
    Case("ross", labels=0.1, rotation=True),
    Case("ross", labels=0.1, parameters={"components": 1}, rotation=True),
    Case("mesner-shalizi", labels=0.1, values=0.12),
    Case("kde-lower", labels=math.nan, rotation=True, rounding=1e-4),
    Case("kde-upper", labels=math.nan, rotation=True, rounding=1e-4),
    Case("mixture", labels=math.nan),
    Case("gaussian", labels=math.nan, values=0.1, rotation=True),
    Case("gaussian-copula", labels=math.nan, values=0.1, monotone=True),
    Case("renyi", labels=math.nan, values=math.nan, parameters={"batch": 200}, rotation=True),
    Case("decoder", labels=0.1),
    Case("decoder", labels=0.15, parameters={"decoder": "knn"}),
    Case("infonce", labels=0.15, values=0.2, parameters=QUICK),
    Case("nwj", labels=0.2, values=0.25, parameters=QUICK),
    Case("dv", labels=0.2, values=0.25, parameters=QUICK),
    Case("mine", labels=0.2, values=0.25, parameters=QUICK),
    Case("smile", labels=0.2, values=0.25, parameters=QUICK),
    Case("doe", values=0.3, parameters=QUICK),
    Case("sliced", labels=math.nan, values=math.nan, parameters={"slices": 16}),
    Case("pointwise-sliced", labels=math.nan, parameters={"slices": 100}),
    Case("soft-entropy", labels=math.nan),
    Case("edge", labels=0.2, values=0.25),
    Case("edge", labels=math.nan, parameters={"dimensions": 1}),
]
GIVEN = [
    pytest.param(case, kind, id=f"{i}-{case.name}-{kind}")
    for i, case in enumerate(CASES)
    for kind in ("labels", "values")
    if getattr(case, kind) is not None
]

SMALL_BLOCKS = {  # values, rows and columns handled at once, wherever a module names them
    **dict.fromkeys(("BLOCK", "IN_CACHE"), 997),
    **dict.fromkeys(("ROWS", "CHUNK"), 17),
    "COLUMNS": 1,
    "TREE_DIMENSIONS": 0,
}
DRAWING = {  # what they say follows their seed
    *("mixture", "renyi", "decoder", "infonce", "nwj", "dv", "mine", "smile", "doe"),
    *("sliced", "pointwise-sliced", "soft-entropy", "edge"),
}
TRAINED = {case.name for case in CASES if "steps" in case.parameters}
SINGLE = {False: 1e-4, True: 1e-3}  # bits by rounding t to float32, which many steps amplify
UNTRAINED = [p for p in GIVEN if p.values[0].name not in TRAINED]


def planted(kind: str, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Return T [n, d], Y and their information in bits."""
    draw = torch.Generator().manual_seed(seed)
    t = torch.randn(N, 2 if kind == "labels" else 1, generator=draw, dtype=torch.float64)
    if kind == "labels":
        y = torch.arange(N) % 2
        t[:, 0] += 2 * y
        return t, y, 0.4859
    noise = torch.randn(N, 1, generator=draw, dtype=torch.float64)
    return t, 0.75 * t + math.sqrt(1 - 0.75**2) * noise, 0.5963


def estimate(case: Case, t: torch.Tensor, y: torch.Tensor, **more: Any):
    given = {"permutations": 0, **case.parameters, **more}
    return ask(t, y, case.name, **given)


def test_every_estimator_is_in_the_table() -> None:
    assert {case.name for case in CASES} == set(NAMES)
    for name, estimator in ESTIMATORS.items():
        kinds = {kind for c in CASES if c.name == name for kind in estimator.takes}
        assert kinds == set(estimator.takes)


@pytest.mark.parametrize(("case", "kind"), GIVEN)
def test_truth_ceiling_and_chance(case: Case, kind: str) -> None:
    t, y, truth = planted(kind)
    before = t.clone(), y.clone()
    found = estimate(case, t, y)
    chance = estimate(case, t, y[torch.randperm(N, generator=torch.Generator().manual_seed(1))])
    assert found.bits > chance.bits + 0.02
    assert found.bits <= found.ceiling + 0.05
    assert (found.n, found.resolution != "") == (N, True)
    miss = getattr(case, kind)
    if not math.isnan(miss):
        assert found.bits == pytest.approx(truth, abs=miss)
        assert chance.bits == pytest.approx(0, abs=miss)
    assert torch.equal(before[0], t)
    assert torch.equal(before[1], y)


@pytest.mark.parametrize(("case", "kind"), GIVEN)
def test_same_seed_same_value_and_numbers_of_any_width(case: Case, kind: str) -> None:
    t, y, _ = planted(kind)
    state = torch.random.get_rng_state()
    first = estimate(case, t, y, seed=3)
    assert estimate(case, t, y, seed=3) == first
    assert torch.equal(state, torch.random.get_rng_state())
    single = estimate(case, t.float(), y if kind == "labels" else y.float(), seed=3)
    chosen = case.name == "decoder" and not case.parameters  # by held-out samples, among several
    close = 0.05 if chosen else SINGLE[case.name in TRAINED]
    assert single.bits == pytest.approx(first.bits, abs=close)


@pytest.mark.parametrize(("case", "kind"), [p for p in GIVEN if p.values[0].name not in DRAWING])
def test_order_of_samples_and_names_of_classes(case: Case, kind: str) -> None:
    t, y, _ = planted(kind)
    order = torch.randperm(N, generator=torch.Generator().manual_seed(2))
    found = estimate(case, t, y).bits
    assert estimate(case, t[order], y[order]).bits == pytest.approx(found, abs=case.rounding)
    if kind == "labels":
        assert estimate(case, t, 7 - 3 * y).bits == pytest.approx(found, abs=case.rounding)


@pytest.mark.parametrize(
    ("case", "kind"),
    [p for p in GIVEN if p.values[1] == "labels" and p.values[0].name not in TRAINED - {"infonce"}],
)
def test_names_of_classes_in_any_order_or_as_text(case: Case, kind: str) -> None:
    t, y, _ = planted(kind)
    found = estimate(case, t, y).bits
    assert estimate(case, t, 5 * y - 2).bits == pytest.approx(found, abs=1e-12)
    assert estimate(case, t, np.array(["a", "b"])[y]).bits == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize(("case", "kind"), GIVEN)
def test_noise_on_top_can_only_lose(case: Case, kind: str) -> None:
    """The data-processing inequality, within tolerance; with labels, no more than H(Y) = 1."""
    t, y, _ = planted(kind)
    noise = torch.randn(t.shape, generator=torch.Generator().manual_seed(5), dtype=t.dtype)
    few = {"steps": 150} if case.name in TRAINED else {}
    found, lost = (estimate(case, x, y, **few).bits for x in (t, t + 2 * noise))
    assert lost < found + 0.05
    if kind == "labels":
        assert max(found, lost) <= 1.05


@pytest.mark.parametrize(("case", "kind"), UNTRAINED)
def test_size_of_blocks(case: Case, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few values, and in neighbours' blocks what trees find otherwise."""
    t, y, _ = planted(kind)
    found = estimate(case, t, y)
    for module in list(sys.modules.values()):
        for name, size in SMALL_BLOCKS.items():
            if module.__name__.startswith("infoplane.information.") and hasattr(module, name):
                monkeypatch.setattr(module, name, size)
    drawn_by_rows = 6 * found.drawing_error if case.name == "mixture" else 0.0
    tolerance = max(case.rounding, drawn_by_rows)
    assert estimate(case, t, y).bits == pytest.approx(found.bits, abs=tolerance)


@pytest.mark.parametrize(
    ("case", "kind"),
    [pytest.param(c, k, id=f"{c.name}-{k}") for c in CASES if c.monotone
     for k in ("labels", "values") if getattr(c, k) is not None],
)  # fmt: skip
def test_increasing_maps_of_units(case: Case, kind: str) -> None:
    t, y, _ = planted(kind)
    found = estimate(case, t, y).bits
    image = torch.cat([t[:, :1] ** 3, torch.tanh(t[:, 1:])], dim=1)
    assert estimate(case, image, y).bits == pytest.approx(found, abs=1e-9)
    if kind == "values":
        assert estimate(case, t, y.exp()).bits == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize("case", [c for c in CASES if c.rotation], ids=lambda c: c.name)
def test_rotation(case: Case) -> None:
    t, y, _ = planted("labels")
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]], dtype=torch.float64)
    assert estimate(case, t @ turn, y).bits == pytest.approx(estimate(case, t, y).bits, abs=1e-4)


def test_the_null_is_of_the_same_estimate() -> None:
    t, y, _ = planted("labels")
    found = mutual_information(t, y, "ross", permutations=8)
    assert abs(found.null_mean) < 3 * found.null_std + 0.02
    assert found.above_null > 0.3
    assert math.isnan(mutual_information(t, y, "ross", permutations=1).null_mean)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "ksg"}, "takes values as y and got labels; use one of: ross"),
        ({"name": "ross", "q": 3}, "no parameter 'q'; it has: k, norm"),
        ({"name": "ros"}, "estimator is 'ros'; give one of"),
        ({"correction": "nsb", "bin_width": 1.0}, "correction is 'nsb'; give 'nsb', and nothing"),
        ({"name": "ross", "permutations": -1}, "permutations is -1"),
    ],
)
def test_refusals(change: dict[str, Any], message: str) -> None:
    t, y, _ = planted("labels")
    with pytest.raises(InfoplaneError, match=message):
        ask(t, y, **change)


def test_atoms_width_and_length_are_refused_with_a_fitting_name() -> None:
    t, y, _ = planted("values")
    with pytest.raises(InfoplaneError, match=r"'ross' takes labels as y .*; use one of: ksg"):
        mutual_information(t, y, "ross")
    with pytest.raises(InfoplaneError, match=r"'ross' takes labels as y .*; use one of: mesner"):
        mutual_information(t.round(), y, "ross")  # not KSG, which takes no rows that repeat
    with pytest.raises(InfoplaneError, match="rows that repeat, and some do; use one of: mesner"):
        mutual_information(t.round(), y, "ksg")
    wide = np.random.default_rng(0).standard_normal((50, 40))
    with pytest.raises(InfoplaneError, match="up to 32 units and got 40"):
        mutual_information(wide, y[:50].numpy(), "ksg")
    assert mutual_information(wide[:, :32], wide[:, 0], "ksg(permutations=0)").n == 50
    with pytest.raises(InfoplaneError, match="t has 600 samples and y has 5"):
        mutual_information(t, y[:5], "ksg")
    assert "ksg" not in fitting(kind="values", width=1, atoms=True)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ross", (Ross(), Options())),
        ("kde-upper(noise_variance=0.2, relative=True)", (KDEUpper(0.2, True), Options())),
        ("decoder( decoder=mlp )", (Decoder(decoder="mlp"), Options())),
        ("ksg(k=5, permutations=0, jackknife=9)", (KSG(k=5), Options(0, jackknife=9))),
        ("bins(bins=3, bin_range=(0.0, 1.0))", (Binned(bins=3, bin_range=(0.0, 1.0)), Options())),
    ],
)
def test_estimators_are_read_from_text(text: str, read: tuple[Estimator, Options]) -> None:
    assert parse(text) == read


OTHER_VALUES = {"bool": st.booleans(), "int": st.integers(1, 9), "float": st.floats(0.1, 9)}


@given(st.data(), st.sampled_from([each for each in CLASSES if each.name != BINS]))
def test_their_text_makes_them_again(data: st.DataObject, chosen: type[Estimator]) -> None:
    """Of any whole or other numbers; one without parameters is its name alone."""
    assert str(chosen()) == chosen.name
    usual = {f.name: str(f.type) for f in fields(chosen) if f.type in OTHER_VALUES}
    changed = {name: data.draw(OTHER_VALUES[kind]) for name, kind in usual.items()}
    estimator = chosen(**changed)
    assert parse(str(estimator)) == (estimator, Options())


@pytest.mark.parametrize("text", ["bins(bin_width=0.5)", "bins(bins=5, correction='chao-shen')"])
def test_bins_make_themselves_again(text: str) -> None:
    assert str(parse(text)[0]) == text


@pytest.mark.parametrize("chosen", CLASSES, ids=lambda each: each.name)
def test_every_estimator_declares_itself(chosen: type[Estimator]) -> None:
    """Every parameter is documented; name, cost and source are stated."""
    text = "\n".join(each.__doc__ or "" for each in chosen.__mro__)
    for each in fields(chosen):
        assert f"\n        {each.name}: " in text, each.name
    assert "" not in (chosen.name, chosen.cost, chosen.source)
    assert ESTIMATORS[chosen.name] is chosen


@pytest.mark.parametrize("text", ["ross(", "ross(k)", "ross(3=k)", "", "unknown(k=1)"])
def test_unreadable_estimators_are_refused(text: str) -> None:
    with pytest.raises(InfoplaneError, match=r"cannot be read|give one of"):
        parse(text)
