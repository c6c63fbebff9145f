"""``mutual_information`` and ``entropy`` on anything a user may hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from asking import ask
from checking import unchecked

import infoplane
from infoplane import InfoplaneError, entropy, mutual_information
from infoplane.information.as_text import make
from infoplane.information.core.pca import principal_components

RANDOM = np.random.default_rng(0)
T = RANDOM.standard_normal((500, 4)).astype(np.float32)
Y = (T[:, 0] > 0).astype(np.int64) + (T[:, 1] > 0)


def test_arrays_tensors_and_lists_agree() -> None:
    expected = mutual_information(T, Y, "bins(bin_width=1.0)")
    assert (
        mutual_information(torch.from_numpy(T), torch.from_numpy(Y), "bins(bin_width=1.0)")
        == expected
    )
    assert mutual_information(T.tolist(), Y.tolist(), "bins(bin_width=1.0)").bits == pytest.approx(
        expected.bits
    )
    grad = torch.from_numpy(T).requires_grad_()
    assert mutual_information(grad, Y.astype(str), "bins(bin_width=1.0)").bits == expected.bits


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int32])
def test_any_number_type(dtype: torch.dtype) -> None:
    assert mutual_information(torch.from_numpy(T).to(dtype), Y, "bins(bin_width=1.0)").bits > 0


def test_continuous_y_is_binned_too() -> None:
    x = RANDOM.standard_normal(20_000)
    y = 0.8 * x + 0.6 * RANDOM.standard_normal(20_000)
    estimate = mutual_information(x, y, "bins(bins=20)")
    assert estimate.bits == pytest.approx(-0.5 * math.log2(1 - 0.64), abs=0.05)
    assert estimate.null_mean < 0.02
    assert mutual_information(x[:, None], y[:, None], "bins(bins=20)").bits == estimate.bits


def test_images_are_flattened_and_bools_are_labels() -> None:
    assert mutual_information(T.reshape(500, 2, 2), Y > 0, "bins(bin_width=1.0)").ceiling <= 1


def test_miller_madow_is_below_plug_in_of_independent_labels() -> None:
    y = RANDOM.integers(0, 10, 500)
    plug_in = mutual_information(T[:, :2], y, "bins(bin_width=0.5)")
    corrected = mutual_information(T[:, :2], y, "bins(bin_width=0.5, correction='miller-madow')")
    assert corrected.bits < plug_in.bits
    assert corrected.estimator == "bins, Miller–Madow"


def test_above_null() -> None:
    estimate = mutual_information(T, Y, "bins(bin_width=1.0)")
    assert estimate.above_null == estimate.bits - estimate.null_mean


def test_seeded_and_silent_about_the_global_generators() -> None:
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()
    first = mutual_information(T, Y, "bins(bin_width=0.5)", seed=1)
    assert first == mutual_information(T, Y, "bins(bin_width=0.5)", seed=1)
    assert first.null_mean != mutual_information(T, Y, "bins(bin_width=0.5)", seed=2).null_mean
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
        (lambda: mutual_information(T, Y, "bins"), "give exactly one of the two"),
        (
            lambda: mutual_information(T, Y, "bins(bins=3, bin_width=1.0)"),
            "give exactly one of the two",
        ),
        (lambda: mutual_information(T, Y[:-1], "bins(bin_width=1.0)"), "500 samples and y has 499"),
        (lambda: mutual_information(T, Y, "magic(bin_width=1.0)"), "give one of: bins"),
        (
            lambda: mutual_information(T, Y, "bins(bin_width=1.0, correction='x')"),
            "plug-in, miller-madow",
        ),
        (
            lambda: mutual_information(T, Y, "bins(bin_width=1.0)", permutations=-1),
            "give 0 or more",
        ),
        (lambda: mutual_information(3.0, Y, "bins(bin_width=1.0)"), "t is a single number"),
        (
            lambda: mutual_information(["a", "b"], Y[:2], "bins(bin_width=1.0)"),
            "t holds text, objects",
        ),
        (
            lambda: mutual_information([[1, 2], [3]], Y[:2], "bins(bins=3)"),
            "t holds .* different lengths",
        ),
        (
            lambda: mutual_information(T[:2], [[1, 2], [3]], "bins(bins=3)"),
            "y holds .* different lengths",
        ),
        (lambda: mutual_information(T / 0, Y, "bins(bin_width=1.0)"), "NaN or infinite"),
        (lambda: mutual_information(T, Y, "bins(bin_width=1e-16)"), "use wider bins"),
        (lambda: mutual_information(T[:0], Y[:0], "bins(bin_width=1.0)"), "no samples"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"k": "3"}, "k of estimator 'ross' is '3'; give a whole number"),
        ({"k": 2.5}, "k of estimator 'ross' is 2.5; give a whole number"),
        ({"k": True}, "k of estimator 'ross' is True; give a whole number"),
        ({"components": 1.5}, "components of estimator 'ross' is 1.5; give a whole number or None"),
        ({"norm": 3}, "norm of estimator 'ross' is 3; give text"),
        (
            {"permutations": 2.5},
            "permutations of an estimate is 2.5; give a whole number or N",
        ),
        ({"jackknife": None}, "jackknife of an estimate is None; give a whole number"),
        ({"extrapolate": 1}, "extrapolate of an estimate is 1; give True or False"),
        (
            {"name": "kde-upper", "noise_variance": "0.1"},
            "noise_variance of estimator 'kde-upper' is '0.1'; give a number",
        ),
        ({"name": "edge", "scales": 3}, "scales of estimator 'edge' is 3; give a list of num"),
        ({"name": "renyi", "width": [1.0]}, r"width of .* is \[1.0\]; give a number or text"),
        (
            {"name": "bins", "bins": 3.5},
            "bins of estimator 'bins' is 3.5; give a whole number",
        ),
        (
            {"name": "bins", "bins": 3, "bin_range": (0, 1, 2)},
            r"bin_range of estimator 'bins' is \(0, 1, 2\); give two numbers",
        ),
    ],
)
def test_parameters_of_another_type_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        ask(T, Y, **{"name": "ross", **given})


@unchecked()  # the hints say int and tuple
def test_numbers_of_numpy_and_lists_are_parameters_too() -> None:
    found = mutual_information(T, Y, make("ross", {"k": np.int64(4)}), permutations=np.int32(0))
    assert found == mutual_information(T, Y, "ross(k=4)", permutations=0)
    found = mutual_information(
        T, Y, make("bins", {"bins": np.int64(5), "bin_range": [np.float32(-3), 3]})
    )
    assert found == mutual_information(T, Y, "bins(bins=5, bin_range=(-3.0, 3.0))")


@pytest.mark.parametrize("name", ["ksg", "ross", "mesner-shalizi"])
def test_neighbours_of_wide_layers_by_their_principal_components(name: str) -> None:
    random = torch.Generator().manual_seed(0)
    near = torch.randn(300, 2, generator=random, dtype=torch.float64)
    y = near[:, :1] + near[:, 1:] if name == "ksg" else (near.sum(dim=1) > 0).long()
    axes = torch.linalg.qr(torch.randn(40, 40, generator=random, dtype=torch.float64))[0]
    wide = torch.cat([3 * near, 0.01 * torch.randn(300, 38, generator=random)], dim=1) @ axes
    given = {"name": name, "permutations": 0}
    found = ask(wide, y, components=2, **given)
    reduced = principal_components(wide, 2)
    assert found.bits == pytest.approx(ask(reduced, y, **given).bits, abs=1e-12)
    assert found.resolution.endswith(", 2 principal components")
    with pytest.raises(InfoplaneError, match="components is -1; give 1 or more"):
        ask(near, y, components=-1, **given)
