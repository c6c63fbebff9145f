"""KSG at 50,000 × (1 + 1) and Ross at 10,000 × 64, against the published methods."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from scipy.spatial import KDTree
from scipy.special import digamma
from sklearn.neighbors import KDTree as SklearnTree
from sklearn.neighbors import NearestNeighbors

from benchmarks.measuring import Row, grown_mebibytes, seconds
from infoplane.information.neighbours.ksg import ksg_mutual_information
from infoplane.information.neighbours.ross import ross_mutual_information

K = 3
NOISE = np.random.default_rng(0)  # NPEET's is the global generator


def rows() -> Iterator[Row]:
    """Time both, after a look that values agree."""
    generator = torch.Generator().manual_seed(0)
    t, noise = torch.randn(2, 50_000, generator=generator, dtype=torch.float64)
    y = 0.75 * t + math.sqrt(1 - 0.75**2) * noise
    a, b = t.numpy()[:, None], y.numpy()[:, None]
    ours = ksg_mutual_information(t, y, k=K).bits
    ksg = seconds(lambda: ksg_mutual_information(t, y, k=K), repeats=5)
    for key, name, theirs, aim in (
        ("ksg-npeet", "NPEET (scikit-learn trees)", _npeet, "≥ 3"),
        ("ksg-scipy", "scipy trees, all points at once", _ksg_scipy, ""),
    ):
        np.testing.assert_allclose(theirs(a, b), ours, atol=1e-3)
        slow = seconds(lambda f=theirs: f(a, b), repeats=3)
        yield Row(key, "KSG, 50,000 × (1 + 1)", ksg, name, slow, aim=aim)

    labels = torch.arange(10_000) % 10
    centres = torch.randn(10, 64, generator=generator, dtype=torch.float64)
    layer = centres[labels] / 2 + torch.randn(10_000, 64, generator=generator, dtype=torch.float64)
    np.testing.assert_allclose(
        _ross(layer.numpy(), labels.numpy()), ross_mutual_information(layer, labels, k=K).bits
    )
    yield Row(
        "ross",
        "Ross, 10,000 × 64, ten classes",
        seconds(lambda: ross_mutual_information(layer, labels, k=K)),
        "scikit-learn tree a class",
        seconds(lambda: _ross(layer.numpy(), labels.numpy()), repeats=1),
        aim="≥ 5",
    )
    grown = grown_mebibytes("benchmarks.knn:wide")
    work = "memory of Ross, 10,000 × 1,024"
    yield Row("ross-memory", work, grown, "(the aim)", 300.0, unit="MiB", aim="≥ 1")


def wide() -> Callable[[], object]:
    """Prepare Ross of a wide layer."""
    t, y = torch.randn(10_000, 1024), torch.arange(10_000) % 10
    return lambda: ross_mutual_information(t, y)


def _ksg_scipy(t: np.ndarray, y: np.ndarray) -> float:
    """Bits, by a tree of the pairs and one of each marginal."""
    joint, n = np.hstack([t, y]), len(t)
    radius = KDTree(joint).query(joint, k=K + 1, p=np.inf)[0][:, -1] - 1e-15
    mean = sum(
        digamma(KDTree(v).query_ball_point(v, radius, p=np.inf, return_length=True)).mean()
        for v in (t, y)
    )
    return (digamma(K) + digamma(n) - mean) / math.log(2)


def _npeet(t: np.ndarray, y: np.ndarray) -> float:
    """NPEET's ``mi`` as of October 2022: noise, a tree of the pairs, one of each marginal."""
    t, y = (v + 1e-10 * NOISE.random(v.shape) for v in (t, y))
    points = np.hstack([t, y])
    radius = SklearnTree(points, metric="chebyshev").query(points, k=K + 1)[0][:, K] - 1e-15
    a, b = (
        digamma(SklearnTree(v, metric="chebyshev").query_radius(v, radius, count_only=True)).mean()
        for v in (t, y)
    )
    return (-a - b + digamma(K) + digamma(len(t))) / math.log(2)


def _ross(t: np.ndarray, y: np.ndarray) -> float:
    """Bits, by the neighbours of each class and one tree for the counts (scikit-learn's form)."""
    n, radius, sizes = len(t), np.empty(len(t)), np.empty(len(t))
    for c in np.unique(y):
        of_class = y == c
        neighbours = NearestNeighbors(n_neighbors=K, algorithm="kd_tree").fit(t[of_class])
        radius[of_class] = np.nextafter(neighbours.kneighbors()[0][:, -1], 0)
        sizes[of_class] = of_class.sum()
    counts = SklearnTree(t).query_radius(t, radius, count_only=True)
    nats = digamma(n) + digamma(K) - digamma(sizes).mean() - digamma(counts).mean()
    return nats / math.log(2)
