"""Samples are of the distribution whose truth is claimed: the mean of the exact log-ratio."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy import special, stats

from infoplane import seeds
from infoplane.information.door import mutual_information
from infoplane.validation.distribution import BITS, Distribution
from infoplane.validation.distributions import distribution, distributions
from infoplane.validation.images_family import GREY_LEVELS, digits

Ratio = Callable[[np.ndarray, np.ndarray], np.ndarray]
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
    got = mutual_information(t, y, bin_width=1e-6, permutations=0).bits
    assert got == pytest.approx(made.truth_bits, abs=1e-9)
    assert len(drawn(distribution("12-bit task"), 9000)[0].unique(dim=0)) == 4096


def normal_ratio(covariance: np.ndarray, width: int) -> Ratio:
    parts = (slice(None), slice(width), slice(width, None))
    whole, first, last = (stats.multivariate_normal(cov=covariance[p, p]) for p in parts)

    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        both = np.concatenate([t, y], axis=1)
        return whole.logpdf(both) - first.logpdf(t) - last.logpdf(y)

    return ratio


def pairs_ratio(correlation: float, d: int = 1, pairs: int = 1) -> Ratio:
    """Only the first coordinates are correlated."""
    covariance = np.array([[1, correlation], [correlation, 1]])
    of_one = normal_ratio(covariance, 1)

    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        assert t.shape[1] == y.shape[1] == d
        return np.sum([of_one(t[:, [i]], y[:, [i]]) for i in range(pairs)], axis=0)

    return ratio


def student_ratio(d: int, df: int) -> Ratio:
    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        half, whole = (stats.multivariate_t(shape=np.eye(k), df=df) for k in (d, 2 * d))
        both = np.concatenate([t, y], axis=1)
        if d == 1:
            return whole.logpdf(both) - sum(stats.t.logpdf(v[:, 0], df) for v in (t, y))
        return whole.logpdf(both) - half.logpdf(t) - half.logpdf(y)

    return ratio


def uniform_ratio(noise: float) -> Ratio:
    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        assert (np.abs(t - y) <= noise).all()
        overlap = np.minimum(y + noise, 1) - np.maximum(y - noise, 0)
        return -np.log(overlap[:, 0])

    return ratio


def intervals_ratio(classes: int) -> Ratio:
    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        inside = t - np.arange(classes)  # [n, classes]
        possible = ((inside >= 0) & (inside <= 2)).sum(axis=1)
        assert (inside[np.arange(len(y)), y] >= 0).all()
        return np.log(classes / possible)

    return ratio


def poisson_ratio(zero: float) -> Ratio:
    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        none = zero * (y == 0)
        p = (1 - zero) * stats.poisson.pmf(y, t) + none
        return np.log(p / ((1 - zero) * 0.5 ** (y + 1) + none))[:, 0]

    return ratio


def classes_ratio(classes: int, distance: float) -> Ratio:
    """The means as the samples show them: in all dimensions, not along a line."""

    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        means = np.stack([t[y == c].mean(axis=0) for c in range(classes)])
        steps = np.linalg.norm(np.diff(means, axis=0), axis=1)
        np.testing.assert_allclose(steps, distance, atol=0.2)
        logs = -((t[:, None] - means) ** 2).sum(axis=2) / 2
        own = logs[np.arange(len(y)), y]
        return own - special.logsumexp(logs, axis=1) + math.log(classes)

    return ratio


def channel_ratio(length: int, flip: float, *, labels: bool = False) -> Ratio:
    """Bits are read off the images, and compared."""
    known = {row.tobytes(): bit for bit, images in enumerate(digits()) for row in images.numpy()}

    def read(images: np.ndarray) -> np.ndarray:
        whole = np.floor(images * GREY_LEVELS).reshape(-1, 64)
        return np.array([known[row.tobytes()] for row in whole]).reshape(-1, length)

    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        received = (y[:, None] >> np.arange(length)) & 1 if labels else read(y)
        flips = (read(t) != received).sum(axis=1)
        return (
            length * math.log(2)
            + flips * math.log(max(flip, 1e-300))
            + (length - flips) * math.log(1 - flip)
        )

    return ratio


RATIOS: dict[str, Ratio] = {
    "gaussian 1+1, ρ 0": pairs_ratio(0.0),
    "gaussian 1+1, ρ 0.75": pairs_ratio(0.75),
    "gaussian 1+1, ρ 0.99": pairs_ratio(0.99),
    "gaussian dense 2+2": normal_ratio(0.5 + 0.5 * np.eye(4), 2),
    "gaussian dense 5+5": normal_ratio(0.5 + 0.5 * np.eye(10), 5),
    "gaussian dense 25+25": normal_ratio(0.5 + 0.5 * np.eye(50), 25),
    "gaussian 2-pair 2+2": pairs_ratio(0.8, 2, 2),
    "gaussian 2-pair 5+5": pairs_ratio(0.8, 5, 2),
    "gaussian 2-pair 25+25": pairs_ratio(0.8, 25, 2),
    "student 1+1, 1 df": student_ratio(1, 1),
    "student 1+1, 2 df": student_ratio(1, 2),
    "student 2+2, 2 df": student_ratio(2, 2),
    "student 3+3, 2 df": student_ratio(3, 2),
    "uniform, noise 0.1": uniform_ratio(0.1),
    "uniform, noise 0.75": uniform_ratio(0.75),
    **{f"intervals, {m} classes": intervals_ratio(m) for m in (2, 5, 10)},
    **{f"zero-inflated Poisson, p {p:g}": poisson_ratio(p) for p in (0.0, 0.15, 0.5)},
    **{f"2 classes {d:g} sd apart, 1-d": classes_ratio(2, d) for d in (0.5, 1, 2, 4, 8)},
    **{
        f"10 classes {s} sd apart, {d}-d": classes_ratio(10, s) for s in (1, 2, 4) for d in (1, 10)
    },
    "image pairs, 1 bit, flip 0": channel_ratio(1, 0.0),
    "image pairs, 1 bit, flip 0.1": channel_ratio(1, 0.1),
    "image pairs, 4 bits, flip 0.05": channel_ratio(4, 0.05),
    "image labels, 1 bit, flip 0.1": channel_ratio(1, 0.1, labels=True),
    "image labels, 3 bits, flip 0.05": channel_ratio(3, 0.05, labels=True),
}  # fmt: skip


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
