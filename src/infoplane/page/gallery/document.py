"""The gallery as one HTML file: everything inlined, nothing asked for, every name as text."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from infoplane.page.gallery.reading import Card, StudyCard
from infoplane.page.gallery.thumbnail import HEIGHT, WIDTH, thumbnail
from infoplane.page.inlined import inlined
from infoplane.visible import in_html, json_in_html

PACKAGE = "infoplane.page.gallery"
SORTED = ("name", "changed", "epochs", "train accuracy", "test accuracy", "learned", "memorized",
          "I(X;T)", "label information", "state")  # fmt: skip
WORDS = {"changed": "last changed"}
GOOD, BAD = ("finished",), ("failed", "damaged")


def gallery_html(
    cards: Sequence[Card], studies: Sequence[StudyCard], *, title: str, folder: Path
) -> str:
    """Return the page.

    Its policy forbids it any request, and any script or style but its own, by their hashes. The
    cards are there without a script, which filters and sorts them.

    Args:
        cards: the runs.
        studies: the studies among them.
        title: written above.
        folder: where the page will be, which links start from.
    """
    parts = inlined(PACKAGE, "gallery.css", ["gallery.js"])
    items = "".join(_card(card, folder) for card in cards)
    name = in_html(title)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{parts.policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{name} · infoplane</title><style>{parts.style}</style></head><body>
<header><h1>{name}</h1>
<p class="muted">{_count(cards)}. Each picture is the plane of a run in small: the way of every
layer in its colour, from the first to the last epoch, and a mark where it ended, hollow where it is
inside its null, a square where it is saturated. Dashed lines are the most that could be
reached.</p></header>
<main>{_studies(studies, folder)}<h2>Runs</h2>{_controls(cards)}
<p id="shown" class="muted" aria-live="polite"></p>
<ol id="cards">{items}</ol></main>
<script type="application/json" id="data">{json_in_html(_data(cards))}</script>
<script>{parts.script}</script></body></html>
"""


def _card(card: Card, folder: Path) -> str:
    kind = "good" if card.state in GOOD else "bad" if card.state in BAD else "open"
    facts = "".join(f"<dt>{in_html(k)}</dt><dd>{in_html(v)}</dd>" for k, v in card.facts.items())
    message = f'<p class="message">{in_html(card.message)}</p>' if card.message else ""
    return (
        f'<li><h3>{_link(card.name, card.report, folder)}</h3><p class="state {kind}">'
        f"{in_html(card.state)}</p>{_picture(card)}<dl>{facts}</dl>{message}</li>\n"
    )


def _picture(card: Card) -> str:
    """The plane in small, and what its axes are."""
    if card.track is None:
        return '<p class="none muted">no plane was measured</p>'
    x, y = (each.removesuffix("  [bits]") for each in card.track.axes)
    what = in_html(f"{card.track.title}: {y} against {x}")
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{what}">'
        f"{thumbnail(card.track)}</svg>"
        f'<p class="axes muted">→ {in_html(x)}<br>↑ {in_html(y)}</p>'
    )


def _link(name: str, report: Path | None, folder: Path) -> str:
    """The name, as a link where there is a page of it."""
    if report is None:
        return in_html(name)
    target = quote(Path(os.path.relpath(report, folder)).as_posix())
    return f'<a href="./{in_html(target)}">{in_html(name)}</a>'


def _studies(studies: Sequence[StudyCard], folder: Path) -> str:
    if not studies:
        return ""
    rows = "".join(
        f"<li>{_link(each.name, each.report, folder)}: {in_html(each.verdict)} "
        f'<span class="muted">{in_html(each.source)}</span></li>'
        for each in studies
    )
    return f'<h2>Studies</h2><ul id="studies">{rows}</ul>'


def _controls(cards: Sequence[Card]) -> str:
    """Search, the keys in which runs differ, and the order; hidden where no script runs."""
    there = {name for card in cards for name in card.values}
    names = [name for name in SORTED if name in there or name in ("name", "state")]
    orders = "".join(f"<option value='{in_html(n)}'>{in_html(WORDS.get(n, n))}" for n in names)
    return f"""<form id="controls" hidden>
<label>Search <input type="search" id="search" size="28" autocomplete="off"
  aria-describedby="hint"></label>
<label>Key <select id="key"><option value="">any</select></label>
<label>Value <select id="value" disabled><option value="">any</select></label>
<label>Sort by <select id="sort">{orders}</select></label>
<button type="reset">Show all</button>
<span id="hint" class="muted">Words, and keys as data.rate=0.4</span></form>"""


def _data(cards: Sequence[Card]) -> dict[str, object]:
    """What the script needs: values to sort by, and the keys in which runs differ."""
    keys = dict.fromkeys(key for card in cards for key in card.config)
    differing = [k for k in keys if len({card.config.get(k) for card in cards if card.config}) > 1]
    return {
        "keys": differing,
        "runs": [
            {
                "name": card.name,
                "state": card.state,
                "values": {k: float(f"{v:.10g}") for k, v in card.values.items() if v == v},
                "config": {k: card.config[k] for k in differing if k in card.config},
            }
            for card in cards
        ],
    }


def _count(cards: Sequence[Card]) -> str:
    """How many runs there are, by how they ended."""
    states = dict.fromkeys(card.state for card in cards)
    counts = [f"{sum(card.state == s for card in cards)} {s}" for s in _in_order(states)]
    return in_html(f"{len(cards)} run{'s' * (len(cards) != 1)}: {', '.join(counts)}")


def _in_order(states: Iterable[str]) -> list[str]:
    known = [*GOOD, *BAD]
    return sorted(states, key=lambda state: known.index(state) if state in known else len(known))
