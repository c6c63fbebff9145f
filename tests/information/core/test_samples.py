"""What is refused of samples, wherever it stands among them."""

from __future__ import annotations

import math

import pytest
import torch

from infoplane.errors import NonFiniteError
from infoplane.information.core.samples import as_rows, check_finite, check_samples, finite_rows


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("check", [check_finite, check_samples, finite_rows])
def test_one_value_that_is_not_finite_is_refused(check, bad: float) -> None:
    t = torch.zeros(20, 3)
    t[7, 1] = bad
    with pytest.raises(NonFiniteError, match="t has values that are NaN or infinite"):
        check(t, "t")


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_finite_values_whose_sum_is_not_are_taken(dtype: torch.dtype) -> None:
    t = torch.full((20, 3), torch.finfo(dtype).max, dtype=dtype)
    check_samples(t, "t")
    assert torch.equal(finite_rows(t, "t"), t)


def test_rows_are_what_lies_along_the_first_axis() -> None:
    t = torch.arange(24.0).reshape(2, 3, 4)
    for rows in (as_rows(t, "t"), as_rows(t.tolist(), "t"), finite_rows(t, "t")):
        assert rows.tolist() == t.reshape(2, 12).tolist()
