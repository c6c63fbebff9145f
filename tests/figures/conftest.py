"""What the tests of figures share."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from typical_tables import measurements, training


@pytest.fixture(scope="session")
def true_run() -> pd.DataFrame:
    """Measurements of three networks on true labels."""
    return measurements()


@pytest.fixture(scope="session")
def random_run() -> pd.DataFrame:
    """Measurements of three networks on random labels."""
    return measurements(random_labels=True)


@pytest.fixture(scope="session")
def training_table() -> pd.DataFrame:
    """The training table of three networks on partly corrupted labels."""
    return training()


@pytest.fixture(scope="session")
def measured() -> Callable[..., pd.DataFrame]:
    """The maker of measurements: of any members, layers and epochs."""
    return measurements
