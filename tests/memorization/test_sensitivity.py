"""Loss sensitivity against finite differences of whole trainings; Gini on known truths."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.memorization.sensitivity import gini, input_gradient, unrolled_loss_sensitivity

K, N, D, HIDDEN, C, UPDATES = 2, 6, 3, 4, 3, 5
RATE = 0.3


def normal(*shape: int, name: str) -> torch.Tensor:
    return torch.randn(shape, generator=seeds.generator(0, name), dtype=torch.float64)


PARAMETERS = {
    "first": normal(K, D, HIDDEN, name="first"),
    "second": normal(K, HIDDEN, C, name="second"),
}
INPUTS = normal(K, N, D, name="inputs")
LABELS = torch.arange(K * N).view(K, N) % C
BATCHES = [
    torch.stack([torch.randperm(N, generator=seeds.generator(t, "batch", k))[:2] for k in range(K)])
    for t in range(UPDATES)
]


def forward(parameters: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    return torch.tanh(x @ parameters["first"]) @ parameters["second"]


def trained_loss(x: torch.Tensor, updates: int) -> torch.Tensor:
    """Return the mean loss of each network after so many updates, the plain way."""
    theta = dict(PARAMETERS)
    rows = torch.arange(K)[:, None]
    for batch in BATCHES[:updates]:
        theta = {name: value.detach().requires_grad_() for name, value in theta.items()}
        logits = forward(theta, x[rows, batch])
        loss = functional.cross_entropy(logits.mT, LABELS[rows, batch], reduction="none")
        gradients = torch.autograd.grad(loss.mean(dim=1).sum(), list(theta.values()))
        theta = {
            name: value - RATE * g
            for (name, value), g in zip(theta.items(), gradients, strict=True)
        }
    logits = forward(theta, x)
    return functional.cross_entropy(logits.mT, LABELS, reduction="none").mean(dim=1).detach()


def finite_differences(updates: int, step: float = 1e-5) -> torch.Tensor:
    """Return ‖∂L_t/∂x‖₁ of each example, a whole training for every value of the inputs."""
    norms = torch.zeros(K, N, dtype=torch.float64)
    for i in range(N):
        for j in range(D):
            moved = torch.zeros_like(INPUTS)
            moved[:, i, j] = step
            slope = trained_loss(INPUTS + moved, updates) - trained_loss(INPUTS - moved, updates)
            norms[:, i] += (slope / (2 * step)).abs()
    return norms


def unrolled(looks: list[int]):
    return unrolled_loss_sensitivity(
        forward, PARAMETERS, INPUTS, LABELS, batches=BATCHES, looks=looks, learning_rate=RATE
    )


@pytest.mark.parametrize("looks", [[0], [1], [5], [1, 3, 5]])
def test_it_is_what_retraining_says(looks: list[int]) -> None:
    found = unrolled(looks)
    expected = torch.stack([finite_differences(t) for t in looks], dim=1)
    torch.testing.assert_close(found.values, expected, atol=1e-6, rtol=1e-5)
    losses = torch.stack([trained_loss(INPUTS, t) for t in looks], dim=1)
    torch.testing.assert_close(found.losses, losses, atol=1e-6, rtol=1e-5)
    assert ((found.accuracy >= 0) & (found.accuracy <= 1)).all()


def test_the_input_gradient_is_of_the_own_loss_alone() -> None:
    """At no update the loss sensitivity is it, over n."""
    own = input_gradient(
        lambda x: forward({n: v[0] for n, v in PARAMETERS.items()}, x), INPUTS[0], LABELS[0]
    )
    torch.testing.assert_close(own / N, unrolled([0]).values[0, 0], atol=1e-6, rtol=1e-5)


def test_gini_of_known_truths() -> None:
    one_hot = torch.zeros(8)
    one_hot[3] = 5.0
    assert float(gini(torch.full((7,), 2.5))) == pytest.approx(0, abs=1e-12)
    assert float(gini(one_hot)) == pytest.approx(7 / 8)
    assert float(gini(torch.zeros(4))) == 0
    assert float(gini(torch.tensor([1.0, 3.0]))) == pytest.approx(1 / 4)
    even = torch.arange(1, 100_001).double()  # uniform on (0, 1]: 1/3
    assert float(gini(even)) == pytest.approx(1 / 3, abs=1e-4)
    both = gini(torch.stack([one_hot, torch.ones(8)]))
    assert both.tolist() == pytest.approx([7 / 8, 0], abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=30), st.floats(0.1, 10))
def test_gini_is_the_mean_difference_and_knows_no_scale(values: list[float], scale: float) -> None:
    x = torch.tensor(values, dtype=torch.float64)
    difference = (x[:, None] - x).abs().mean()
    assert float(gini(x)) == pytest.approx(float(difference / (2 * x.mean().clamp(min=1e-300))))
    assert float(gini(x * scale)) == pytest.approx(float(gini(x)), abs=1e-9)
    assert -1e-12 <= float(gini(x)) <= (len(values) - 1) / len(values) + 1e-9


def test_refusals() -> None:
    with pytest.raises(InfoplaneError, match=r"the least -1\.0; give at least one, and none below"):
        gini(torch.tensor([1.0, -1.0]))
    with pytest.raises(InfoplaneError, match="values holds 0 numbers"):
        gini(torch.zeros(0))
    for looks in ([], [UPDATES + 1], [-1]):
        with pytest.raises(InfoplaneError, match="there are 5 updates; give numbers of updates"):
            unrolled(looks)
