"""Carry out an audit from the command line: tables, figure, page, and a few lines of text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rich.table import Table

from infoplane.audit.auditing import audit_examples, read
from infoplane.audit.config import AuditConfig
from infoplane.audit.page import told, write_page
from infoplane.audit.result import CSV, Audit
from infoplane.terminal import PlainConsole, plain_table

LISTED = 10
DRAWN = 32  # images in the figure


def carry_out(config: AuditConfig, out: Path) -> None:
    """Audit, write everything into a folder, and print the most suspect examples."""
    audited = read(config)
    audit = audit_examples(audited, config, out)
    inputs = audited.examples.inputs
    if inputs.ndim == 4:
        _draw(audit, inputs.numpy(), out)
    page = write_page(audit, out, config.data.name, inputs.numpy())
    console = PlainConsole(highlight=False)
    for line in told(audit):
        console.print(line)
    console.print(_table(audit))
    console.print(f"all examples, most suspect first: {out / CSV}", soft_wrap=True)
    console.print(f"open {page}", soft_wrap=True)


def _draw(audit: Audit, images: np.ndarray, out: Path) -> None:
    from infoplane.figures import image_grid, save

    worst = audit.suspects.head(DRAWN)
    shown = np.moveaxis(images[worst["id"].to_numpy()], 1, -1)
    shown = shown[..., 0] if shown.shape[-1] != 3 else shown
    captions = [f"{r.label} → {r.suggested}" for r in worst.itertuples()]
    (out / "figures").mkdir(exist_ok=True)
    save(image_grid(shown, captions, title="Most suspect"), out / "figures" / "suspects")


def _table(audit: Audit) -> Table:
    table = plain_table("most suspect")
    for name, justify in (
        *(("example", "left"), ("label", "left"), ("perhaps", "left")),
        *(("score", "right"), ("bits memorized", "right")),
    ):
        table.add_column(name, justify=justify)  # pyright: ignore[reportArgumentType]
    for row in audit.suspects[~audit.suspects["flipped"]].head(LISTED).to_dict("records"):
        table.add_row(
            *(str(row.get("source", row["id"])), str(row["label"])),
            *(str(row["suggested"]), f"{row['score']:.2f}"),
            f"{row['bits_memorized']:.1f}",
        )
    return table
