"""The estimators of others as judges: those that install, and frozen numbers of those that do not.

ennemi and NPEET (as packaged in npeet-plus) are test dependencies, both MIT. psmi (LGPL) and
soft-entropy (which needs JAX) are not: their values here come from versions 0.2.0 and 0.1.5.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from infoplane import mutual_information
from infoplane.information.neighbours.ksg import ksg_mutual_information
from infoplane.information.neighbours.ross import ross_mutual_information
from infoplane.information.neighbours.search import kozachenko_leonenko_entropy, unit_scale
from infoplane.information.projected import soft_entropy as soft
from infoplane.information.projected.pointwise_sliced import pointwise_sliced

OLD = "not for the oldest dependencies"
ennemi = pytest.importorskip("ennemi", reason=OLD)
npeet_plus = pytest.importorskip("npeet_plus", reason=OLD)

LN2 = math.log(2)
SERIES = 1e-5  # nats: ennemi's digamma is an asymptotic series, short at small counts
PSMI_FIRST = [
    0.9587184474934334, 0.2695838400222533, 0.7806303002395952,
    1.0928589601510794, 0.12856723801208483, -0.5188723795666006,
]  # fmt: skip
PSMI_MEAN = 0.3380409772790309


def pairs(n: int, d: int, c: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    t = random.standard_normal((n, d))
    y = t[:, :1] + random.standard_normal((n, c))
    return at_one_scale(t), at_one_scale(y)  # as ours brings them to, and theirs does not


def at_one_scale(values: np.ndarray) -> np.ndarray:
    return unit_scale(torch.from_numpy(values)).numpy()


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("n", [300, 6000])  # by trees, and by strips
def test_ksg_is_that_of_ennemi(k: int, n: int) -> None:
    t, y = pairs(n, 1, 1)
    theirs = float(ennemi.estimate_mi(y[:, 0], t[:, 0], k=k, preprocess=False)[0, 0])
    ours = ksg_mutual_information(torch.from_numpy(t), torch.from_numpy(y), k=k)
    assert ours.bits * LN2 == pytest.approx(theirs, abs=SERIES)


@pytest.mark.parametrize(("n", "d", "c"), [(300, 1, 1), (6000, 1, 1), (300, 2, 3), (300, 9, 4)])
def test_ksg_is_that_of_npeet(n: int, d: int, c: int) -> None:
    """Up to its noise of 1e-10, which breaks no tie here."""
    t, y = pairs(n, d, c)
    theirs = npeet_plus.mi(t, y, k=3)
    ours = ksg_mutual_information(torch.from_numpy(t), torch.from_numpy(y), k=3)
    assert ours.bits == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("d", [1, 3])
def test_kozachenko_leonenko_is_that_of_npeet(d: int) -> None:
    t, _ = pairs(400, d, 1)
    ours = kozachenko_leonenko_entropy(torch.from_numpy(t), k=3)
    assert ours == pytest.approx(npeet_plus.entropy(t, k=3), abs=1e-6)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_ross_is_that_of_ennemi(k: int) -> None:
    """ennemi counts those strictly nearer and the sample itself: the same number, without ties."""
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 500)
    t = y + random.standard_normal(500)
    found = ennemi.estimate_mi(y, t, k=k, discrete_y=True, preprocess=False)
    ours = ross_mutual_information(torch.from_numpy(t), torch.from_numpy(y), k=k)
    assert ours.bits * LN2 == pytest.approx(float(found[0, 0]), abs=SERIES)


def test_bins_are_those_of_npeet_on_their_codes() -> None:
    random = np.random.default_rng(0)
    t, y = random.integers(0, 5, (700, 2)), random.integers(0, 3, 700)
    y = (y + t[:, 0]) % 3
    theirs = npeet_plus.midd([tuple(row) for row in t.tolist()], y.tolist())
    assert mutual_information(t, y, "bins(bin_width=1.0)").bits == pytest.approx(theirs, abs=1e-9)


def test_pointwise_sliced_values_of_psmi() -> None:
    """In one dimension every direction is ±1, so nothing is left to chance."""
    i = np.arange(30)
    t, y = np.sin(i**1.5) + i % 3, i % 3
    ours = pointwise_sliced(torch.from_numpy(t)[:, None], torch.from_numpy(y), slices=3) * LN2
    assert ours[:6].tolist() == pytest.approx(PSMI_FIRST, abs=1e-9)
    assert float(ours.mean()) == pytest.approx(PSMI_MEAN, abs=1e-9)


def test_soft_entropy_of_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the package's directions and at its temperature, from a bound of the divergence."""
    z, y = np.sin(1.0 + np.arange(200).reshape(40, 5) ** 1.5), torch.arange(40) % 3
    directions = torch.from_numpy(np.random.default_rng(0).standard_normal((20, 5)))
    monkeypatch.setattr(soft.torch, "randn", lambda *_, **__: directions)
    t, epsilon = torch.from_numpy(z), 0.024925496256008622
    entropy = soft.soft_entropy(t, references=20, temperature=epsilon)
    assert entropy == pytest.approx(3.804344301048502, abs=1e-6)
    found = soft.soft_information(t, y, references=20, temperature=epsilon)
    assert found.bits == pytest.approx(0.4359730944565067, abs=1e-6)
