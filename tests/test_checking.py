"""What tests check of the calls of the package, and what they let through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import torch
from beartype.roar import BeartypeCallHintViolation
from checking import EVERY, FIRST, begin_test, checked, unchecked
from jaxtyping import Float
from torch import Tensor

from infoplane.information.core.null import against_null

Vector = Float[Tensor, " n"]  # a name that hides the shape


@checked
def paired(x: Vector, y: Float[Tensor, "n d"]) -> Float[Tensor, "d n"]:
    return y if x[0] else y.mT


@checked
def outer(x: Vector) -> Float[Tensor, " n"]:
    paired(torch.zeros(5), torch.zeros(5, 2))  # its n is another
    return x


@checked
def given(x: Vector) -> Iterator[Later]:
    yield Later(len(x))


@dataclass
class Later:
    size: int


Later = checked(Later)
ONE, TWO = torch.zeros(3), torch.zeros(3, 2)


def test_what_fits_passes() -> None:
    assert paired(ONE, TWO).shape == (2, 3)
    assert outer(ONE) is ONE
    assert [later.size for later in given(ONE)] == [3]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: paired(ONE, torch.zeros(4, 2)),  # n is 3 and 4
        lambda: paired(ONE, TWO.int()),
        lambda: paired(torch.ones(3), TWO),  # what it returns
        lambda: outer(TWO),
        lambda: given(TWO),
        lambda: Later(2.5),
        lambda: against_null("bits", [0.1]),  # a function of the package
    ],
)
def test_what_does_not_fit_is_told(wrong: Callable[[], object]) -> None:
    with pytest.raises((BeartypeCallHintViolation, TypeError), match=r"violates|Type-check error"):
        wrong()


def test_the_first_calls_of_a_test_are_checked_and_then_one_in_many() -> None:
    for _ in range(FIRST):
        paired(ONE, TWO)
    found = 0
    for _ in range(2 * EVERY):
        try:
            paired(ONE, TWO.int())
        except BeartypeCallHintViolation:
            found += 1
    assert found == 2
    begin_test()
    with pytest.raises(BeartypeCallHintViolation):
        paired(ONE, TWO.int())


def test_what_is_wrong_on_purpose_is_let_through() -> None:
    with unchecked():
        assert Later(2.5).size == 2.5
        assert paired(torch.ones(3), TWO) is TWO
    with pytest.raises(BeartypeCallHintViolation):
        paired(torch.ones(3), TWO)
