"""One HTML file of content: everything inlined, nothing asked for, every name of data as text."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from typing import Any

SCRIPTS = (  # in this order, as one
    "dom.js", "data.js", "scales.js", "marks.js", "pointed.js", "chart.js", "plane.js", "planes.js",
    "course.js", "courses.js", "depth.js", "numbers.js", "map.js", "example.js", "examples.js",
    "grid.js", "comparison.js", "claims.js", "made.js", "controls.js", "chosen.js", "main.js",
)  # fmt: skip
LIVE_SCRIPT = "live.js"  # asks for what is new; in a page that is sent there is none of it
PLACE = re.compile(r"\{\{(\w+)\}\}")
# In a script element "</script" ends it and "<!--" changes how it is read.
UNSAFE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&"}


def report_html(content: dict[str, Any], *, live: bool = False) -> str:
    """Return a page that shows this content.

    The page's own policy forbids it any request, and any script or style but those it was written
    with, by their hashes.

    Args:
        content: what ``page_content`` returns.
        live: whether it asks the server it came from, and nobody else, for what is new.
    """
    style = _asset("page.css")
    scripts = (*SCRIPTS, LIVE_SCRIPT) if live else SCRIPTS
    script = f'"use strict";\n(() => {{\n{"".join(map(_asset, scripts))}}})();\n'
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; "
        f"script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    )
    policy += "; connect-src 'self'" if live else ""
    parts = {
        "title": html.escape(str(content["title"])),
        "policy": policy,
        "style": style,
        "data": json_in_html(content),
        "script": script,
    }
    return PLACE.sub(lambda place: parts[place[1]], _asset("page.html"))


def json_in_html(content: Any) -> str:
    """Return JSON that can stand in a script element: ASCII, without ``<``, ``>`` or ``&``."""
    return json.dumps(content, allow_nan=False, separators=(",", ":")).translate(UNSAFE)


def _asset(name: str) -> str:
    return (files("infoplane.page") / "assets" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
