"""Bits of labels: known truths, zero where nothing is known, and a control that can fail."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from infoplane.language.canaries.scoring import by_ranks, strongest, tempered

N, A = 2000, 64
PRIOR = torch.full((A,), -math.log2(A))
FOLD = torch.arange(N) % 4


def draw(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def y() -> Tensor:
    return torch.randint(A, (N,), generator=draw(0))


def known(y: Tensor, share: float) -> Tensor:
    """Logits that name the label of a share of the samples, and another one of the others."""
    named = torch.where(torch.rand(N, generator=draw(1)) < share, y, (y + 7) % A)
    return 5.0 * torch.nn.functional.one_hot(named, A)


def test_what_is_known_of_every_label_is_all_of_it(y: Tensor) -> None:
    assert tempered(known(y, 1.0), y, FOLD, PRIOR).bits.mean() == pytest.approx(6, abs=0.1)
    assert by_ranks(known(y, 1.0), y, FOLD).mean() == pytest.approx(6, abs=0.1)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_what_is_known_of_some_is_the_information_of_that_channel(y: Tensor, share: float) -> None:
    """A symmetric channel but for one wrong label: log2 A - h(share) - (1 - share) log2(A - 1)."""
    entropy = -share * math.log2(share) - (1 - share) * math.log2((1 - share) / (A - 1))
    truth = math.log2(A) - entropy
    logits = known(y, share)
    assert tempered(logits, y, FOLD, PRIOR).bits.mean() == pytest.approx(truth, abs=0.15)
    assert by_ranks(logits, y, FOLD).mean() == pytest.approx(truth, abs=0.15)


def test_sure_of_the_wrong_labels_is_worth_nothing_not_less(y: Tensor) -> None:
    """A network that expects real text costs many bits of a random token, uncalibrated."""
    wrong = 20 * torch.randn(N, A, generator=draw(2))
    uncalibrated = wrong.log_softmax(dim=1).gather(1, y[:, None]) / math.log(2) + math.log2(A)
    assert uncalibrated.mean() < -10
    for bits in (tempered(wrong, y, FOLD, PRIOR).bits, by_ranks(wrong, y, FOLD)):
        assert abs(float(bits.mean())) < 0.02


def test_the_control_fails_where_a_decoder_has_seen_the_labels(y: Tensor) -> None:
    """Logits that hold a trace of the very labels that they are scored on."""
    peeked = torch.randn(N, A, generator=draw(2)) + 2.0 * torch.nn.functional.one_hot(y, A)
    assert tempered(peeked, y, FOLD, PRIOR).bits.mean() > 0.5
    assert by_ranks(peeked, y, FOLD).mean() > 0.5


def test_few_samples_are_worth_no_more_than_many() -> None:
    """What is chosen on the samples that it scores would be above 0 of noise: the best of many."""
    means = []
    for seed in range(40):
        logits = 3 * torch.randn(16, A, generator=draw(seed))
        labels, fold = torch.randint(A, (16,), generator=draw(1000 + seed)), torch.arange(16) % 4
        scored = tempered(logits, labels, fold, PRIOR).bits, by_ranks(logits, labels, fold)
        means.append([float(bits.mean()) for bits in scored])
    tempers, ranks = torch.tensor(means).mean(dim=0)
    assert tempers < 0.02
    assert ranks < 0.02


def test_ranks_do_not_depend_on_the_values(y: Tensor) -> None:
    logits = torch.randn(N, A, generator=draw(3)) + 3 * torch.nn.functional.one_hot(y, A)
    assert torch.equal(by_ranks(logits, y, FOLD), by_ranks(logits.exp(), y, FOLD))


def test_equal_logits_say_nothing_by_ranks(y: Tensor) -> None:
    assert by_ranks(torch.zeros(N, A), y, FOLD).mean() == 0


def test_against_a_prior_that_knows_more_nothing_is_saved() -> None:
    p = torch.arange(1, A + 1).double()
    p /= p.sum()
    y = torch.multinomial(p, N, replacement=True, generator=draw(4))
    logits = p.log().float().expand(N, A)
    uniform = tempered(logits, y, FOLD, PRIOR).bits.mean()
    entropy = -float((p * p.log2()).sum())
    assert uniform == pytest.approx(6 - entropy, abs=0.05)
    assert abs(float(tempered(logits, y, FOLD, p.log2().float()).bits.mean())) < 0.01


def test_the_strongest_is_chosen_on_the_other_folds(y: Tensor) -> None:
    good, bad = known(y, 0.9), known(y, 0.2)
    mixed = torch.where((FOLD == 0)[:, None], bad, good)
    scored = {"mixed": tempered(mixed, y, FOLD, PRIOR), "good": tempered(good, y, FOLD, PRIOR)}
    bits = strongest(scored, FOLD)
    assert torch.equal(bits[FOLD > 0], scored["good"].bits[FOLD > 0])
    assert torch.equal(bits[FOLD == 0], scored[
        "mixed" if scored["mixed"].fitting[0] >= scored["good"].fitting[0] else "good"
    ].bits[FOLD == 0])  # fmt: skip
