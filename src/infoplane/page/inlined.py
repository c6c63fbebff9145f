"""Styles and scripts inside one HTML file, with the policy that allows these and nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Inlined:
    """What stands in the elements of a page."""

    style: str
    script: str
    policy: str
    """Content-Security-Policy: no request, no script and no style but these, by their hashes."""


def inlined(package: str, style: str, scripts: Iterable[str], *, allowed: str = "") -> Inlined:
    """Return assets of a package, scripts in this order as one.

    Args:
        package: whose folder ``assets`` holds them.
        style, scripts: names of files.
        allowed: further directives of the policy.
    """
    css = asset(package, style)
    text = "".join(asset(package, name) for name in scripts)
    script = f'"use strict";\n(() => {{\n{text}}})();\n'
    policy = (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return Inlined(css, script, "; ".join(filter(None, (policy, allowed))))


def asset(package: str, name: str) -> str:
    """Return the text of a file in the folder ``assets`` of a package."""
    return (files(package) / "assets" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
