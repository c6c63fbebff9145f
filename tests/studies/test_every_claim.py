"""What is written in every claim of every study, and that claims fail where nothing happens."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from altered_runs import with_tables

from infoplane import studies, tables
from infoplane.names import I_TY
from infoplane.studies.claims import Claim
from infoplane.studies.estimators_disagree import SAME
from infoplane.studies.estimators_disagree import claims as of_estimators
from infoplane.studies.measures import Course
from infoplane.studies.shwartz_ziv_2017.gradients import _coincidence
from infoplane.studies.shwartz_ziv_2017.published_code import prediction_interval, within_range

SOURCES = sorted(Path(studies.__file__).parent.rglob("*.py"))
WRITTEN = [
    pytest.param(call, id=f"{path.stem}:{call.lineno}")
    for path in SOURCES
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "claim"
]


def texts(node: ast.expr) -> Iterator[str]:
    """Yield what may be said: the text, or either of two; what is filled in is "…"."""
    if isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
        yield "".join(map(str, parts))
    else:
        assert isinstance(node, ast.Constant), f"line {node.lineno}: write it in the claim"
        yield str(node.value)


@pytest.mark.parametrize("call", WRITTEN)
def test_every_claim_says_its_null_and_what_would_refute_it(call: ast.Call) -> None:
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    null, refuted_by = (set(texts(keywords[name])) for name in ("null", "refuted_by"))
    for text in null | refuted_by:
        assert len(text.strip(" …")) > 5, f"line {call.lineno} says nothing: {text!r}"
    assert not null & refuted_by


def test_no_two_studies_say_the_same_everywhere() -> None:
    said = [
        tuple(tuple(texts(keyword.value)) for keyword in call.values[0].keywords
              if keyword.arg in ("null", "refuted_by"))
        for call in WRITTEN
    ]  # fmt: skip
    assert len(said) > 45
    assert len(set(said)) > 0.8 * len(said)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_what_was_published_is_said_not_that_it_was(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not node.value.startswith("yes"), f"line {node.lineno}: {node.value!r}"


def judged(diffusion: float, bits: list[float]) -> Claim:
    course = Course(np.array([0, 10, 100, 1000]), np.array(bits)[:, None])
    return _coincidence("layer1", np.array([diffusion]), course)


def test_phases_that_never_come_do_not_coincide() -> None:
    falls, rises = [0.0, 5.0, 4.0, 3.0], [0.0, 3.0, 4.0, 5.0]
    assert judged(15, falls).verdict == "holds"
    assert judged(100, falls).verdict == "does not hold"
    assert judged(2000, rises).verdict == "cannot be judged"  # both at the end: never
    assert judged(1000, rises).verdict == "cannot be judged"


@pytest.mark.parametrize(
    ("saturated", "verdict"),
    [
        ((False, False, True), "holds"),
        ((False, True, True), "cannot be judged"),
        ((True, True, True), "cannot be judged"),
    ],
)
def test_one_estimator_does_not_agree_with_itself(
    saturated: tuple[bool, ...], verdict: str
) -> None:
    rows = [
        {**dict.fromkeys(tables.MEASUREMENTS, 0), "quantity": I_TY, "subset": "test"}
        | {"estimator": name, "layer": f"layer{depth}", "depth": depth}
        | {"bits": bits, "saturated": wall}
        for depth in (1, 2)
        for name, bits, wall in zip(SAME, (1.0, 2.0, 3.0), saturated, strict=True)
    ]
    table = tables.table(rows, tables.MEASUREMENTS)
    (found, *_) = of_estimators({"one training": with_tables(measurements=table)})
    assert found.verdict == verdict


def test_one_more_network_lies_in_the_prediction_interval() -> None:
    """Nineteen of twenty times, of normal values."""
    draws = np.random.default_rng(0).normal(size=(4000, 6)) * 100
    inside = [within_range(draw[0], draw[1:]) for draw in draws]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.015)
    assert prediction_interval(np.array([2.0])) == pytest.approx((1.995, 2.005))
