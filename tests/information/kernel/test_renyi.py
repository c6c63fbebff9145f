"""Matrix-based entropy against block kernels of known spectrum and a slow form of its own."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from asking import ask

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.kernel.kernels import KERNELS, gram_matrix, kernel_width, label_kernel
from infoplane.information.kernel.renyi import (
    _batches,
    renyi_entropy,
    renyi_information,
    spectral_entropy,
)

ALPHAS = (0.5, 1, 1.01, 2, 3)
LABELS = torch.arange(120) % 4
GENERATOR = torch.Generator().manual_seed(0)
NOISE = torch.randn(120, 5, generator=GENERATOR)
NEAR = NOISE + 2 * torch.nn.functional.one_hot(LABELS, 5)


def slow_entropy(k: np.ndarray, alpha: float) -> float:
    p = np.linalg.eigvalsh(k / np.trace(k))
    p = p[p > 1e-12]
    return -(p * np.log2(p)).sum() if alpha == 1 else np.log2((p**alpha).sum()) / (1 - alpha)


def slow_kernel(t: torch.Tensor, sigma: float, factor: float) -> np.ndarray:
    rows = t.double().numpy().reshape(len(t), -1)
    return np.exp(-((rows[:, None] - rows[None]) ** 2).sum(2) / (factor * sigma**2))


@pytest.mark.parametrize("alpha", ALPHAS)
def test_spectra_that_are_known(alpha: float) -> None:
    identity, ones = torch.eye(32).double(), torch.ones(32, 32).double()
    assert spectral_entropy(identity, alpha) == pytest.approx(5)
    assert spectral_entropy(ones, alpha) == pytest.approx(0, abs=1e-9)
    blocks = label_kernel(LABELS)
    assert spectral_entropy(blocks, alpha) == pytest.approx(2)
    assert spectral_entropy(blocks * blocks, alpha) == pytest.approx(2)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize(("kernel", "factor"), [(KERNELS[0], 2), (KERNELS[1], 1)])
def test_the_value_is_that_of_the_slow_form(alpha: float, kernel: str, factor: float) -> None:
    a, b = slow_kernel(NEAR, 1.5, factor), label_kernel(LABELS).numpy()
    expected = slow_entropy(a, alpha) + slow_entropy(b, alpha) - slow_entropy(a * b, alpha)
    found = renyi_information(NEAR, LABELS, alpha=alpha, kernel=kernel, width=1.5)
    assert found.bits == pytest.approx(expected, abs=1e-5)
    assert found.resolution == f"α = {alpha:g}, {kernel}, σ = 1.5"
    entropy = renyi_entropy(NEAR, alpha=alpha, kernel=kernel, width=1.5)
    assert entropy == pytest.approx(slow_entropy(a, alpha), abs=1e-5)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_blocks_that_are_the_labels_say_all_of_them(alpha: float) -> None:
    t = 100.0 * LABELS[:, None]
    found = renyi_information(t, LABELS, alpha=alpha, width=1.0)
    assert found.bits == pytest.approx(2)
    assert found.ceiling == pytest.approx(2)
    assert renyi_information(t[:, 0], t, alpha=alpha, width=1.0, label_width=1.0).bits > 1.99


def test_a_joint_is_never_below_its_parts() -> None:
    for alpha in ALPHAS:
        k = gram_matrix(NEAR, 1.5, KERNELS[0])
        assert spectral_entropy(k * k, alpha) > spectral_entropy(k, alpha)
    for width in (0.1, 1.0, 10.0):
        found = renyi_information(NEAR, LABELS, width=width)
        assert 0 < found.bits <= found.ceiling + 1e-9


def test_orders_near_one_are_near_von_neumann() -> None:
    near, at = (renyi_information(NEAR, LABELS, alpha=a, width=2.0).bits for a in (1.01, 1))
    assert near == pytest.approx(at, abs=0.02)
    assert near != at


def test_the_tensor_kernel_is_that_of_flattened_values() -> None:
    tensor = torch.randn(120, 2, 3, 3, generator=GENERATOR)
    found = renyi_information(tensor, LABELS, width=3.0).bits
    assert found == renyi_information(tensor.flatten(1), LABELS, width=3.0).bits
    assert renyi_entropy(tensor, width=3.0) == renyi_entropy(tensor.flatten(1), width=3.0)


def test_rotations_order_names_and_precision() -> None:
    kept = NEAR.clone()
    before = renyi_information(NEAR, LABELS, width=2.0).bits
    rotation = torch.linalg.qr(torch.randn(5, 5, generator=GENERATOR))[0]
    order = torch.randperm(120, generator=GENERATOR)
    for t, y in ((NEAR @ rotation + 100, LABELS), (NEAR[order], 7 - 3 * LABELS[order])):
        assert renyi_information(t, y, width=2.0).bits == pytest.approx(before, abs=1e-4)
    assert renyi_information(NEAR.double(), LABELS, width=2.0).bits == pytest.approx(before)
    assert torch.equal(NEAR, kept)


def test_batches_are_means_and_their_error_that_of_a_mean() -> None:
    rows = list(_batches(120, 10, seed=0))
    each = [renyi_information(NEAR[i], LABELS[i], width=2.0).bits for i in rows]
    found = renyi_information(NEAR, LABELS, width=2.0, batch=10)
    assert found.bits == pytest.approx(np.mean(each))
    assert found.drawing_error == pytest.approx(np.std(each, ddof=1) / math.sqrt(12))
    assert math.isnan(renyi_information(NEAR, LABELS, width=2.0).drawing_error)
    width = np.mean([kernel_width(NEAR[i], rule="median") for i in rows[:10]])  # of the first ten
    ruled = renyi_entropy(NEAR, width="median", batch=10)
    assert ruled == pytest.approx(renyi_entropy(NEAR, width=float(width), batch=10), abs=1e-9)


def test_width_rules() -> None:
    distances = torch.pdist(NEAR.double())
    assert kernel_width(NEAR, rule="silverman", gamma=2) == pytest.approx(2 * 120 ** (-1 / 9))
    assert kernel_width(NEAR, rule="median") == pytest.approx(float(distances.median()), abs=1e-5)
    y = label_kernel(LABELS)
    aligned = kernel_width(NEAR, rule="alignment", y=LABELS)

    def alignment(sigma: float) -> float:
        k = gram_matrix(NEAR, sigma, KERNELS[0])
        return float((k * y).sum() / (k.norm() * y.norm()))

    tried = [alignment(f * float(distances.mean())) for f in np.logspace(-2, 1, 61)]
    assert alignment(aligned) == pytest.approx(max(tried), abs=1e-6)
    other = kernel_width(NEAR, rule="alignment", y=LABELS, kernel=KERNELS[1])
    assert other / aligned == pytest.approx(math.sqrt(2), rel=0.06)  # a step of the widths tried
    assert kernel_width(torch.ones(9, 2), rule="median") == 1
    assert kernel_width(torch.ones(9, 2), rule="alignment", y=LABELS[:9]) == 1
    mostly = torch.zeros(9, 1)
    mostly[0] = 3.0
    assert kernel_width(mostly, rule="median") == pytest.approx(3)


@pytest.mark.parametrize("rule", ["silverman", "median", "alignment"])
def test_a_width_can_be_frozen(rule: str) -> None:
    width = kernel_width(NEAR, rule=rule, y=LABELS)
    ruled, frozen = (renyi_information(NEAR, LABELS, width=w) for w in (rule, width))
    assert frozen.bits == ruled.bits
    assert ruled.resolution.endswith(f"σ = {width:.6g} ({rule})")


def test_a_width_aligned_to_random_labels_follows_them() -> None:
    random = LABELS[torch.randperm(120, generator=torch.Generator().manual_seed(5))]
    own = kernel_width(NEAR, rule="alignment", y=random)
    frozen = kernel_width(NEAR, rule="alignment", y=LABELS)
    assert own < 0.7 * frozen or own > 1.4 * frozen


def test_continuous_y() -> None:
    y = NEAR[:, :2] + 0.1 * NOISE[:, 1:3]
    related = renyi_information(NEAR, y, width="median", label_width="median")
    shuffled = renyi_information(NEAR, y.flip(0), width="median", label_width="median")
    assert related.bits > 1.5 * shuffled.bits
    assert related.ceiling == math.log2(120)
    assert "σ of y = " in related.resolution


def test_batches_are_averaged() -> None:
    found = renyi_information(NEAR, LABELS, batch=30, width=2.0, seed=1)
    assert found.bits == renyi_information(NEAR, LABELS, batch=30, width=2.0, seed=1).bits
    assert found.bits != renyi_information(NEAR, LABELS, batch=30, width=2.0, seed=2).bits
    assert found.ceiling < 2
    assert found.drawing_error > 0
    assert found.resolution.endswith("batches of 30")
    assert renyi_information(NEAR, NOISE, batch=50).ceiling == math.log2(50)
    assert renyi_entropy(NEAR, batch=30, width=0.01) == pytest.approx(math.log2(30), abs=1e-6)


def test_strange_samples_have_defined_values() -> None:
    equal = torch.ones(20, 3)
    for rule in ("silverman", "median", "alignment"):
        assert renyi_information(equal, LABELS[:20], width=rule).bits == pytest.approx(0, abs=1e-9)
    assert renyi_information(NEAR, LABELS * 0).bits == pytest.approx(0, abs=1e-9)


LONG = torch.zeros(10_001, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: renyi_information(LONG, LONG), "10,001 samples was asked for; give batch=1000"),
        (lambda: renyi_entropy(LONG), "10,001 samples was asked for"),
        (lambda: renyi_information(NEAR, LABELS, batch=121), "batch is 121 of 120 samples"),
        (lambda: renyi_information(NEAR, LABELS, batch=1), "batch is 1 of 120 samples"),
        (lambda: renyi_information(NEAR, LABELS[1:]), "t has 120 samples and y has 119"),
        (lambda: renyi_information(NEAR, LABELS, alpha=0), "alpha is 0; give a finite number"),
        (lambda: renyi_information(NEAR, LABELS, kernel="rbf"), "kernel is 'rbf'; give one of"),
        (lambda: renyi_information(NEAR, LABELS, width=0), "width is 0; give a finite number"),
        (lambda: renyi_information(NEAR, LABELS, width="wide"), "width is 'wide'; give one of"),
        (lambda: renyi_information(NEAR, LABELS, gamma=-1), "gamma is -1; give a finite"),
        (lambda: renyi_entropy(NEAR, width="alignment"), "'alignment' needs labels"),
        (lambda: renyi_information(NEAR, NOISE, width="alignment"), "'alignment' needs labels"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call()
    with pytest.raises(NonFiniteError, match="t has values that are NaN"):
        renyi_information(NEAR / 0, LABELS)


def test_the_null_keeps_the_width_of_the_true_labels() -> None:
    """Tuned anew to each permutation it would be narrow, and the null that of another measure."""
    given = {"name": "renyi", "permutations": 5}
    found = ask(NEAR, LABELS, width="alignment", **given)
    sigma = kernel_width(NEAR, rule="alignment", y=LABELS)
    frozen = ask(NEAR, LABELS, width=sigma, **given)
    assert (found.bits, found.null_mean, found.null_std) == pytest.approx(
        (frozen.bits, frozen.null_mean, frozen.null_std), abs=1e-12
    )
    assert "(alignment)" in found.resolution
