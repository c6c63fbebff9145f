"""M of layers whose memorized part is known."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import one_hot

from infoplane import seeds
from infoplane.data.label_noise import label_noise_bits, transition_matrix
from infoplane.data.labels import corrupt
from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import Estimate
from infoplane.memorization.config import MemorizationConfig
from infoplane.memorization.plane import (
    learned_part,
    memorization_index,
    memorized_part,
)
from infoplane.names import DECODERS, KNN

N = 4000
SMOOTHING = 0.005  # bits that a decoder which is certain loses by being careful
Y = torch.arange(N) % 10
SEEN = corrupt(Y, "resampled", rate=0.5, classes=10, generator=seeds.generator(0, "t"))


@pytest.mark.parametrize("decoder", DECODERS)
def test_what_holds_the_seen_label_memorizes_all_of_it(decoder: str) -> None:
    estimate = memorized_part(one_hot(SEEN, 10).float(), Y, SEEN, decoder=decoder, permutations=0)
    exact, _ = label_noise_bits(
        transition_matrix("resampled", rate=0.5, classes=10), torch.bincount(Y)
    )
    assert estimate.ceiling == pytest.approx(exact, abs=0.05)
    assert estimate.bits == pytest.approx(estimate.ceiling, abs=0.02)
    assert memorization_index(estimate) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("decoder", DECODERS)
def test_what_holds_the_true_label_memorizes_nothing(decoder: str) -> None:
    t = one_hot(Y, 10).float()
    assert abs(memorized_part(t, Y, SEEN, decoder=decoder, permutations=0).bits) < 0.01
    assert learned_part(t, Y, decoder=decoder, permutations=0).bits == pytest.approx(
        math.log2(10), abs=0.02
    )


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("error", [0.0, 0.2, 0.5, 0.8])
def test_planted_memorization(decoder: str, error: float) -> None:
    """T holds ỹ, replaced by a uniform class with a known chance: I(T;Ỹ|Y) is then exact."""
    y = torch.arange(N) % 3
    options = {"classes": 3, "kind": "resampled"}
    seen = corrupt(y, rate=0.8, generator=seeds.generator(0, "t"), **options)
    held = corrupt(seen, rate=error, generator=seeds.generator(1, "t"), **options)
    exact = conditional_information(held, seen, y)
    noise = torch.randn(N, 3, generator=seeds.generator(2, "t"))
    estimate = memorized_part(
        one_hot(held, 3) + 0.02 * noise, y, seen, decoder=decoder, permutations=0
    )
    few = 2 / (2 * 50 * math.log(2)) if decoder == KNN else 0  # of 50 neighbours, three frequencies
    assert estimate.bits <= exact + 3 * estimate.standard_error
    assert estimate.bits >= exact - 3 * estimate.standard_error - SMOOTHING - few


def conditional_information(a: torch.Tensor, b: torch.Tensor, given: torch.Tensor) -> float:
    """I(A;B|C), plug-in, of labels with so few values that its bias is .002 bits."""

    def entropy(*labels: torch.Tensor) -> float:
        counts = torch.unique(torch.stack(labels), dim=1, return_counts=True)[1].double()
        return float(torch.special.entr(counts / N).sum()) / math.log(2)

    return entropy(a, given) + entropy(b, given) - entropy(a, b, given) - entropy(given)


def test_at_rate_one_it_is_the_information_on_the_seen_label() -> None:
    seen = corrupt(Y, "resampled", rate=1.0, classes=10, generator=seeds.generator(0, "t"))
    t = one_hot(seen, 10).float()
    memorized, information = (
        memorized_part(t, Y, seen, permutations=0),
        learned_part(t, seen, permutations=0),
    )
    assert memorized.bits == pytest.approx(information.bits, abs=0.06)
    assert abs(learned_part(t, Y, permutations=0).bits) < 0.05


def test_uncorrupted_labels_leave_nothing_to_memorize() -> None:
    estimate = memorized_part(torch.randn(N, 3), Y, Y)
    assert estimate.ceiling == 0
    assert estimate.bits == pytest.approx(0, abs=0.01)
    assert memorization_index(estimate) == 0


def test_index_is_cut_to_its_range() -> None:
    def index(bits: float) -> float:
        return memorization_index(Estimate(bits, 2.0, 10, "", ""))

    assert [index(b) for b in (-1, 1, 3)] == [0, 0.5, 1]


@pytest.mark.parametrize("key", ["k", "folds", "probe_size", "looks", "permutations"])
def test_refuses_wrong_values(key: str) -> None:
    with pytest.raises(InfoplaneError, match=f"{key} is -1; give"):
        MemorizationConfig(**{key: -1})
