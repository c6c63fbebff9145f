"""The page of an audit: the most suspect examples as they look, on one sheet of HTML."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from infoplane.audit.result import Audit
from infoplane.runs.storage.files import write_text_atomically
from infoplane.runs.storage.folder import REPORT
from infoplane.visible import in_html

WORST = 200  # examples shown
COLUMNS = 64  # of a row, as the network sees them: in standard deviations from the mean
SIDE = 96  # pixels of an image shown; small ones are enlarged
CELLS = 12  # classes whose matrix is shown whole
PAIRS = 10  # of classes that are most often taken for each other

STYLE = """
:root { color-scheme: light dark; --ink: #1c1f23; --muted: #5b6068; --page: #fff; --line: #c9cdd2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9ebee; --muted: #a3a9b2; --page: #14171c; --line: #4b5159; }
}
body { margin: 0 auto; padding: 1.5rem 1.25rem 4rem; max-width: 72rem; color: var(--ink);
  background: var(--page); font: 1rem/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.6rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2rem 0 .4rem; }
p { max-width: 46rem; } .note { color: var(--muted); }
.worst { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 1rem;
  list-style: none; padding: 0; }
.worst li { border: 1px solid var(--line); border-radius: .4rem; padding: .6rem;
  overflow-wrap: anywhere; font-size: .9rem; }
img { width: 6rem; height: 6rem; object-fit: contain; image-rendering: pixelated; display: block; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { border-bottom: 1px solid var(--line); padding: .25rem .6rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
b { font-weight: 650; }
"""


def write_page(audit: Audit, folder: Path, name: str, inputs: np.ndarray) -> Path:
    """Write the page beside the tables; it opens offline, and names of data are text in it.

    Args:
        audit: the result.
        folder: where it is kept.
        name: of the data.
        inputs: of all examples: images [n, c, h, w], or rows of columns [n, d].
    """
    path = folder / REPORT
    write_text_atomically(path, page(audit, name, inputs))
    return path


def page(audit: Audit, name: str, inputs: np.ndarray) -> str:
    """Return the page as HTML."""
    worst = audit.suspects.head(WORST)
    items = "".join(_item(row, inputs[row["id"]]) for row in worst.to_dict("records"))
    title = in_html(f"Audit of {name}")
    lines = "".join(f"<p>{in_html(line)}</p>" for line in told(audit))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · infoplane</title><style>{STYLE}</style></head><body><main>
<h1>{title}</h1>
{lines}
<h2>The most suspect labels</h2>
<p class="note">Ranked by the mean margin of logits over the epochs until labels flipped on purpose
are told apart best (AUM): how much the network preferred another class before it had memorized the
label. That is no proof: an unusual example with a right label is suspect too. Bits memorized is
what the network knows of the label at the end beyond what its neighbours in the data tell.</p>
<ol class="worst">{items}</ol>
<h2>What is taken for what</h2>
<p class="note">Estimated chance that an example of a class carries another label.</p>
<div class="scroll">{_matrix(audit.matrix)}</div>
</main></body></html>
"""


def told(audit: Audit) -> list[str]:
    """Return what an audit found, in sentences."""
    s = audit.summary
    wrong = round(s["rate"] * s["examples"])
    return [
        f"{s['examples']:,} examples of {s['classes']} classes, judged by one training of "
        f"{s['network']}: {s['epochs']} epochs, {s['seconds']:.0f} s.",
        f"About {s['rate']:.1%} of the labels are wrong ({s['rate_low']:.1%} to "
        f"{s['rate_high']:.1%}), some {wrong:,} examples.",
        f"Of {s['flipped']} more labels that were flipped at random on purpose, {s['found']:.0%} "
        f"({s['found_low']:.0%} to {s['found_high']:.0%}) are among as many suspects as labels are "
        "wrong. Those that are wrong for a reason, as of classes that look alike, are harder to "
        "find.",
    ]


def _item(row: Mapping[Any, Any], seen: np.ndarray) -> str:
    what = in_html(row.get("source", f"example {row['id']}"))
    picture, columns = "", ""
    if seen.ndim == 3:
        alt = f'alt="{what}" width="{SIDE}" height="{SIDE}"'
        picture = f'<img {alt} src="{_data_url(seen)}">'
    elif seen.ndim == 1:
        values = ", ".join(f"{value:.2f}" for value in seen[:COLUMNS])
        more = f" and {len(seen) - COLUMNS} more" if len(seen) > COLUMNS else ""
        columns = f"<details><summary>its columns</summary>{values}{more}</details>"
    flipped = "<br>flipped on purpose by this audit" if row["flipped"] else ""
    return (
        f"<li>{picture}<b>{in_html(row['label'])}</b>, perhaps "
        f"<b>{in_html(row['suggested'])}</b><br>score {row['score']:.2f}, memorized "
        f"{row['bits_memorized']:.1f} bits<br><span class=note>{what}{flipped}</span>"
        f"{columns}</li>"
    )


def _matrix(matrix: pd.DataFrame) -> str:
    """Return the pairs that are most often confused, and the matrix of few classes."""
    apart = matrix[matrix["true"] != matrix["seen"]]
    most = apart.sort_values("probability", ascending=False, kind="stable").head(PAIRS)
    rows = "".join(
        f"<tr><td>{in_html(r['true'])} labelled {in_html(r['seen'])}</td>"
        f"<td>{r['probability']:.2%}</td><td>{r['low']:.2%} to {r['high']:.2%}</td></tr>"
        for r in most.to_dict("records")
    )
    pairs = f"<table><tr><th>pair<th>chance<th>range</tr>{rows}</table>"
    names = list(dict.fromkeys(matrix["true"]))
    if len(names) > CELLS:
        return pairs
    head = "".join(f"<th>{in_html(name)}</th>" for name in names)
    values = matrix["probability"].to_numpy().reshape(len(names), -1)
    body = "".join(
        f"<tr><th>{in_html(name)}</th>{''.join(f'<td>{p:.1%}</td>' for p in row)}</tr>"
        for name, row in zip(names, values, strict=True)
    )
    return f"{pairs}<br><table><tr><th>true, below: labelled</th>{head}</tr>{body}</table>"


def _data_url(image: np.ndarray) -> str:
    """Return an image [c, h, w] as PNG in the page."""
    from PIL import Image

    low, high = min(float(image.min()), 0.0), max(float(image.max()), 1.0)
    pixels = ((image - low) / (high - low) * 255).round().astype(np.uint8)
    shown = pixels[0] if len(pixels) != 3 else np.moveaxis(pixels, 0, -1)
    picture = Image.fromarray(np.ascontiguousarray(shown))
    picture.thumbnail((SIDE, SIDE))
    buffer = BytesIO()
    picture.save(buffer, "png", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
