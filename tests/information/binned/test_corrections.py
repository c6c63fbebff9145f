"""Corrected entropies against published numbers, the slow way, and distributions that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import entropy_of
from scipy.integrate import quad
from scipy.special import digamma, gammaln, polygamma
from scipy.stats import binom

from infoplane.errors import InfoplaneError
from infoplane.information.binned.corrections import (
    CORRECTIONS,
    chao_shen_entropy,
    grassberger_1988_entropy,
    jackknife_entropy,
    nsb_entropy,
    plug_in_entropy,
)

LN2 = math.log(2)
WITHOUT_ALPHABET = [name for name in CORRECTIONS if name != "nsb"]


def entropy(name: str, counts, **more) -> float:
    more = {"alphabet_size": 1000, **more} if name == "nsb" else more
    return CORRECTIONS[name](np.array(counts), **more)


PUBLISHED = {  # nats, in the order of the table; estimators.md §1.6
    (
        4,
        2,
        3,
        2,
        1,
    ): "1.5171063971 1.6837730637 1.6690667591 1.6997139397 1.7047280315 1.7527678573",
    (1, 2, 3, 4): "1.2798542258 1.4298542258 1.4748007579 1.5062812718 1.4542598539 1.5009718788",
}


@pytest.mark.parametrize("counts", PUBLISHED)
def test_published_entropies(counts: tuple[int, ...]) -> None:
    got = [entropy(name, counts) * LN2 for name in WITHOUT_ALPHABET]
    assert got == pytest.approx([float(nats) for nats in PUBLISHED[counts].split()], abs=1e-9)


def test_published_entropies_of_single_corrections() -> None:
    """The table of estimators.md §1.6, cross-checked there against infomeasure."""
    assert entropy("grassberger-1988", [2, 1]) == pytest.approx(1.3757622595782166, abs=1e-12)
    assert entropy("grassberger-1988", [2, 2, 2]) * LN2 == pytest.approx(1.0356418007962545)
    assert entropy("grassberger-1988", [4]) == pytest.approx(-0.1007337392, abs=1e-9)
    assert entropy("chao-shen", [2, 1]) == pytest.approx(1.53826957554, abs=1e-10)
    assert entropy("chao-shen", [1, 2, 3]) == pytest.approx(1.813923751653, abs=1e-10)
    assert entropy("chao-shen", [1] * 5) * LN2 == pytest.approx(3.4868903818, abs=1e-9)


@pytest.mark.parametrize(
    ("counts", "alphabet_size", "nats"),  # ndd's documentation: 1.10, 1.7 and 1.4.1
    [
        ([4, 12, 4, 5, 3, 1, 5, 1, 2, 2, 2, 2, 11, 3, 4, 12, 12, 1, 2], 100, 2.8060922529931225),
        ([12, 4, 12, 4, 5, 3, 1, 5, 1, 2, 2, 2, 2, 11, 3, 4, 12, 12, 1, 2], 100, 2.84001),
        ([7, 3, 5, 8, 9, 1, 3, 3, 1, 0, 2, 5, 2, 11, 4, 23, 5, 0, 8, 0], 20, 2.623634344888532),
    ],
)
def test_published_nsb_entropies(counts: list[int], alphabet_size: int, nats: float) -> None:
    got = entropy("nsb", counts, alphabet_size=alphabet_size) * LN2
    assert got == pytest.approx(nats, abs=1e-5)  # ndd integrates to about 5e-6


def nsb_by_quad(counts: np.ndarray, k: int) -> float:
    """The double integral as it is written, by adaptive quadrature over ln β."""
    n = counts[counts > 0]
    unseen, total = k - len(n), n.sum()

    def log_weight(x: float) -> float:
        b = math.exp(x)
        evidence = gammaln(k * b) - gammaln(total + k * b) + (gammaln(n + b) - gammaln(b)).sum()
        return evidence + math.log(k * polygamma(1, k * b + 1) - polygamma(1, b + 1)) + x

    def mean(x: float) -> float:
        b = math.exp(x)
        seen = ((n + b) * digamma(n + b + 1)).sum() + unseen * b * digamma(b + 1)
        return digamma(total + k * b + 1) - seen / (total + k * b)

    peak = max(log_weight(x) for x in np.linspace(-20, 10, 3001))
    weigh = {"limit": 500, "epsabs": 0, "epsrel": 1e-9, "points": np.linspace(-20, 10, 31)}
    over = quad(lambda x: math.exp(log_weight(x) - peak) * mean(x), -25, 12, **weigh)[0]
    return over / quad(lambda x: math.exp(log_weight(x) - peak), -25, 12, **weigh)[0]


@pytest.mark.parametrize(
    ("counts", "k"),
    [([5, 3, 1, 1], 10), ([1] * 10, 200), ([40], 7), ([3, 0, 2], 3), ([9, 9, 9, 1, 200], 1000)],
)
def test_nsb_equals_adaptive_quadrature(counts: list[int], k: int) -> None:
    expected = nsb_by_quad(np.array(counts), k)
    assert entropy("nsb", counts, alphabet_size=k) * LN2 == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("counts", [[3, 3], [2, 1, 1], [7, 2, 1]])
def test_nsb_of_ever_more_cells_is_that_of_a_dirichlet_process(counts: list[int]) -> None:
    """Kβ = κ stays while K grows: evidence κ^m Γ(κ) / Γ(N + κ), prior ψ₁(κ + 1), by quadrature."""
    n, total = np.array(counts), sum(counts)

    def weight(x: float) -> float:
        kappa = math.exp(x)
        rising = sum(math.log(kappa + i) for i in range(total))
        return math.exp((len(n) + 1) * x - rising) * float(polygamma(1, kappa + 1))

    def weighted(x: float) -> float:
        kappa = math.exp(x)
        seen = (n * digamma(n + 1)).sum() + kappa * digamma(1)
        return weight(x) * float(digamma(total + kappa + 1) - seen / (total + kappa))

    expected = quad(weighted, -40, 40, limit=400)[0] / quad(weight, -40, 40, limit=400)[0]
    for size in (1e15, 1e30, 1e100):
        got = entropy("nsb", counts, alphabet_size=size) * LN2
        assert got == pytest.approx(expected, abs=1e-5)


def test_nsb_holds_its_precision_where_terms_are_huge() -> None:
    """All alone out of very many cells: nothing but the asymptotic series is left."""
    n = 60_000
    got = entropy("nsb", [1] * n, alphabet_size=10**9)
    assert 0.98 * math.log2(10**9) < got < math.log2(10**9)
    assert math.isfinite(entropy("nsb", [3, 3], alphabet_size=1e100))
    assert entropy("nsb", [5], alphabet_size=1) == 0
    assert entropy("nsb", [10**7, 10**7], alphabet_size=2) == pytest.approx(1, abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=30).filter(sum))
def test_equal_the_slow_way(counts: list[int]) -> None:
    """Samples written out: entropy summed one by one, and each sample left out in turn."""
    samples = [i for i, c in enumerate(counts) for _ in range(c)]
    n = len(samples)
    assert entropy("plug-in", counts) == pytest.approx(entropy_of(samples), abs=1e-12)
    if n > 1:
        left = [entropy_of(samples[:i] + samples[i + 1 :]) for i in range(n)]
        slow = n * entropy_of(samples) - (n - 1) * sum(left) / n
        assert entropy("jackknife", counts) == pytest.approx(slow, abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=20).filter(sum), st.integers(0, 99))
@pytest.mark.parametrize("name", CORRECTIONS)
def test_order_empty_cells_and_batches_do_not_matter(name: str, counts: list, seed: int) -> None:
    random = np.random.default_rng(seed)
    given_counts = np.array(counts)
    alone = entropy(name, counts)
    assert isinstance(alone, float)
    assert math.isfinite(alone)
    shuffled = np.append(random.permutation(counts), [0, 0])
    assert entropy(name, shuffled) == pytest.approx(alone, abs=1e-9)
    batch = np.stack([given_counts, np.full_like(given_counts, 2)])[None]
    before = batch.copy()
    together = entropy(name, batch)
    assert together.shape == (1, 2)
    assert together[0, 0] == pytest.approx(alone, abs=1e-12)
    assert (batch == before).all()


@pytest.mark.parametrize("name", CORRECTIONS)
def test_much_data_needs_no_correction(name: str) -> None:
    p = np.array([0.5, 0.25, 0.125, 0.125])
    counts = (p * 2**20).astype(np.int64)
    assert entropy(name, counts, **({"alphabet_size": 4} if name == "nsb" else {})) == (
        pytest.approx(1.75, abs=1e-4)
    )


def test_corrections_recover_most_of_what_few_samples_hide() -> None:
    """1,000 equal cells, 1,000 samples: plug-in is low by what binomial counts say."""
    random = np.random.default_rng(0)
    counts = random.multinomial(1000, np.full(1000, 1e-3), size=40)
    error = {name: float((entropy(name, counts) - math.log2(1000)).mean()) for name in CORRECTIONS}
    n = np.arange(1, 30)
    assert error["plug-in"] == pytest.approx(
        -(binom.pmf(n, 1000, 1e-3) * n * np.log2(n)).sum(), abs=0.01
    )
    assert error["plug-in"] < error["miller-madow"] < -0.1
    for name in [*WITHOUT_ALPHABET[2:], "nsb"]:
        assert abs(error[name]) < abs(error["miller-madow"]), (name, error)


def test_nsb_is_right_on_average_under_its_own_prior() -> None:
    """A posterior mean has no bias where distributions are drawn from the prior."""
    random, k = np.random.default_rng(1), 200
    grid = np.exp(np.linspace(-12, 8, 4000))
    expected = digamma(k * grid + 1) - digamma(grid + 1)  # flat under the prior
    errors = []
    for beta in np.interp(random.uniform(0.01, math.log(k) - 0.01, 300), expected, grid):
        p = random.standard_gamma(np.full(k, beta)) + 1e-300
        p /= p.sum()
        truth = -(p * np.log2(p)).sum()
        errors.append(entropy("nsb", random.multinomial(60, p), alphabet_size=k) - truth)
    assert abs(np.mean(errors)) < 3 * np.std(errors) / math.sqrt(len(errors))
    assert np.std(errors) < 0.4


def test_one_sample_has_defined_values() -> None:
    assert [plug_in_entropy(np.array([1])), jackknife_entropy(np.array([1]))] == [0, 0]
    assert chao_shen_entropy(np.array([1])) == 0
    assert grassberger_1988_entropy(np.array([1])) > 0


@pytest.mark.parametrize("name", CORRECTIONS)
@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([], "counts are not whole numbers"),
        ([0, 0], "counts hold no samples; give at least one"),
        ([0.5, 1], "counts are not whole numbers from 0 up"),
        ([-1, 2], "counts are not whole numbers from 0 up"),
        (3, "counts are not whole numbers from 0 up in an array"),
    ],
)
def test_refuses_what_are_no_counts(name: str, counts, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        entropy(name, counts)


@pytest.mark.parametrize("size", [2, 1e200, math.nan])
def test_refuses_an_alphabet_that_cannot_be(size: float) -> None:
    with pytest.raises(InfoplaneError, match=r"alphabet_size is .* and 3 cells are occupied"):
        nsb_entropy(np.array([1, 1, 1]), alphabet_size=size)
