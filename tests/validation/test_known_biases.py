"""Two biases named after validation had missed: properties of the estimators, shown otherwise."""

from __future__ import annotations

import math

import npeet_plus
import numpy as np
import pytest
import torch
from scipy.stats import binom

from infoplane import mutual_information
from infoplane.information.ksg import ksg_mutual_information
from infoplane.validation.cases import CLOSE, EMPTY, UNSEEN, cases
from infoplane.validation.discrete_family import table_probabilities
from infoplane.validation.distributions import distribution

BITS = 1 / math.log(2)
TABLE = distribution("table 30×10")
TURNED = distribution("linear net 3-2, σ² 0.1")


def mean_plug_in(p: np.ndarray, n: int) -> tuple[float, float]:
    """Return E[Ĥ] in nats and the mean number of occupied cells, exactly: counts are binomial."""
    counts = np.arange(1, n + 1)
    terms = counts / n * np.log(n / counts)
    entropy = sum(float(binom.pmf(counts, n, q) @ terms) for q in p.ravel())
    return entropy, float((1 - (1 - p) ** n).sum())


@pytest.mark.parametrize("n", [1000, 4000])
def test_miller_madow_is_as_biased_as_exact_sums_say(n: int) -> None:
    """.054 bits at 1,000 samples. With all 300 cells counted it would be .007."""
    p = table_probabilities(30, 10).numpy()
    means = [mean_plug_in(q, n) for q in (p.sum(axis=1), p.sum(axis=0), p)]
    (h_t, k_t), (h_y, k_y), (h_ty, k_ty) = means
    plug_in = (h_t + h_y - h_ty) * BITS
    exact = plug_in + (k_t + k_y - k_ty - 1) / (2 * n) * BITS
    bits = [
        mutual_information(
            *TABLE.sample(n, torch.Generator().manual_seed(seed)),
            bin_width=1.0, correction="miller-madow", permutations=0,
        ).bits
        for seed in range(60)
    ]  # fmt: skip
    error = np.std(bits, ddof=1) / math.sqrt(len(bits))
    assert abs(np.mean(bits) - exact) < 3 * error
    if n == 1000:
        assert exact - TABLE.truth_bits == pytest.approx(0.0545, abs=1e-4)
        assert 300 - k_ty == pytest.approx(66, abs=0.5)
        counted = plug_in + (30 + 10 - 300 - 1) / (2 * n) * BITS
        assert abs(counted - TABLE.truth_bits) < 0.01
    else:
        assert abs(exact - TABLE.truth_bits) < 0.006


def error_of_ksg(n: int, *, k: int = 3, canonical: bool = False) -> float:
    """Return estimate - truth, in bits."""
    t, y = TURNED.sample(n, torch.Generator().manual_seed(0))
    if canonical:
        t, y = canonical_pairs(t, y)
    return ksg_mutual_information(t, y, k=k).bits - TURNED.truth_bits


def canonical_pairs(t: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return T and Y in coordinates of which each is correlated with its partner alone.

    A linear map of either side changes no information, nor does leaving out of Y the direction that
    is correlated with no T: both are normal.
    """
    whitened = []
    for side in (t, y):
        centred = side - side.mean(dim=0)
        factor = torch.linalg.cholesky(centred.T @ centred / len(centred))
        whitened.append(torch.linalg.solve_triangular(factor, centred.T, upper=False).T)
    a, b = whitened
    u, _, v = torch.linalg.svd(a.T @ b / len(a), full_matrices=False)
    return a @ u, b @ v.T


def test_ksg_on_turned_coordinates_is_that_of_others() -> None:
    t, y = TURNED.sample(2500, torch.Generator().manual_seed(0))
    theirs = npeet_plus.mi(t.numpy(), y.numpy(), k=3)
    assert ksg_mutual_information(t, y, k=3).bits == pytest.approx(theirs, abs=1e-6)
    assert theirs < TURNED.truth_bits - 0.15


def test_ksg_on_turned_coordinates_lacks_samples() -> None:
    few, more, many = (error_of_ksg(n) for n in (2500, 10_000, 40_000))
    assert few < 2 * more < 0
    assert more < 2 * many < 0
    assert error_of_ksg(10_000, k=10) < 2 * more
    assert abs(error_of_ksg(10_000, canonical=True)) < CLOSE / 2


def test_they_are_declared_where_they_were_missed() -> None:
    declared = {case.known_bias: case.tolerance_bits for case in cases()}
    assert declared[EMPTY] == declared[UNSEEN] == CLOSE
