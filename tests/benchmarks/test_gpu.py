"""The bench of a card runs through, with little of everything, on the processor."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from benchmarks import gpu
from benchmarks.table import read_ratios
from infoplane.information.core import compiling


@pytest.mark.slow
def test_every_row_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "PAYS_AFTER", compiling.PAYS_AFTER)  # put back afterwards
    table = tmp_path / "table.md"
    monkeypatch.setattr(sys, "argv", ["gpu", "--device", "cpu", "--small", "--write", str(table)])
    gpu.main()
    ratios = read_ratios(table.read_text())
    assert {"epoch-float32", "epoch-bfloat16", "members", "same-bits", "look"} <= set(ratios)
    assert {"stack-2", "stack-40", "inception", "alexnet", "resnet"} <= set(ratios)
    assert min(ratios.values()) > 0
    assert not torch.are_deterministic_algorithms_enabled()
