"""``make bench``: one table of ratios, each measured in this run."""

from __future__ import annotations

import os
import platform

import torch
from rich.console import Console
from rich.table import Table

from benchmarks import bins, memorization, mnist_net, stack


def main() -> None:
    """Print the table."""
    table = Table(box=None, pad_edge=False)
    for name in ("work", "ours", "against", "theirs", "ratio", "aim"):
        table.add_column(name, justify="left" if name in ("work", "against") else "right")
    for module in (bins, stack, mnist_net, memorization):
        for row in module.rows():
            table.add_row(
                row.work,
                f"{row.ours:.3g} {row.unit}",
                row.against,
                f"{row.theirs:.3g} {row.unit}",
                f"{row.ratio:.2f}",
                row.aim,
            )
    console = Console(width=120)
    console.print(table)
    console.print(
        f"{platform.machine()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}, Python {platform.python_version()}"
    )


if __name__ == "__main__":
    main()
