"""Samples are of the distribution whose truth is claimed: the mean of the exact log-ratio."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from log_ratios import RATIOS, normal_ratio, pairs_ratio
from scipy import special

from infoplane import seeds
from infoplane.information.mutual_information import mutual_information
from infoplane.validation.distribution import BITS, Distribution
from infoplane.validation.distributions import distribution, distributions

N = 40_000


def drawn(made: Distribution, n: int = N, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    return made.sample(n, seeds.generator(seed, "test"))


@pytest.mark.parametrize("name", distributions())
def test_shapes_types_and_seeds(name: str) -> None:
    made = distribution(name)
    t, y = drawn(made, 50)
    assert t.dtype == torch.float64
    assert (t.ndim, len(t), len(y)) == (2, 50, 50)
    assert (y.dtype, y.ndim) == {
        "continuous": (torch.float64, 2), "discrete": (torch.int64, 1)
    }[made.kind]  # fmt: skip
    assert t.isfinite().all()
    assert y.isfinite().all()
    again, other = drawn(made, 50), drawn(made, 50, seed=1)
    assert torch.equal(t, again[0])
    assert torch.equal(y, again[1])
    assert not torch.equal(t, other[0])


@pytest.mark.parametrize("name", distributions())
def test_atoms_are_declared(name: str) -> None:
    made = distribution(name)
    values = [v for v in drawn(made, 2000) if v.ndim == 2]
    repeats = any(len(v.unique(dim=0)) < 2000 for v in values)
    assert repeats == made.atoms or name == "12-bit task"  # its 4,096 patterns come in turn


@pytest.mark.parametrize("name", ["12-bit task", "4-bit relu net 10-5, I(T;Y)"])
def test_all_patterns_come_before_any_comes_again(name: str) -> None:
    made = distribution(name)
    t, y = drawn(made, 4096)
    got = mutual_information(t, y, "bins(bin_width=1e-06)", permutations=0).bits
    assert got == pytest.approx(made.truth_bits, abs=1e-9)
    assert len(drawn(distribution("12-bit task"), 9000)[0].unique(dim=0)) == 4096


@pytest.mark.parametrize("name", RATIOS)
def test_mean_log_ratio_of_samples_is_the_truth(name: str) -> None:
    made = distribution(name)
    t, y = drawn(made, 4000 if "image" in name else N)
    ratios = RATIOS[name](t.numpy(), y.numpy()) * BITS
    assert ratios.shape == (len(t),)
    error = ratios.std() / math.sqrt(len(ratios))
    assert ratios.mean() == pytest.approx(made.truth_bits, abs=max(4 * error, 1e-9))


def test_stochastic_labels_follow_their_probabilities() -> None:
    from infoplane.data.twelve_bit import label_probabilities

    t, y = drawn(distribution("12-bit task, stochastic"))
    p = label_probabilities()[(t.numpy() @ 2.0 ** np.arange(11, -1, -1)).astype(int)]
    np.testing.assert_allclose(y.numpy().mean(), p.mean(), atol=4 * 0.5 / math.sqrt(N))
    own = np.where(y.numpy() == 1, p, 1 - p) / np.where(y.numpy() == 1, p.mean(), 1 - p.mean())
    assert np.log2(own).mean() == pytest.approx(0.99, abs=0.01)


def unroll(points: np.ndarray) -> np.ndarray:
    angle = 21 * np.linalg.norm(points, axis=1, keepdims=True)
    return special.ndtri((angle / (1.5 * np.pi) - 1) / 2)


def uncube(x: np.ndarray) -> np.ndarray:
    return np.sign(x) * np.abs(x) ** (2 / 3)


def turn_back(x: np.ndarray, plane: tuple[int, int]) -> np.ndarray:
    turned, z = x.copy(), x[:, plane[0]] + 1j * x[:, plane[1]]
    z = z * np.exp(-1j * (x**2).sum(axis=1))
    turned[:, plane[0]], turned[:, plane[1]] = z.real, z.imag
    return turned


UNDO: dict[str, tuple[Callable, Callable]] = {
    "gaussian through normal cdf": (special.ndtri, special.ndtri),
    "gaussian through half cube": (uncube, uncube),
    "gaussian through asinh": (np.sinh, np.sinh),
    "gaussian swissroll 2+1": (unroll, special.ndtri),
    "gaussian spiral 3+3": (lambda v: turn_back(v, (0, 1)), lambda v: turn_back(v, (1, 2))),
    "gaussian spiral 5+5": (lambda v: turn_back(v, (0, 1)), lambda v: turn_back(v, (1, 2))),
}


@pytest.mark.parametrize("name", UNDO)
def test_images_can_be_undone(name: str) -> None:
    """So they keep the information; undone, they are samples of the normal distribution."""
    made = distribution(name)
    spiral = "spiral" in name
    base = distribution("gaussian 2-pair 5+5" if "5+5" in name else "gaussian 1+1, ρ 0.75")
    for undo, value, normal in zip(UNDO[name], drawn(made), drawn(base), strict=True):
        if "3+3" not in name:
            np.testing.assert_allclose(undo(value.numpy()), normal.numpy(), atol=1e-6)
    t, y = (undo(value.numpy()) for undo, value in zip(UNDO[name], drawn(made), strict=True))
    ratios = pairs_ratio(0.8, t.shape[1], 2)(t, y) if spiral else pairs_ratio(0.75)(t, y)
    error = ratios.std() / math.sqrt(N)
    assert ratios.mean() * BITS == pytest.approx(made.truth_bits, abs=4 * error * BITS)


def test_the_wiggly_map_increases() -> None:
    made, base = distribution("gaussian wiggly"), distribution("gaussian 1+1, ρ 0.75")
    for value, normal in zip(drawn(made), drawn(base), strict=True):
        order = normal[:, 0].argsort()
        assert (value[order, 0].diff() > 0).all()
        slopes = value[order, 0].diff() / normal[order, 0].diff()
        assert slopes.min() > 0.1


@pytest.mark.parametrize("name", ["linear net 3-2, σ² 0.1", "linear net 10-10, σ² 1"])
def test_linear_networks_by_the_joint_covariance(name: str) -> None:
    made = distribution(name)
    t, x = drawn(made)
    ratios = normal_ratio(np.cov(np.concatenate([t, x], axis=1).T), t.shape[1])(
        t.numpy(), x.numpy()
    )
    error = ratios.std() / math.sqrt(N)
    assert ratios.mean() * BITS == pytest.approx(made.truth_bits, abs=4 * error * BITS)
