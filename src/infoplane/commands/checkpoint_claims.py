"""The claims of conklin-2026 on the checkpoints of one training, whoever trained it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from infoplane.report import claims_table, how_many_hold
from infoplane.runs.storage.files import write_json
from infoplane.studies.conklin_2026.claims import of_course
from infoplane.studies.conklin_2026.study import STUDY
from infoplane.terminal import plain_console


def judge(planes: pd.DataFrame, out: Path) -> None:
    """Print the verdicts on a training, and keep them as ``claims.json``.

    Args:
        planes: of its checkpoints, with ``step``.
        out: the folder.
    """
    claims = of_course(planes.assign(member=0))
    console = plain_console()
    console.print(claims_table(claims, f"{STUDY.title}, one training\n{STUDY.source}"))
    console.print(how_many_hold(claims))
    told = {"study": STUDY.name, "source": STUDY.source, "claims": [c.as_dict() for c in claims]}
    write_json(out / "claims.json", told)
