"""What ``import infoplane`` offers: all of it can be had, and the documentation lists it."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import infoplane
from infoplane.information.registry import ESTIMATORS, NAMES

ROOT = Path(__file__).parents[1]


def test_every_name_is_there_and_documented() -> None:
    for name in infoplane.__all__:
        assert inspect.getdoc(getattr(infoplane, name)), name
    assert set(infoplane.__all__) <= set(dir(infoplane))


def test_the_documentation_lists_the_same_names() -> None:
    table = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `infoplane\.([A-Za-z_]+)`", table, re.MULTILINE)
    assert sorted(listed) == sorted(infoplane.__all__)


def test_types_are_offered() -> None:
    assert (Path(infoplane.__file__).parent / "py.typed").exists()


def test_estimators_are_a_table() -> None:
    table = infoplane.estimators().set_index("name")
    assert list(table.index) == list(NAMES)
    assert table[["takes", "cost", "source"]].map(bool).all(axis=None)
    assert table["bias"].to_dict() == {name: each.bias for name, each in ESTIMATORS.items()}
    assert str(table.loc["ksg", "parameters"]).startswith("k=3, version=1")
    assert not table.loc["ksg", "repeats"]
