"""Neural estimates: identities of the bounds, small trainings, ceilings and determinism."""

from __future__ import annotations

import math

import pytest
import torch

from infoplane import seeds
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.core.small_networks import fit
from infoplane.information.neural import trained as neural
from infoplane.information.neural.bounds import Loss, pointwise_infonce, value
from infoplane.information.neural.critics import CRITICS, make_critic
from infoplane.information.neural.trained import NAMES, neural_information

SMALL = {"steps": 200, "batch": 64, "hidden": 16, "learning_rate": 5e-3}


def correlated(n: int, nats: float, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    rho = math.sqrt(1 - math.exp(-2 * nats))
    x, noise = torch.randn(2, n, 1, generator=generator)
    return x, rho * x + math.sqrt(1 - rho**2) * noise


T, Y = correlated(2000, 0.7)
NOISE = torch.randn(2000, 1, generator=torch.Generator().manual_seed(9))
LABELS = torch.arange(2000) % 4
COLOURS = torch.nn.functional.one_hot(LABELS, 4) + 0.1 * NOISE


@pytest.mark.parametrize("bound", NAMES)
def test_a_correlated_pair(bound: str) -> None:
    found = neural_information(T, Y, bound=bound, **SMALL)
    assert found.bits * math.log(2) == pytest.approx(0.7, abs=0.15)
    assert 0 < found.drawing_error < 0.15
    assert math.isnan(found.standard_error)
    assert found.ceiling == (6 if bound == "infonce" else math.inf)
    assert found.estimator == NAMES[bound]
    assert found.resolution.startswith("200 steps of 64, 16 units")
    assert found.n == 2000


@pytest.mark.parametrize("bound", NAMES)
def test_unrelated_pairs_say_nothing(bound: str) -> None:
    assert neural_information(T, NOISE, bound=bound, **SMALL).bits == pytest.approx(0, abs=0.06)


@pytest.mark.parametrize("bound", ["infonce", "nwj", "mine"])
@pytest.mark.parametrize("critic", CRITICS)
def test_labels(bound: str, critic: str) -> None:
    steps = {**SMALL, "batch": 32}
    found = neural_information(COLOURS, LABELS, bound=bound, critic=critic, **steps)
    assert found.bits == pytest.approx(2, abs=0.15)
    assert f"{critic} critic" in found.resolution
    assert found.ceiling == pytest.approx(2, abs=0.01)
    assert found.saturated == (found.bits > found.ceiling)
    if bound == "infonce":
        assert not found.saturated


def test_the_batch_is_the_wall_of_infonce() -> None:
    one_hot = torch.nn.functional.one_hot(torch.arange(2000) % 50).float()
    found = neural_information(one_hot, one_hot, **{**SMALL, "batch": 4})
    assert 1.5 < found.bits <= found.ceiling == 2


@pytest.mark.parametrize("bound", ["doe-gaussian", "doe-logistic"])
def test_a_difference_of_entropies_of_sixteen_pairs(bound: str) -> None:
    """Units with ρ = ½ that hold 2.3 nats together, less what fitting costs."""
    x, noise = torch.randn(2, 20_000, 16, generator=torch.Generator().manual_seed(3))
    y = 0.5 * x + math.sqrt(0.75) * noise
    found = neural_information(x, y, bound=bound, **{**SMALL, "batch": 128, "steps": 400})
    assert found.bits * math.log(2) == pytest.approx(-8 * math.log(0.75), abs=0.35)


def test_the_seed_decides_and_nothing_else_is_touched() -> None:
    kept, state = (T.clone(), Y.clone()), torch.get_rng_state()
    few = {**SMALL, "steps": 20}
    first, again, other = (neural_information(T, Y, seed=s, **few).bits for s in (0, 0, 1))
    assert first == again != other
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(T, kept[0])
    assert torch.equal(Y, kept[1])
    assert not T.requires_grad


def test_scales_do_not_matter() -> None:
    few = {**SMALL, "steps": 20}
    before = neural_information(T, Y, **few).bits
    dead = torch.cat([1e4 + 8 * T.double(), torch.zeros(2000, 1).double()], dim=1)
    assert math.isfinite(neural_information(dead, Y, **few).bits)
    assert neural_information(8 * T, Y / 4, **few).bits == pytest.approx(before, abs=1e-6)


def test_nothing_that_is_scored_was_trained_on() -> None:
    """With as many units as it takes to memorize forty pairs, the score stays at or below zero."""
    generator = torch.Generator().manual_seed(0)
    t, y = torch.randn(2, 80, 10, generator=generator)
    found = neural_information(t, y, bound="doe-gaussian", **SMALL)
    assert found.bits < 0.3
    train, validate, score = neural._parts(torch.arange(80.0), torch.arange(80.0), 0.5, 3)
    values = torch.cat([train.t, validate.t, score.t]).flatten()
    assert len(values.unique()) == 80
    assert [len(p.t) for p in (train, validate, score)] == [32, 8, 40]


def test_bounds_of_known_scores() -> None:
    zeros = torch.zeros(50)
    for bound in ("dv", "mine", "smile"):
        assert value(bound, zeros + 1, zeros, 5.0) == (1.0, 0.0)
    assert value("nwj", zeros + 1, zeros + 1, 5.0) == (0.0, 0.0)
    steep = torch.tensor([0.0, 800.0])
    assert value("smile", zeros, steep, 5.0)[0] > -5
    assert pointwise_infonce(100 * torch.eye(8)).mean() == pytest.approx(math.log(8))
    assert pointwise_infonce(torch.ones(8, 8)).abs().max() < 1e-6


@pytest.mark.parametrize("bound", ["dv", "nwj"])
def test_values_at_the_true_ratio_are_the_information(bound: str) -> None:
    """ln p(x, y) / p(x) p(y) of a correlated pair, plus 1 for NWJ."""
    x, y = (v.double()[:, 0] for v in correlated(200_000, 0.5, seed=4))
    rho2 = 1 - math.exp(-1)

    def ratio(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        square = (rho2 * (x**2 + y**2) - 2 * math.sqrt(rho2) * x * y) / (1 - rho2)
        return -0.5 * math.log(1 - rho2) - 0.5 * square + (bound == "nwj")

    nats, error = value(bound, ratio(x, y), ratio(x, y.roll(1)), 5.0)
    assert nats == pytest.approx(0.5, abs=4 * error)
    assert error < 0.01


def test_mine_divides_by_a_moving_average() -> None:
    loss = Loss("mine", decay=0.5)
    scores = torch.zeros(4, requires_grad=True)
    loss(scores * 0, scores)
    assert loss.log_average == pytest.approx(0)
    loss(scores * 0, scores + math.log(3))
    assert loss.log_average == pytest.approx(math.log(2))  # of 1 and 3
    mine = torch.autograd.grad(loss(scores * 0, scores), scores)[0]
    dv = torch.autograd.grad(Loss("dv")(scores * 0, scores), scores)[0]
    assert torch.allclose(dv, torch.full((4,), 0.25))
    assert torch.allclose(mine, torch.full((4,), 0.25 / 1.5))  # the average of 2 and 1


@pytest.mark.parametrize("name", CRITICS)
def test_all_pairs_are_pairs(name: str) -> None:
    generator = torch.Generator().manual_seed(0)
    critic = make_critic(name, 3, 2, hidden=8, generator=generator)
    t, y = torch.randn(6, 3, generator=generator), torch.randn(5, 2, generator=generator)
    scores = critic.all_pairs(t, y)
    one_by_one = [critic.pairs(t[i : i + 1], y[j : j + 1]) for i in range(6) for j in range(5)]
    assert torch.allclose(scores.flatten(), torch.cat(one_by_one), atol=1e-5)


def test_a_step_that_is_not_finite_is_left_out() -> None:
    model = torch.nn.ParameterList([torch.ones(1)])
    calls = []

    def loss(_: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        return model[0].sum() * (math.nan if len(calls) % 2 else 1.0)

    generator = seeds.generator(0, "test")
    options = {"n": 8, "steps": 40, "batch": 4, "learning_rate": 0.1, "generator": generator}
    fit(model, loss, lambda: model[0].item(), **options)
    assert len(calls) == 40
    assert -3 < model[0].item() < 0.1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bound": "club"}, "bound is 'club'; give one of: infonce, nwj, dv, mine, smile, doe-g"),
        ({"critic": "deep"}, "critic is 'deep'; give one of: separable, joint"),
        ({"hidden": 0}, "hidden is 0; give a finite number above 0"),
        ({"learning_rate": math.nan}, "learning_rate is nan"),
        ({"batch": 1}, "batch is 1; give 2 or more pairs"),
        ({"held_out": 1.0}, "held_out is 1.0; give a share below 1"),
    ],
)
def test_refused_options(options, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        neural_information(T, Y, **options)


def test_refused_samples() -> None:
    with pytest.raises(InfoplaneError, match="t has 2000 samples and y has 3"):
        neural_information(T, Y[:3])
    with pytest.raises(InfoplaneError, match="t has 19 samples; give 20 or more"):
        neural_information(T[:19], Y[:19])
    with pytest.raises(InfoplaneError, match="doe-logistic needs continuous y and got labels"):
        neural_information(T, LABELS, bound="doe-logistic")
    with pytest.raises(NonFiniteError, match="t has values that are NaN"):
        neural_information(T / 0, Y)


def test_a_diverged_network_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neural.ShiftedPairs, "value", lambda *_: (math.inf, math.nan))
    with pytest.raises(NonFiniteError, match="the network diverged"):
        neural_information(T, Y, bound="nwj", **{**SMALL, "steps": 2})


def test_few_samples_and_one_class_have_defined_values() -> None:
    for bound in NAMES:
        few = {**SMALL, "steps": 20, "bound": bound}
        assert math.isfinite(neural_information(T[:20], Y[:20], **few).bits)
        if not bound.startswith("doe"):
            constant = neural_information(T[:100], LABELS[:100] * 0, **few)
            assert constant.bits == pytest.approx(0, abs=0.6)
