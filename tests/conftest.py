"""What tests share: shapes and types of calls are checked, but where a refusal is tested."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from checking import begin_test, install, unchecked

os.environ["OMP_NUM_THREADS"] = "1"  # tiny networks: threads would only wait for one another

install("infoplane")

from infoplane.errors import InfoplaneError  # noqa: E402

_raises = pytest.raises


@contextmanager
def raises(expected: Any, **options: Any) -> Iterator[pytest.ExceptionInfo[BaseException]]:
    """``pytest.raises``; what infoplane itself is to refuse reaches it unchecked."""
    refusal = isinstance(expected, type) and issubclass(expected, InfoplaneError)
    with unchecked() if refusal else nullcontext(), _raises(expected, **options) as caught:
        yield caught


pytest.raises = raises  # pyright: ignore[reportAttributeAccessIssue]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: begun last, one would keep a single worker busy."""
    long = {item.path for item in items if {"slow", "long"} & {m.name for m in item.iter_markers()}}
    items.sort(key=lambda item: item.path not in long)


def pytest_runtest_setup() -> None:
    """Check the first calls of each test, whatever was called in others."""
    begin_test()


@pytest.fixture(scope="session")
def launched() -> Iterator[Any]:
    """The one browser of all tests: playwright starts no second one in a process."""
    from .page.browser import browser

    with browser() as started:
        yield started
