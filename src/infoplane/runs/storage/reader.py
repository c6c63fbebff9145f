"""The tables of one run or of many, read when they are asked for, once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

import pandas as pd


class TableReader(ABC):
    """What has the tables of a run: their columns are in ``infoplane.tables``."""

    @abstractmethod
    def read(self, name: str) -> pd.DataFrame:
        """Read a table by name."""

    @cached_property
    def measurements(self) -> pd.DataFrame:
        """What was measured, in bits."""
        return self.read("measurements")

    @cached_property
    def training(self) -> pd.DataFrame:
        """Loss and accuracy."""
        return self.read("training")

    @cached_property
    def dynamics(self) -> pd.DataFrame:
        """What training examples did as they were presented."""
        return self.read("dynamics")

    @cached_property
    def examples(self) -> pd.DataFrame:
        """One row an example."""
        return self.read("examples")

    @cached_property
    def histories(self) -> pd.DataFrame:
        """One row an example that was followed: its confidence and predictions by epoch."""
        return self.read("histories")

    @cached_property
    def gradients(self) -> pd.DataFrame:
        """Drift and diffusion of the weights."""
        return self.read("gradients")

    @cached_property
    def geometry(self) -> pd.DataFrame:
        """Dependence and clusters of every layer, of runs that were asked for them."""
        return self.read("geometry")

    @cached_property
    def seconds(self) -> pd.DataFrame:
        """What training and observing took."""
        return self.read("seconds")
