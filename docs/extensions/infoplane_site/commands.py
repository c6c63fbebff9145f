"""The reference of the command line, from the commands' own declarations."""

from __future__ import annotations

import inspect

from infoplane.commands.catalogue import BY_PURPOSE
from infoplane.commands.options import Option, options_of
from infoplane_site.markdown import table


def fragments() -> dict[str, str]:
    """Return a section a purpose and a command: what it does, and a table of its options."""
    parts = []
    for purpose, kinds in BY_PURPOSE.items():
        parts.append(f"## {purpose[0].upper()}{purpose[1:]}\n")
        parts += [_section(name, kind) for name, kind in kinds.items()]
    return {"command-line": "\n".join(parts)}


def _section(name: str, kind: type) -> str:
    rows = [_row(option) for option in options_of(kind)]
    listed = table(("option", "means", "usually"), rows)
    doc = (inspect.getdoc(kind) or "").replace("{", "&#123;")
    return f"### infoplane {name}\n\n{doc}\n\n{listed}"


def _row(option: Option) -> list[str]:
    choices = f" One of: {', '.join(option.choices)}." if option.choices else ""
    said = f"{option.help}{choices}".replace("*", "\\*").replace("<", "&lt;")
    return [f"`{option.flag}`", said, f"`{option.default}`" if option.default else ""]
