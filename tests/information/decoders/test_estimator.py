"""Families of decoders against labels whose information is known."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import one_hot

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.decoders.estimator import FAMILIES, decoded_information
from infoplane.information.decoders.network import _Network
from infoplane.information.decoders.samples import Samples
from infoplane.information.decoders.usable import usable_information

N = 1000
GENERATOR = torch.Generator().manual_seed(0)
Y = torch.arange(N) % 5
NOISE = torch.randn(N, 6, generator=GENERATOR)


@pytest.mark.parametrize("decoder", FAMILIES)
def test_a_layer_that_is_the_label_says_all_of_it(decoder: str) -> None:
    found = decoded_information(one_hot(Y, 5).float(), Y * 3 - 1, decoder=decoder)
    assert found.ceiling == pytest.approx(math.log2(5))
    assert found.bits == pytest.approx(math.log2(5), abs=0.03)
    assert found.estimator == FAMILIES[decoder]


@pytest.mark.parametrize("decoder", FAMILIES)
def test_noise_says_nothing(decoder: str) -> None:
    found = decoded_information(NOISE, Y, decoder=decoder)
    assert found.bits == pytest.approx(0, abs=0.05)
    assert found.bits < 3 * found.standard_error + 1e-3


@pytest.mark.parametrize("error", [0.1, 0.3])
def test_planted_information(error: float) -> None:
    """A binary label flipped with chance e leaves 1 - H(e) bits."""
    generator = torch.Generator().manual_seed(1)
    truth = torch.arange(4000) % 2
    heard = torch.where(torch.rand(4000, generator=generator) < error, 1 - truth, truth)
    t = one_hot(heard, 2).float() + 0.05 * torch.randn(4000, 2, generator=generator)
    left = 1 + sum(p * math.log2(p) for p in (error, 1 - error))
    found = decoded_information(t, truth, decoder="mlp")
    assert found.bits == pytest.approx(left, abs=3 * found.standard_error + 0.02)
    assert 0 < found.standard_error < 0.05


def test_a_network_reads_what_a_line_cannot() -> None:
    """The parity of two signs is nothing to a linear decoder."""
    t = torch.randn(2000, 2, generator=torch.Generator().manual_seed(2))
    parity = (t.prod(dim=1) > 0).long()
    assert decoded_information(t, parity, decoder="mlp").bits > 0.75
    assert decoded_information(t, parity, decoder="linear").bits < 0.05


@pytest.mark.parametrize(("n", "steps"), [(40, 1), (70, 2), (1000, 10), (5120, 20)])
def test_an_epoch_of_the_network_is_ten_steps_of_32_to_256_samples(n: int, steps: int) -> None:
    x, y = torch.randn(n, 2, generator=torch.Generator().manual_seed(3)), torch.arange(n) % 2
    part = Samples(x, y[None], given=y * 0, group=torch.arange(n), classes=2, kinds=1)
    network = _Network(x, part, hidden=1, seed=0)
    network.epoch()
    assert network.taken == steps


def test_hidden_units_begin_at_the_scale_of_their_inputs() -> None:
    """Weights of variance 2 / r keep the mean square through a ReLU: He et al. 2015."""
    x, y = torch.randn(40, 200, generator=torch.Generator().manual_seed(3)), torch.arange(40) % 2
    part = Samples(x, y[None], given=y * 0, group=torch.arange(40), classes=2, kinds=1)
    hidden = _Network._hidden(x, _Network(x, part, hidden=400, seed=0).weights)
    assert float(hidden.square().mean()) == pytest.approx(1, abs=0.05)


def test_the_others_are_usable_information() -> None:
    for decoder in ("knn", "linear"):
        options = {"k": 7, "folds": 3, "seed": 2}
        own = decoded_information(NOISE, Y, decoder=decoder, **options)
        same = usable_information(NOISE, Y, decoder=FAMILIES[decoder], **options)
        assert (own.bits, own.standard_error) == (same.bits, same.standard_error)


def test_seed_inputs_and_scale() -> None:
    t, state = NOISE + 2 * one_hot(Y, 6), torch.get_rng_state()
    kept, few = t.clone(), {"decoder": "mlp", "steps": 30}
    first, again, other = (decoded_information(t, Y, seed=s, **few).bits for s in (0, 0, 1))
    assert first == again != other
    assert decoded_information(t * 8, Y, **few).bits == pytest.approx(first, abs=1e-3)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(t, kept)


def test_small_and_strange_labels_have_defined_values() -> None:
    lonely = torch.zeros(20, dtype=torch.int64)
    lonely[0] = 1
    for t, y in ((NOISE[:20], Y[:20] * 0), (NOISE[:20], lonely), (NOISE[:2], Y[:2])):
        found = decoded_information(t, y, decoder="mlp", steps=20)
        assert math.isfinite(found.bits)
        assert found.bits <= found.ceiling + 1e-9
    assert math.isfinite(decoded_information(NOISE * 0, Y, decoder="mlp", steps=20).bits)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: decoded_information(NOISE, Y[1:]), "t has 1000 samples and y has 999"),
        (lambda: decoded_information(NOISE, NOISE), "y is torch.float32; decoders need integer"),
        (
            lambda: decoded_information(NOISE, Y, decoder="oracle"),
            "give one of: strongest, knn, linear, mlp",
        ),
        (lambda: decoded_information(NOISE, Y, decoder="mlp", hidden=0), "hidden is 0; give"),
        (lambda: decoded_information(NOISE, Y, decoder="mlp", steps=0), "steps is 0; give"),
        (lambda: decoded_information(NOISE, Y, decoder="mlp", folds=1), "1 folds of 1000 samples"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call()
    with pytest.raises(NonFiniteError, match="t has values that are NaN"):
        decoded_information(NOISE / 0, Y)
