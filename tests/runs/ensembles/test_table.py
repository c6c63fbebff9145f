"""The table of outcomes: what it rounds, and that it is read as written."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from infoplane.errors import InfoplaneError
from infoplane.memorization.ensembles.outcomes import Outcomes
from infoplane.runs.ensembles.table import is_whole, read_outcomes, rounded, write_outcomes

DRAW = np.random.default_rng(0)
SIZES = {"train": 50, "test": 30}


def outcomes(n: int) -> Outcomes:
    log2_p = rounded(-DRAW.exponential(size=(1, n)).astype(np.float32))
    prediction = DRAW.integers(10, size=(1, n))
    return Outcomes(DRAW.random((1, n)) < 0.5, prediction == 3, prediction, log2_p)


def written(path: Path) -> list[tuple[int, str, np.ndarray, Outcomes]]:
    parts = [
        (network, subset, np.arange(n) + 7, outcomes(n))
        for network in (4, 5)
        for subset, n in SIZES.items()
    ]
    write_outcomes(path, iter(parts))
    return parts


def test_rounding_is_relative_and_to_nearest() -> None:
    values = -(10.0 ** DRAW.uniform(-30, 3, 1000)).astype(np.float32)
    error = abs(rounded(values) / values - 1)
    assert 2.0**-13 < error.max() <= 2.0**-12
    assert abs(np.mean(rounded(values) / values - 1)) < 1e-5
    assert not (rounded(values).view(np.uint32) & 0xFFF).any()
    assert rounded(np.zeros(1, np.float32)) == 0


def test_what_is_written_is_read(tmp_path: Path) -> None:
    parts = written(tmp_path / "t.parquet")
    read = list(read_outcomes(tmp_path / "t.parquet", networks=2, sizes=SIZES))
    assert [subset for subset, _ in read] == [subset for _, subset, _, _ in parts]
    for (*_, before), (_, after) in zip(parts, read, strict=True):
        for name, values in vars(before).items():
            np.testing.assert_array_equal(values, getattr(after, name))
    assert is_whole(tmp_path / "t.parquet", 160)
    assert not is_whole(tmp_path / "t.parquet", 161)


def test_other_programs_read_it(tmp_path: Path) -> None:
    parts = written(tmp_path / "t.parquet")
    query = (
        "select network, sum(log2_p), min(id) from '{}' where subset = 'test' group by 1 order by 1"
    )
    rows = duckdb.sql(query.format(tmp_path / "t.parquet")).fetchall()
    sums = [float(o.log2_p.sum()) for _, subset, _, o in parts if subset == "test"]
    assert [(network, least) for network, _, least in rows] == [(4, 7), (5, 7)]
    np.testing.assert_allclose([total for _, total, _ in rows], sums, rtol=1e-5)


def test_equal_tables_are_equal_files(tmp_path: Path) -> None:
    parts = written(tmp_path / "t.parquet")
    write_outcomes(tmp_path / "again.parquet", iter(parts))
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "t.parquet").read_bytes()


def test_refusals(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    written(path)
    with pytest.raises(InfoplaneError, match="holds 160 rows, not those of 3 networks on 80 exam"):
        list(read_outcomes(path, networks=3, sizes=SIZES))
    path.write_bytes(path.read_bytes()[:200])
    assert not is_whole(path, 160)
    with pytest.raises(InfoplaneError, match=r"cannot be read .* run the same ensemble again"):
        list(read_outcomes(path, networks=2, sizes=SIZES))
