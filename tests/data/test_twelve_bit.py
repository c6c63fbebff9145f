"""The 12-bit task against the facts known of it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from infoplane import entropy, seeds
from infoplane.data import twelve_bit
from infoplane.errors import InfoplaneError


def test_patterns_are_the_binary_numbers() -> None:
    patterns = twelve_bit.patterns()
    assert patterns.shape == (4096, 12)
    assert patterns[5].tolist() == [0] * 9 + [1, 0, 1]
    assert patterns.dtype == torch.float32
    assert len(torch.unique(patterns, dim=0)) == 4096
    assert entropy(patterns, bin_width=0.5) == 12.0


def test_labels_are_the_published_ones() -> None:
    y = twelve_bit.labels()
    assert y.sum() == 2118
    assert y.double().mean() == 0.51708984375
    assert entropy(y.numpy()[:, None], bin_width=0.5) == pytest.approx(
        0.9991571208502711, abs=1e-12
    )


def test_other_labels_are_refused() -> None:
    with pytest.raises(InfoplaneError, match="the labels of the 12-bit task have SHA-256"):
        twelve_bit.check_published(1 - twelve_bit.labels())


def test_gram_matrix_is_that_of_points_in_space() -> None:
    gram = twelve_bit.gram()
    assert np.array_equal(gram, gram.T)
    np.testing.assert_allclose(np.linalg.eigvalsh(gram), [0] * 9 + [4] * 3, atol=1e-12)
    assert ((gram == -1).sum(axis=1) == 1).all()


def symmetries() -> list[tuple[int, ...]]:
    """All permutations of the vertices that keep the Gram matrix: 120 of them."""
    gram = twelve_bit.gram()
    maps = []
    for images in itertools.permutations(range(12), 3):  # three vertices fix the rest
        base = [0, 1, 2]
        if not np.allclose(gram[np.ix_(base, base)], gram[np.ix_(images, images)]):
            continue
        full = [
            [w for w in range(12) if np.allclose(gram[w, list(images)], gram[v, base])]
            for v in range(12)
        ]
        if all(len(f) == 1 for f in full):
            maps.append(tuple(f[0] for f in full))
    return maps


def test_symmetries_orbits_and_triples() -> None:
    x = twelve_bit.patterns().numpy().astype(int)
    powers = 1 << np.arange(11, -1, -1)
    y = twelve_bit.labels().numpy()
    maps = symmetries()
    assert len(maps) == 120
    orbit = np.min([x[:, list(m)] @ powers for m in maps], axis=0)
    assert len(np.unique(orbit)) == 82
    assert np.array_equal(y, y[orbit])
    gram = twelve_bit.gram()
    near, anti = (gram > 0) & (gram < 1), gram == -1
    pairs = [np.einsum("ni,ij,nj->n", x, m.astype(int), x) // 2 for m in (near, anti)]
    triples = np.stack([x.sum(axis=1), *pairs], axis=1)
    assert len(np.unique(triples, axis=0)) == 64


def test_stochastic_labels_carry_the_stated_information() -> None:
    p = twelve_bit.label_probabilities()
    assert twelve_bit.label_information(p) == pytest.approx(0.99, abs=1e-9)
    assert np.array_equal(p > 0.5, twelve_bit.labels().numpy() == 1)
    drawn = twelve_bit.stochastic_labels(seeds.generator(0, "test"))
    assert 0 < int((drawn != twelve_bit.labels()).sum()) < 40
    assert torch.equal(drawn, twelve_bit.stochastic_labels(seeds.generator(0, "test")))


def test_sharp_labels_are_the_deterministic_ones() -> None:
    p = twelve_bit.label_probabilities(gamma=1e6)
    assert twelve_bit.label_information(p) == pytest.approx(0.9991571208502711, abs=1e-12)
