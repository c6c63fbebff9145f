"""Keep a study's result for the site: `python docs/extensions/keep_study.py FOLDER [FIGURE…]`.

FOLDER is one that `infoplane reproduce` has written, as runs/saxe-2018-quick-mnist, and FIGURE a
figure in it, as saxe-2018. They go to docs/results/studies with claims, short tables, seconds and
versions.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from infoplane_site.studies import keep

OUT = Path(__file__).parents[1] / "results" / "studies"


def command(folder: Path) -> str:
    """The command that makes such a folder again."""
    claims = json.loads((folder / "claims.json").read_text("utf-8"))
    study, scale = claims["study"], claims["scale"]
    data = folder.name.removeprefix(f"{study}-{scale}-")
    scaled = f" --scale {scale}" if scale != "quick" else ""
    asked = "".join(f" --{name} {value}" for name, value in claims.get("asked", {}).items())
    on = f" --data {data}" if data != "12-bit" else ""
    return f"infoplane reproduce {study}{scaled}{on}{asked}"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    figures = [folder / f"{name}.png" for name in sys.argv[2:]]
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    made = (folder / "claims.json").stat().st_mtime
    date = f"{datetime.fromtimestamp(made, UTC):%Y-%m-%d}"
    print(keep(folder, figures, OUT, command=command(folder), machine=machine, date=date))
