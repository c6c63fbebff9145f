"""Small products by NumPy against torch's: values, gradients, and where they are left to torch."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from infoplane.networks import products
from infoplane.networks.products import affine


def operands(dtype: torch.dtype = torch.float64, n: int = 7) -> tuple[Tensor, Tensor, Tensor]:
    """Return weight, input and bias of three members, the input strided as a transposed one is."""
    generator = torch.Generator().manual_seed(0)
    shapes = (3, 4, 5), (3, n, 5), (3, 4, 1)
    weight, h, bias = (torch.randn(s, generator=generator, dtype=dtype) for s in shapes)
    return weight, h.mT, bias


def by_numpy(value: Tensor) -> bool:
    """Whether NumPy's product is in the graph of a value."""
    assert value.grad_fn is not None
    nodes = [value.grad_fn, *(node for node, _ in value.grad_fn.next_functions if node)]
    return any("_Product" in node.name() for node in nodes)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few products be many."""
    monkeypatch.setattr(products, "MANY", 0)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("biased", [True, False])
def test_is_the_batched_product(dtype: torch.dtype, biased: bool) -> None:
    weight, h, bias = operands(dtype)
    expected = weight @ h + (bias if biased else 0)
    torch.testing.assert_close(affine(weight, h, bias if biased else None), expected)
    shared = h[:1].expand(3, -1, -1)
    torch.testing.assert_close(affine(weight, shared, None), weight @ shared)


@pytest.mark.usefixtures("few")
def test_gradients_are_exact_to_the_second_order() -> None:
    given = [each.requires_grad_() for each in operands()]
    assert by_numpy(affine(*given))
    assert torch.autograd.gradcheck(affine, given)
    assert torch.autograd.gradgradcheck(affine, given)
    assert torch.autograd.gradgradcheck(lambda w, h: affine(w, h, None), given[:2])


@pytest.mark.usefixtures("few")
def test_gradients_through_an_update() -> None:
    """The loss after a step depends on the input through the step, as torch's operations say."""

    def gradient(layer) -> Tensor:
        weight, h, bias = (each.detach().requires_grad_() for each in operands())
        loss = layer(weight, h, bias).tanh().square().sum()
        (step,) = torch.autograd.grad(loss, weight, create_graph=True)
        later = layer(weight - 0.1 * step, h, bias).tanh().square().sum()
        return torch.autograd.grad(later, h)[0]

    torch.testing.assert_close(gradient(affine), gradient(lambda w, h, b: w @ h + b))


@pytest.mark.usefixtures("few")
def test_gradients_nobody_needs_are_not_made() -> None:
    weight, h, bias = operands()
    affine(weight.requires_grad_(), h, bias).sum().backward()
    torch.testing.assert_close(weight.grad, h.sum(dim=2)[:, None].expand_as(weight))
    assert h.grad is None


@pytest.mark.usefixtures("few")
def test_a_member_does_not_depend_on_the_others() -> None:
    weight, h, bias = operands(torch.float32, n=1001)
    whole = affine(weight, h, bias)
    assert torch.equal(affine(weight[1:2], h[1:2], bias[1:2]), whole[1:2])


@pytest.mark.parametrize("bounds", [{"MANY": 0}, {"SMALL": 7 * 20, "MANY": 3 * 7 * 20}])
def test_many_small_products_are_numpys(
    bounds: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in bounds.items():
        monkeypatch.setattr(products, name, value)
    weight, h, bias = operands()
    assert by_numpy(affine(weight.requires_grad_(), h, bias))


@pytest.mark.parametrize("bounds", [{}, {"SMALL": 7 * 20 - 1, "MANY": 0}, {"MANY": 3 * 7 * 20 + 1}])
def test_few_or_large_products_are_torchs(
    bounds: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in bounds.items():
        monkeypatch.setattr(products, name, value)
    weight, h, bias = operands(torch.float32)
    found = affine(weight.requires_grad_(), h, bias)
    assert not by_numpy(found)
    assert torch.equal(found, torch.baddbmm(bias, weight, h))
    assert torch.equal(affine(weight, h, None), torch.bmm(weight, h))


@pytest.mark.usefixtures("few")
def test_low_precision_is_torchs() -> None:
    weight, h, bias = operands(torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        found = affine(weight, h, bias)
        assert torch.equal(found, torch.baddbmm(bias, weight, h))
    assert found.dtype == torch.bfloat16
    half = [each.bfloat16() for each in operands()]
    assert torch.equal(affine(*half), torch.baddbmm(half[2], half[0], half[1]))
