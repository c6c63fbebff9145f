"""What is written as Markdown is read back; what is not a table is refused."""

from __future__ import annotations

import pytest

from benchmarks.measuring import Row
from benchmarks.table import (
    as_markdown,
    machine,
    number,
    print_table,
    quantity,
    read_machine,
    read_ratios,
)

ROWS = [
    Row("bins.snapshot", "bins", 0.03, "unique rows", 6.0, floor=0.02, aim="≥ 100"),
    Row("kde.memory", "memory", 500.0, "(the aim)", 250.0, unit="MiB"),
    Row("knn.ksg", "KSG", 0.001, "trees", 1.2345),
]


def test_ratios_are_read_back_from_markdown() -> None:
    page = as_markdown(ROWS, "a machine, 2 cores")
    assert read_ratios(page) == {"bins.snapshot": 200.0, "kde.memory": 0.5, "knn.ksg": 1234.0}
    assert read_machine(page) == "a machine, 2 cores"


def test_a_row_shows_units_floor_and_aim() -> None:
    page = as_markdown(ROWS, machine())
    assert (
        "| `bins.snapshot` | bins | 30.0 ms | unique rows | 6.00 s | 200 | 20.0 ms | ≥ 100 |"
        in page
    )
    assert "| `kde.memory` | memory | 500 MiB | (the aim) | 250 MiB | 0.500 |  |  |" in page


def test_every_row_is_printed(capsys: pytest.CaptureFixture) -> None:
    print_table(ROWS)
    printed = capsys.readouterr().out
    assert all(row.key in printed for row in ROWS)
    assert machine().split(",")[0] in printed


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("# Benchmarks\n", "there are no rows; write the table with --write"),
        ("| `a.b` | work | 1 s | other | 2 s | fast | | |\n", "a.b has no ratio"),
        ("| `a.b` | work |\n", "a.b has no ratio"),
        ("| `a.b` | w | 1 s | o | 2 s | 2.00 | | |\n" * 2, "a.b comes twice"),
    ],
)
def test_what_is_no_table_is_refused(page: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_ratios(page)


def test_an_unknown_machine_is_said_to_be_one() -> None:
    assert read_machine("# Benchmarks\n") == "an unknown machine"


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0123456, "0.0123"), (1.0, "1.00"), (99.96, "100"), (1234.5, "1,234")]
)
def test_numbers_have_three_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def test_short_times_are_in_milliseconds() -> None:
    assert (quantity(0.25, "s"), quantity(2.5, "s"), quantity(0.25, "%")) == (
        "250 ms",
        "2.50 s",
        "0.250 %",
    )
