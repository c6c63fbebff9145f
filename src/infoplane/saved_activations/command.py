"""Carry out ``infoplane estimate``: tables, figure, page, and what the terminal says."""

from __future__ import annotations

from pathlib import Path

from infoplane.page import write_report_beside
from infoplane.saved_activations.estimating import EstimateOptions, estimate
from infoplane.terminal import PlainConsole


def carry_out(options: EstimateOptions, out: Path) -> None:
    """Measure, write everything into a folder, and print each layer at the end."""
    plane = estimate(options, out)
    page = write_report_beside(out)
    plane.summary()
    console = PlainConsole(highlight=False)
    console.print(f"tables and figures: {out}", soft_wrap=True)
    if page is not None:
        console.print(f"open {page}", soft_wrap=True)
