"""List the licences of what infoplane needs: `python docs/extensions/licence_list.py`.

Reads what is installed, from the requirements of infoplane and of its extras downwards, and writes
docs/results/licences.csv. Exits with 1 where a package states a licence that is not on the list of
those allowed for what infoplane itself needs.
"""

from __future__ import annotations

import csv
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

OUT = Path(__file__).parents[1] / "results" / "licences.csv"
EXTRAS = ("", "ray", "watch", "docs", "dev")
STRONG_COPYLEFT = re.compile(r"\bA?GPL|GNU (Affero )?General Public")


def licence(package: Distribution) -> str:
    """Return the licence a package states: its expression, else its classifiers, else its text."""
    meta = package.metadata
    classifiers = [
        c.split(" :: ")[-1] for c in meta.get_all("Classifier", []) if c.startswith("License :: ")
    ]
    stated = (meta.get("License") or "").strip().splitlines()
    return (
        meta.get("License-Expression")
        or "; ".join(c for c in classifiers if c != "OSI Approved")
        or (stated[0][:60] if stated else "not stated")
    )


def needed(name: str, extra: str, seen: dict[str, Distribution]) -> None:
    """Add a package and all it needs, where they are installed."""
    from packaging.requirements import Requirement

    try:
        package = distribution(name)
    except PackageNotFoundError:
        return  # of another platform
    key = package.metadata["Name"].lower().replace("_", "-")
    if key in seen and not extra:
        return
    seen.setdefault(key, package)
    for text in package.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            for each in requirement.extras or {""}:
                needed(requirement.name, each, seen)


def rows() -> list[list[str]]:
    """Return package, version, licence, and what needs it first: infoplane or one of its extras."""
    listed: dict[str, list[str]] = {}
    for extra in EXTRAS:
        seen: dict[str, Distribution] = {}
        needed("infoplane", extra, seen)
        for key, package in seen.items():
            by = f"infoplane[{extra}]" if extra else "infoplane"
            if key != "infoplane":
                listed.setdefault(key, [key, package.version, licence(package), by])
    return sorted(listed.values(), key=lambda row: (EXTRAS.index(_extra(row[3])), row[0]))


def _extra(by: str) -> str:
    return by.removeprefix("infoplane").strip("[]")


if __name__ == "__main__":
    table = rows()
    OUT.parent.mkdir(parents=True, exist_ok=True)
    with OUT.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [["package", "version", "licence", "needed by"], *table]
        )
    copyleft = [row[0] for row in table if STRONG_COPYLEFT.search(row[2]) and "LGPL" not in row[2]]
    if copyleft:
        sys.exit(f"strong copyleft: {', '.join(copyleft)}; replace or leave them out.")
