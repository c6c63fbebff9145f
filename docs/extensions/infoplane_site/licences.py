"""The licences of the packages that infoplane needs, as a committed table says."""

from __future__ import annotations

import csv
from pathlib import Path

from infoplane_site.markdown import table


def fragments(results: Path) -> dict[str, str]:
    """Return the table of ``results/licences.csv``, which ``licence_list.py`` writes."""
    with (results / "licences.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return {"licences": table(rows[0], rows[1:])}
