"""One HTML file of content: everything inlined, nothing asked for, every name of data as text."""

from __future__ import annotations

import re
from typing import Any

from infoplane.page.inlined import asset, inlined
from infoplane.visible import in_html, json_in_html

PACKAGE = "infoplane.page"
SCRIPTS = (  # in this order, as one
    "dom.js", "data.js", "scales.js", "marks.js", "pointed.js", "chart.js", "plane.js", "planes.js",
    "course.js", "courses.js", "depth.js", "numbers.js", "map.js", "example.js", "history.js",
    "examples.js", "grid.js", "comparison.js", "claims.js", "made.js", "controls.js", "chosen.js",
    "main.js",
)  # fmt: skip
LIVE_SCRIPT = "live.js"  # asks for what is new; in a page that is sent there is none of it
PLACE = re.compile(r"\{\{(\w+)\}\}")


def report_html(content: dict[str, Any], *, live: bool = False) -> str:
    """Return a page that shows this content.

    The page's own policy forbids it any request, and any script or style but those it was written
    with, by their hashes.

    Args:
        content: what ``page_content`` returns.
        live: whether it asks the server it came from, and nobody else, for what is new.
    """
    allowed = "img-src data:" + ("; connect-src 'self'" if live else "")
    parts = inlined(
        PACKAGE, "page.css", (*SCRIPTS, LIVE_SCRIPT) if live else SCRIPTS, allowed=allowed
    )
    places = vars(parts) | {
        "title": in_html(content["title"]),
        "data": json_in_html(content),
    }
    return PLACE.sub(lambda place: places[place[1]], asset(PACKAGE, "page.html"))
