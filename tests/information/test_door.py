"""``mutual_information`` and ``entropy`` on anything a user may hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import infoplane
from infoplane import InfoplaneError, entropy, mutual_information

RANDOM = np.random.default_rng(0)
T = RANDOM.standard_normal((500, 4)).astype(np.float32)
Y = (T[:, 0] > 0).astype(np.int64) + (T[:, 1] > 0)


def test_arrays_tensors_and_lists_agree() -> None:
    expected = mutual_information(T, Y, bin_width=1.0)
    assert mutual_information(torch.from_numpy(T), torch.from_numpy(Y), bin_width=1.0) == expected
    assert mutual_information(T.tolist(), Y.tolist(), bin_width=1.0).bits == pytest.approx(
        expected.bits
    )
    grad = torch.from_numpy(T).requires_grad_()
    assert mutual_information(grad, Y.astype(str), bin_width=1.0).bits == expected.bits


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int32])
def test_any_number_type(dtype: torch.dtype) -> None:
    assert mutual_information(torch.from_numpy(T).to(dtype), Y, bin_width=1.0).bits > 0


def test_continuous_y_is_binned_too() -> None:
    x = RANDOM.standard_normal(20_000)
    y = 0.8 * x + 0.6 * RANDOM.standard_normal(20_000)
    estimate = mutual_information(x, y, bins=20)
    assert estimate.bits == pytest.approx(-0.5 * math.log2(1 - 0.64), abs=0.05)
    assert estimate.null_mean < 0.02
    assert mutual_information(x[:, None], y[:, None], bins=20).bits == estimate.bits


def test_images_are_flattened_and_bools_are_labels() -> None:
    assert mutual_information(T.reshape(500, 2, 2), Y > 0, bin_width=1.0).ceiling <= 1


def test_miller_madow_is_below_plug_in_of_independent_labels() -> None:
    y = RANDOM.integers(0, 10, 500)
    plug_in = mutual_information(T[:, :2], y, bin_width=0.5)
    corrected = mutual_information(T[:, :2], y, bin_width=0.5, correction="miller-madow")
    assert corrected.bits < plug_in.bits
    assert corrected.estimator == "bins, Miller–Madow"


def test_above_null() -> None:
    estimate = mutual_information(T, Y, bin_width=1.0)
    assert estimate.above_null == estimate.bits - estimate.null_mean


def test_seeded_and_silent_about_the_global_generators() -> None:
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()
    first = mutual_information(T, Y, bin_width=0.5, seed=1)
    assert first == mutual_information(T, Y, bin_width=0.5, seed=1)
    assert first.null_mean != mutual_information(T, Y, bin_width=0.5, seed=2).null_mean
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], numpy_before)


def test_entropy_of_the_twelve_bits() -> None:
    patterns = (np.arange(4096)[:, None] >> np.arange(12)) & 1
    assert entropy(patterns, bin_width=0.5) == 12.0


def test_names_from_the_top() -> None:
    assert "mutual_information" in dir(infoplane)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = infoplane.nothing


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mutual_information(T, Y), "give exactly one of the two"),
        (lambda: mutual_information(T, Y, bins=3, bin_width=1.0), "give exactly one of the two"),
        (lambda: mutual_information(T, Y[:-1], bin_width=1.0), "500 samples and y has 499"),
        (lambda: mutual_information(T, Y, bin_width=1.0, estimator="magic"), "give one of: bins"),
        (lambda: mutual_information(T, Y, bin_width=1.0, correction="x"), "plug-in, miller-madow"),
        (lambda: mutual_information(T, Y, bin_width=1.0, permutations=-1), "give 0 or more"),
        (lambda: mutual_information(3.0, Y, bin_width=1.0), "t is a single number"),
        (lambda: mutual_information(T / 0, Y, bin_width=1.0), "NaN or infinite"),
        (lambda: mutual_information(T, Y, bin_width=1e-16), "use wider bins"),
        (lambda: mutual_information(T[:0], Y[:0], bin_width=1.0), "no samples"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call()
