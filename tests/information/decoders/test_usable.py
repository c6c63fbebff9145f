"""Decoders against labels whose information is known."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import one_hot

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.decoders import neighbours, usable
from infoplane.information.decoders.folds import copies, dealt, within
from infoplane.information.decoders.usable import (
    DecoderSettings,
    decoded,
    pointwise_information,
    usable_information,
)
from infoplane.names import DECODERS, KNN, LINEAR, MLP, STRONGEST

N = 1000
GENERATOR = torch.Generator().manual_seed(0)
Y = torch.arange(N) % 5
SEEN = torch.where(torch.rand(N, generator=GENERATOR) < 0.5, Y.roll(3), Y)
NOISE = torch.randn(N, 6, generator=GENERATOR)


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_layer_that_is_the_label_says_all_of_it(decoder: str) -> None:
    t = one_hot(Y, 5).float()
    estimate = usable_information(t, Y, decoder=decoder)
    assert estimate.ceiling == pytest.approx(math.log2(5))
    assert estimate.bits == pytest.approx(math.log2(5), abs=0.03)
    assert estimate.estimator == decoder


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("given", [None, Y])
def test_noise_says_nothing(decoder: str, given: torch.Tensor | None) -> None:
    estimate = usable_information(NOISE, SEEN, given=given, decoder=decoder)
    assert estimate.bits == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("error", [0.0, 0.1, 0.3])
def test_planted_information(decoder: str, error: float) -> None:
    """A binary label flipped with chance e leaves 1 - H(e) bits."""
    generator = torch.Generator().manual_seed(1)
    n = 4000
    truth = torch.arange(n) % 2
    heard = torch.where(torch.rand(n, generator=generator) < error, 1 - truth, truth)
    t = one_hot(heard, 2).float() + 0.05 * torch.randn(n, 2, generator=generator)
    binary = [-p * math.log2(p) for p in (error, 1 - error) if p > 0]
    estimate = usable_information(t, truth, decoder=decoder)
    assert estimate.bits == pytest.approx(1 - sum(binary), abs=3 * estimate.standard_error + 0.03)


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=5)
def test_order_and_names_do_not_matter(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    t = one_hot(SEEN, 5) + 0.5 * torch.randn(N, 5, generator=generator)
    before = usable_information(t, SEEN, given=Y, decoder=LINEAR, seed=seed).bits
    names = torch.tensor([7, 3, 40, 1, 12])  # another order of the classes deals other folds
    order = torch.randperm(N, generator=generator)
    renamed, reordered, stretched = (
        usable_information(*of, given=z, decoder=LINEAR, seed=seed).bits
        for of, z in (
            ((t, names[SEEN]), names[Y]),
            ((t[order], SEEN[order]), Y[order]),
            ((t * torch.tensor([1, 10, 1e-3, 5, 1]) + 3, SEEN), Y),
        )
    )
    assert stretched == pytest.approx(before, abs=1e-3)
    assert renamed == pytest.approx(before, abs=0.1)
    assert reordered == pytest.approx(before, abs=0.1)


def test_an_error_is_stated_where_it_was_measured_to_hold() -> None:
    """Of few samples the luck of the fit is more than two folds can tell."""
    few = usable_information(NOISE[:900], SEEN[:900], given=Y[:900], decoder=KNN)
    assert math.isnan(few.standard_error)
    t = NOISE + 2 * one_hot(SEEN, 6)
    estimate = usable_information(t, SEEN, given=Y, decoder=KNN)
    assert 0.005 < estimate.standard_error < 0.2


def test_the_error_knows_the_luck_of_a_fit() -> None:
    """Folds whose decoders differ say more than the spread over samples."""
    gain = torch.cat([torch.full((600,), 1.0), torch.zeros(600)]).double()
    fold = torch.arange(1200) // 600
    assert usable._error_of_mean(gain, fold) == pytest.approx(0.5)
    assert usable._error_of_mean(gain, torch.arange(1200) % 2) == pytest.approx(
        0.5 / 1200**0.5, rel=1e-3
    )


@pytest.mark.parametrize("n", [60, 355, 1442])
def test_zero_is_zero_at_every_n(n: int) -> None:
    """Compared with the plug-in entropy it would be -.8 bits at n = 355: the cost of the prior."""
    y = torch.arange(n) % 10
    generator = torch.Generator().manual_seed(n)
    seen = torch.randint(10, (n,), generator=generator)
    t = torch.randn(n, 20, generator=generator)
    found = decoded(t, seen[None], DecoderSettings(DECODERS), given=y)
    assert max(abs(each.bits) for each in found.values()) < 0.05


def test_nothing_is_read_above_the_entropy() -> None:
    """The prior's cross-entropy is far above the entropy of so few samples, and M is not."""
    seen = torch.randint(10, (355,), generator=torch.Generator().manual_seed(0))
    found = usable_information(one_hot(seen, 10).float(), seen, given=torch.arange(355) % 10)
    assert 0.9 * found.ceiling < found.bits <= found.ceiling < math.log2(10)


@pytest.mark.parametrize("decoder", DECODERS)
def test_the_null_finds_a_leak_and_nothing_else(decoder: str) -> None:
    leak = NOISE + one_hot(SEEN, 6)
    told = usable_information(leak, SEEN, given=Y, decoder=decoder, permutations=20)
    by_chance = usable_information(NOISE, SEEN, given=Y, decoder=decoder, permutations=20)
    assert told.bits > 0.1
    assert told.p_value == pytest.approx(1 / 21)
    assert told.null_mean == pytest.approx(0, abs=0.01)
    assert by_chance.inside_null


def test_labelings_do_not_disturb_each_other() -> None:
    """What is found of the labels is the same, alone and beside those of a null."""
    t = NOISE + 2 * one_hot(SEEN, 6)
    alone, beside = (usable_information(t, SEEN, given=Y, permutations=p).bits for p in (0, 3))
    assert beside == pytest.approx(alone, abs=1e-4)


def test_memory_bounds_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    t = NOISE + one_hot(SEEN, 6)
    options = {"given": Y, "decoder": KNN, "permutations": 5}
    before = usable_information(t, SEEN, **options)
    monkeypatch.setattr(neighbours, "CHUNK", 13)
    monkeypatch.setattr(usable, "AT_ONCE", 1)
    after = usable_information(t, SEEN, **options)
    assert after.bits == pytest.approx(before.bits, abs=1e-6)
    assert after.null_mean == pytest.approx(before.null_mean, abs=1e-6)


@pytest.mark.parametrize("groups", [None, torch.arange(120) // 2])
def test_few_are_asked_of_all_classes_at_once(
    groups: torch.Tensor | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = slice(0, 120)
    t = NOISE[few] + one_hot(SEEN[few], 6)
    options = {"given": Y[few], "decoder": KNN, "groups": groups, "permutations": 5}
    at_once = usable_information(t, SEEN[few], **options)
    monkeypatch.setattr(neighbours, "FEW", 0)
    one_by_one = usable_information(t, SEEN[few], **options)
    assert at_once.bits == pytest.approx(one_by_one.bits, abs=1e-6)
    assert at_once.null_mean == pytest.approx(one_by_one.null_mean, abs=1e-6)


def test_neighbours_are_the_nearest_and_never_copies() -> None:
    t = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
    group = torch.arange(200) // 2
    near = neighbours._nearest(t, t, group[:, None] == group, 7)
    distances = torch.cdist(t.double(), t.double())
    distances[group[:, None] == group] = math.inf
    assert torch.equal(near, distances.argsort(dim=1)[:, :7])


def test_copies_share_a_fold_and_are_not_memorized() -> None:
    """1,000 images four times, with one label each: nothing of a distinct image is known."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(300, 5, generator=generator).repeat(4, 1)
    y = (torch.arange(300) % 3).repeat(4)
    seen = torch.randint(3, (300,), generator=generator).repeat(4)
    groups = copies(images)
    assert len(groups.unique()) == 300
    assert torch.equal(groups[:300], groups[300:600])
    fold = dealt(y, groups, 2, 0)
    assert torch.equal(fold[:300], fold[900:])
    apart = usable_information(images, seen, given=y, decoder=KNN)
    together = usable_information(images, seen, given=y, decoder=KNN, groups=groups)
    assert apart.bits > 1
    assert abs(together.bits) < 0.05
    for shuffled in within(seen, y, groups, 3, 0):
        assert torch.equal(shuffled[:300], shuffled[300:600])
        assert not torch.equal(shuffled, seen)


def test_folds_are_balanced_by_stratum() -> None:
    for folds in (2, 3):
        fold = dealt(SEEN, torch.arange(N), folds, 0)
        counts = torch.stack([torch.bincount(SEEN[fold == i], minlength=5) for i in range(folds)])
        assert int((counts.max(dim=0).values - counts.min(dim=0).values).max()) <= 1


def test_shuffles_stay_within_what_is_given() -> None:
    for shuffled in within(SEEN, Y, None, 5, 0):
        for label in Y.unique():
            here = label == Y
            assert torch.equal(shuffled[here].sort().values, SEEN[here].sort().values)


def test_the_strongest_is_no_weaker_than_its_members() -> None:
    """A line reads the first layer best, a network the parity of two signs, neighbours a spiral."""
    generator = torch.Generator().manual_seed(2)
    y = torch.arange(3000) % 2
    linear = torch.randn(3000, 20, generator=generator)
    linear[:, 0] += 2 * y
    parity = torch.randn(3000, 2, generator=generator)
    parity[:, 0] = parity[:, 0].abs() * (2 * y - 1) * parity[:, 1].sign()
    for t in (linear, parity):
        found = decoded(t, y[None], DecoderSettings(DECODERS))
        others = [found[name].bits for name in (KNN, LINEAR, MLP)]
        assert found[STRONGEST].bits > max(others) - 0.02


def test_logits_are_read_no_worse_than_their_argmax() -> None:
    """Predictions that hold the label, in logits of which all else is loud noise."""
    generator = torch.Generator().manual_seed(3)
    logits = 100 * torch.rand(N, 50, generator=generator).log()
    logits = logits - logits.max(dim=1, keepdim=True).values
    logits[torch.arange(N), SEEN] = 1e-3
    found = decoded(logits, SEEN[None], DecoderSettings((KNN, STRONGEST)), given=Y)
    assert found[KNN].bits < 0.5
    assert found[STRONGEST].bits > 0.9 * found[STRONGEST].ceiling


@pytest.mark.parametrize("decoder", DECODERS)
def test_small_and_strange_labels_have_defined_values(decoder: str) -> None:
    """One class, a class of one example, a given class that only the scored fold has."""
    constant = usable_information(NOISE[:20], Y[:20] * 0, decoder=decoder)
    assert constant.ceiling == 0
    assert constant.bits == pytest.approx(0, abs=1e-9)
    lonely = torch.zeros(20, dtype=torch.int64)
    lonely[0] = 1
    for y, z in ((lonely, None), (Y[:20], lonely), (lonely, lonely)):
        estimate = usable_information(NOISE[:20], y, given=z, decoder=decoder)
        assert math.isfinite(estimate.bits)
        assert estimate.bits <= estimate.ceiling + 1e-9
    assert math.isfinite(usable_information(NOISE[:2], Y[:2], decoder=decoder).bits)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: usable_information(NOISE, Y[1:]), "t has 1000 samples and y has 999"),
        (lambda: usable_information(NOISE, Y, given=Y[1:]), "t has 1000 .* given has 999; give as"),
        (lambda: usable_information(NOISE, Y, groups=Y[2:]), "t has 1000 .* groups has 998"),
        (lambda: usable_information(NOISE, Y, folds=1), "1 folds of 1000 samples"),
        (lambda: usable_information(NOISE[:1], Y[:1]), "2 folds of 1 samples"),
        (lambda: usable_information(NOISE, Y, k=0), "k is 0; give 1 or more"),
        (
            lambda: usable_information(NOISE, Y, decoder="oracle"),
            "more of: strongest decoder, k-NN",
        ),
        (lambda: DecoderSettings(()), "decoders is empty; give one or more of: strongest decoder"),
        (lambda: usable_information(NOISE[:9], Y[:9], groups=Y[:9] * 0), "or group of copies"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call()
    with pytest.raises(NonFiniteError, match="t has values that are NaN"):
        usable_information(NOISE / 0, Y)


def test_eigenvectors_are_found_where_the_usual_algorithm_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    t = torch.cat([NOISE + 2 * one_hot(SEEN, 6), NOISE * 0], dim=1)
    before = usable_information(t, SEEN, given=Y, decoder=LINEAR).bits

    def fails(_: torch.Tensor) -> None:
        raise RuntimeError("does not converge")

    monkeypatch.setattr(torch.linalg, "eigh", fails)
    after = usable_information(t, SEEN, given=Y, decoder=LINEAR).bits
    assert after == pytest.approx(before, abs=1e-3)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_reads_the_same() -> None:
    t = NOISE + 2 * one_hot(SEEN, 6)
    labelings = torch.cat([SEEN[None], within(SEEN, Y, None, 20, 0)])
    here, there = (
        decoded(t.to(device), labelings, DecoderSettings(DECODERS), given=Y)
        for device in ("cpu", "cuda")
    )
    for name in DECODERS:
        assert there[name].bits == pytest.approx(here[name].bits, abs=0.05)
        assert there[name].p_value == here[name].p_value
        assert there[name].null_mean == pytest.approx(here[name].null_mean, abs=0.01)


@pytest.mark.parametrize("decoder", [KNN, LINEAR])
def test_what_samples_add_is_the_whole_on_average(decoder: str) -> None:
    t = one_hot(SEEN, 5).float() + 0.5 * NOISE[:, :5]
    decoding = DecoderSettings((decoder,), folds=3, seed=1)
    each = pointwise_information(t, SEEN, decoding, given=Y)[decoder]
    whole = usable_information(t, SEEN, given=Y, decoder=decoder, folds=3, seed=1)
    assert each.shape == (N,)
    assert float(each.mean()) == pytest.approx(whole.bits)
    rare = SEEN != Y  # labels that the prior does not expect are worth more
    assert each[rare].mean() > each[~rare].mean()
