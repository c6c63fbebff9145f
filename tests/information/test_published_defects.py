"""Defects of published code one after the other: what it does, and that ours does not.

Where the defect is not plain from a number, the test first shows it in lines of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from oracle import entropy_of, rows_of
from scipy.spatial import KDTree
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_regression

from infoplane import entropy, mutual_information
from infoplane.information.binned.adaptive import AdaptiveBins
from infoplane.information.binned.rules import EqualBins, IDNNsBins
from infoplane.information.kernel.renyi import renyi_entropy, renyi_information, spectral_entropy
from infoplane.information.neighbours.ksg import ksg_mutual_information
from infoplane.information.neighbours.mesner_shalizi import mesner_shalizi_mutual_information
from infoplane.information.neighbours.search import unit_scale
from infoplane.information.noisy.kde import kde_information
from infoplane.information.noisy.mixture import mixture_information
from infoplane.information.projected.edge import edge_information
from infoplane.validation.distribution import BITS
from infoplane.validation.distributions import distribution

LN2 = math.log(2)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# IDNNs: linspace(-1, 1, 30) is 30 edges, so 29 bins; 1 has a bin of its own but -1 has not; values
# below -1 share it, and all above 1 fall together.


def test_idnns_thirty_edges_are_taken_for_thirty_bins() -> None:
    inside = torch.linspace(-1, 1, 9001, dtype=torch.float64)[:-1, None]
    ends = torch.tensor([[-1.5], [-1.0], [1.0], [7.0]])
    published = IDNNsBins(30)
    assert len(published.codes(inside).unique()) == 29
    assert published.codes(ends).flatten().tolist() == [29, 0, 29, 29]

    ours = EqualBins(30, -1, 1)
    assert ours.codes(inside).unique().tolist() == list(range(30))
    assert ours.codes(ends).flatten().tolist() == [0, 0, 29, 29]


def test_idnns_activations_above_one_collapse() -> None:
    relu = normal(2000, 3).clamp_min(0) * 8 + 1.01 * (normal(2000, 3) > 0)
    above = torch.where(relu > 0, relu + 1, relu)
    assert len(IDNNsBins(30).codes(above).unique()) == 2
    for binning in ("adaptive", "range", "quantile"):
        assert entropy(above, binning=binning, bins=30) > entropy((above > 0).long(), bin_width=1)
    assert entropy(above, bin_width=0.5) > entropy((above > 0).long(), bin_width=1) + 1


# EBAB: the "KDE" adds noise to the stored activations in place, and takes their absolute values;
# its edges are unsorted where values lie below the one kept apart.


def test_ebab_measuring_changes_the_activations() -> None:
    t, y = normal(300, 4), torch.arange(300) % 3
    before = t.clone()
    kde_information(t, y, noise_variance=0.1)
    mixture_information(t, y, noise_variance=0.1)
    AdaptiveBins(30).codes(t)
    assert torch.equal(t, before)


def test_ebab_absolute_values_lose_the_sign() -> None:
    t, y = torch.tensor([[-1.0], [1.0]]).repeat(50, 1), torch.arange(100) % 2
    given = {"noise_variance": 1e-4}
    assert kde_information(t.abs(), y, **given)[1].y.bits == pytest.approx(0, abs=1e-9)
    for bound in kde_information(t, y, **given):
        assert bound.y.bits == pytest.approx(1, abs=1e-9)


def test_ebab_noise_grows_with_the_layer_as_in_the_paper() -> None:
    """The released script leaves the noise as it is; relative noise makes the scale irrelevant."""
    t, y = normal(400, 3), torch.arange(400) % 2
    fixed = [kde_information(s * t, y, noise_variance=0.1)[1].x.bits for s in (1, 10)]
    assert fixed[1] > fixed[0] + 1
    scaled = [
        kde_information(s * t, y, noise_variance=0.1, relative=True)[1].x.bits for s in (1, 10)
    ]
    assert scaled[1] == pytest.approx(scaled[0], abs=1e-5)


# EDGE: each log-ratio is clipped to [0.001, 10 bits], the seed is fixed, the width is tuned by hand
# for each layer, and the network is trained on the batch that is measured.


def test_edge_ratios_are_clipped_at_ten_bits() -> None:
    n = 4096
    t = torch.arange(n, dtype=torch.float64)[:, None] * 1e6
    found = edge_information(t, torch.arange(n), scales=(1e-3,))
    assert found.bits == pytest.approx(12, abs=1e-9)  # log2 n, beyond 10


def test_edge_ratios_are_never_negative() -> None:
    """Cells far apart with the joint table [[1, 3], [3, 1]]: half of the ratios are below one."""
    table = np.array([[1, 3], [3, 1]])
    pairs = np.repeat([(i, j) for i in range(2) for j in range(2)], table.ravel() * 50, axis=0)
    t, y = torch.from_numpy(pairs[:, :1] * 1.0), torch.from_numpy(pairs[:, 1])
    p = table / table.sum()
    log_ratios = np.log2(p / 0.25)
    clipped = (p * np.clip(log_ratios, 0.001, 10)).sum()
    assert clipped > (p * log_ratios).sum() + 0.2
    found = edge_information(t, y, scales=(0.1,))
    assert found.bits == pytest.approx((p * log_ratios).sum(), abs=1e-12)
    independent = edge_information(t, torch.arange(400) % 2, scales=(0.1,))
    assert independent.bits == pytest.approx(0, abs=1e-12)


def test_edge_seed_and_scale() -> None:
    t, y = normal(500, 8), normal(500, 1, seed=1)
    first = edge_information(t, y, seed=0)
    assert first == edge_information(t, y, seed=0)
    assert first.bits != edge_information(t, y, seed=1).bits
    larger = edge_information(1024 * t, y, seed=0)
    assert larger.bits == pytest.approx(first.bits, abs=1e-9)


# Collapse dynamics: its KDE divides by 2000 where the mixture has 400 centres, ln 5 = 1.61 nats.


@pytest.mark.parametrize("n", [400, 2000])
def test_collapse_kde_divides_by_another_number_than_the_centres(n: int) -> None:
    y = torch.arange(n) % 2
    apart = 100 * torch.arange(n, dtype=torch.float64)[:, None]
    for bound in kde_information(apart, y, noise_variance=1.0):
        assert bound.x.bits == pytest.approx(math.log2(n), abs=1e-9)
    for bound in kde_information(torch.ones(n, 2), y, noise_variance=1.0):
        assert bound.x.bits == pytest.approx(0, abs=1e-9)  # there -log2(400/2000) = 2.3


# IP_dropout: one constant is the variance of the noise in one place, its deviation in another.


def test_ip_dropout_variance_is_taken_for_deviation() -> None:
    """Two points 1 apart under σ² = 1/4 are two deviations apart, not four."""
    t, y = torch.tensor([[0.0], [1.0]]).repeat(2000, 1), torch.arange(4000) % 2
    lower, upper = kde_information(t, y, noise_variance=0.25)
    assert lower.x.bits * LN2 == pytest.approx(0.2190702, abs=1e-5)
    assert upper.x.bits * LN2 == pytest.approx(0.5662192, abs=1e-5)
    exact = mixture_information(t, y, noise_variance=0.25, draws=16)
    assert exact.x.bits * LN2 == pytest.approx(0.3368308, abs=0.01)  # of 0.6327 at four


# Gao et al. 2017, and bmi: "(1 - p) 0.3012" is not the information of the zero-inflated Poisson.


@pytest.mark.parametrize(("p", "exact"), [(0, 0.3012448), (0.15, 0.2297760), (0.5, 0.1163839)])
def test_gao_truth_of_the_zero_inflated_poisson(p: float, exact: float) -> None:
    chosen = distribution(f"zero-inflated Poisson, p {p:g}")
    assert chosen.truth_bits / BITS == pytest.approx(exact, abs=1e-6)
    if p == 0:
        return
    published = (1 - p) * 0.3012
    assert published - exact > 0.02
    nats = [
        mesner_shalizi_mutual_information(
            *chosen.sample(10_000, torch.Generator().manual_seed(seed))
        ).bits
        / BITS
        for seed in range(2)
    ]
    assert abs(np.mean(nats) - exact) < abs(np.mean(nats) - published) / 2


# scikit-learn: columns are scaled but not centred, noise relative to their mean is added, and each
# column is measured by itself.

FAR = 2.0**40  # on a grid of 2^-10, adding and taking away is exact


@pytest.mark.parametrize("estimator", ["ksg", "mesner-shalizi"])
def test_scikit_learn_noise_is_relative_to_the_mean(estimator: str) -> None:
    order = torch.randperm(4000, generator=torch.Generator().manual_seed(0))
    t = (order[:400, None] - 2000) / 1024.0  # no two alike
    t = t.double()
    y = t + normal(400, 1, seed=1) / 2
    near, far = (
        mutual_info_regression(x.numpy(), y[:, 0].numpy(), random_state=0)[0] for x in (t, t + FAR)
    )
    assert near > far + 0.5
    ours = [mutual_information(x, y, estimator, permutations=0) for x in (t, t + FAR)]
    assert ours[0] == ours[1]


def test_scikit_learn_measures_columns_one_by_one() -> None:
    """The sign of a product: each factor alone knows nothing of it."""
    t = normal(800, 2)
    y = t[:, :1] * t[:, 1:] + 0.1 * normal(800, 1, seed=1)
    labels = (y[:, 0] > 0).long()
    alone = mutual_information(t[:, :1], labels, "ross", permutations=0)
    both = mutual_information(t, labels, "ross", permutations=0)
    assert abs(alone.bits) < 0.1
    assert both.bits > 0.5


# NPEET: ties are broken by noise of the global generator; "strictly nearer" is a subtraction of
# 1e-15, which changes nothing from a distance of about 8 on.


def test_npeet_noise_of_the_global_generator() -> None:
    t, y = normal(300, 2), normal(300, 1, seed=1)
    state = np.random.get_state()[1].copy(), torch.get_rng_state()
    found = []
    for seed in (0, 1):
        np.random.seed(seed)  # the global generator, which must not matter
        found.append(ksg_mutual_information(t, y).bits)
    assert found[0] == found[1]
    np.random.set_state(("MT19937", state[0], 624, 0, 0.0))
    mutual_information(t, y, "ksg")
    assert np.array_equal(state[0], np.random.get_state()[1])
    assert torch.equal(state[1], torch.get_rng_state())


def npeet(
    t: np.ndarray, y: np.ndarray, k: int, nearer: Callable[[np.ndarray], np.ndarray]
) -> float:
    """KSG 1 in nats, with a rule for "strictly nearer"."""
    joint = np.hstack([t, y])
    radius = nearer(KDTree(joint).query(joint, k + 1, p=np.inf)[0][:, k])
    counts = [KDTree(v).query_ball_point(v, radius, p=np.inf, return_length=True) for v in (t, y)]
    return digamma(k) + digamma(len(t)) - sum(digamma(c).mean() for c in counts)


@pytest.mark.parametrize("scale", [1.0, 2.0**6, 2.0**-60])
def test_npeet_strictly_nearer_at_large_distances(scale: float) -> None:
    """On a grid every radius is tied: counting the boundary lowers the value."""
    cells = np.random.default_rng(0).permutation(40 * 40)[:120]
    t, y = scale * (cells // 40)[:, None], scale * (cells % 40)[:, None]
    t, y = t.astype(np.float64), y.astype(np.float64)
    at_one_scale = (unit_scale(torch.from_numpy(v)).numpy() for v in (t, y))
    correct = npeet(*at_one_scale, 3, lambda r: np.nextafter(r, 0))
    exact = npeet(t, y, 3, lambda r: np.nextafter(r, 0))
    if scale > 8:
        assert npeet(t, y, 3, lambda r: r - 1e-15) < exact - 0.05
    ours = ksg_mutual_information(torch.from_numpy(t), torch.from_numpy(y), k=3)
    assert ours.bits * LN2 == pytest.approx(correct, abs=1e-12)


# Wickstrøm: a zero eigenvalue gives 0 log 0 = NaN; three conventions of the kernel are in use.


def test_wickstrom_zero_eigenvalues() -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        assert np.isnan(-(np.array([1.0, 0.0]) * np.log2([1.0, 0.0])).sum())
    blocks = torch.block_diag(*[torch.ones(5, 5, dtype=torch.float64)] * 4)  # 16 of 20 are zero
    for alpha in (0.5, 1, 1.01, 2, 5):
        assert spectral_entropy(blocks.clone(), alpha) == pytest.approx(2, abs=1e-6)
        assert renyi_entropy(torch.ones(30, 2), alpha=alpha, width=1.0) == pytest.approx(
            0, abs=1e-6
        )


def test_wickstrom_the_convention_of_the_kernel_is_said() -> None:
    t, y = normal(60, 2), torch.arange(60) % 2
    two, one = (
        renyi_information(t, y, kernel=kernel, width=width)
        for kernel, width in (("exp(-d²/2σ²)", 1.0), ("exp(-d²/σ²)", math.sqrt(2)))
    )
    assert two.bits == pytest.approx(one.bits, abs=1e-9)
    assert "exp(-d²/2σ²), σ = 1" in two.resolution
    assert "exp(-d²/σ²), σ = 1.41421" in one.resolution
    assert renyi_information(t, y, kernel="exp(-d²/σ²)", width=1.0).bits != pytest.approx(one.bits)


# Bins of fixed width: a last, linear layer that only stretches the one before it seems to know more
# of the input. Rules that follow the range, ranks or values of a layer do not break the
# data-processing inequality so.


def test_fixed_width_breaks_the_data_processing_inequality() -> None:
    hidden = torch.tanh(normal(2000, 2))
    last = 40 * hidden
    fixed = [entropy(t, bin_width=0.5) for t in (hidden, last)]
    assert fixed[1] > fixed[0] + 3
    for binning in ("range", "range-unit", "quantile", "quantile-unit", "adaptive"):
        first, second = (entropy(t, binning=binning, bins=30) for t in (hidden, last))
        assert second == pytest.approx(first, abs=0.01)
    codes = np.floor(hidden.numpy() / 0.5)
    assert fixed[0] == pytest.approx(entropy_of(rows_of(codes)))  # said as it is: a resolution
    found = mutual_information(last, torch.arange(2000) % 2, "bins(bin_width=0.5)")
    assert found.resolution == "bins of width 0.5"
    assert found.saturated
    assert found.bits == pytest.approx(found.null_mean, abs=0.1)  # the null gives it away
