"""The plane with 5 %, 45 % and 85 % of the patterns to train on (figure 4)."""

from __future__ import annotations

from matplotlib.figure import Figure

from infoplane.figures import information_planes, plane_points
from infoplane.names import I_TY, I_XT
from infoplane.runs.config import RunConfig
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import course, layers
from infoplane.studies.shwartz_ziv_2017.shared import (
    PATTERNS,
    SOURCE,
    SUBSET,
    compresses,
    configure_run,
)
from infoplane.studies.study import Runs, Study, StudyOptions

SHARES = {"5 %": 0.05, "45 %": 0.45, "85 %": 0.85}
LOST = 0.05  # bits: less than this is no loss


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return a run for each share of the patterns."""
    return {
        name: configure_run(options, train_size=round(share * PATTERNS))
        for name, share in SHARES.items()
    }


def claims(runs: Runs) -> list[Claim]:
    """Judge what more samples bring, and whether few lose the label while compressing."""
    last = {name: layers(run.measurements)[-2] for name, run in runs.items()}
    label_courses = {
        name: course(run.measurements, I_TY, last[name], subset=SUBSET)
        for name, run in runs.items()
    }
    input_courses = {
        name: course(run.measurements, I_XT, last[name], subset=SUBSET)
        for name, run in runs.items()
    }
    few, some, most = SHARES
    lost = {name: c.peak - c.end for name, c in label_courses.items()}
    return [
        *(
            claim(
                f"I(T;Y) of the last hidden layer ends higher with {more} than with {less}",
                label_courses[more].end - label_courses[less].end,
                label_courses[more].end > label_courses[less].end,
                published="higher with more (figure 4, no number known to us)",
                null="0 bits: both alike",
                refuted_by="an end as low or lower",
            )
            for less, more in ((few, some), (some, most))
        ),
        claim(
            f"With {few} the last hidden layer loses label information after its peak "
            f"(more than {LOST} bits)",
            lost[few],
            lost[few] > LOST,
            published="compression loses it (figure 4, no number known to us)",
            null="0 bits for a flat course; a little more by chance, as of any peak",
            refuted_by=f"a loss of {LOST} bits (our threshold) or less",
        ),
        claim(
            f"With {most} it does not",
            lost[most],
            lost[most] <= LOST,
            published="it does not (figure 4, no number known to us)",
            null=f"as large a loss as with {few}",
            refuted_by=f"a loss of more than {LOST} bits (our threshold)",
        ),
        *(
            compresses(
                f"With {name} the last hidden layer",
                input_courses[name],
                "all three (figure 4, no number known to us)",
            )
            for name in SHARES
        ),
    ]


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw the three planes side by side."""
    panels = {
        f"{name} of the patterns": plane_points(run.measurements, subset=SUBSET)
        for name, run in runs.items()
    }
    return {"planes": information_planes(panels)}


STUDY = Study(
    name="szt-sample-size",
    title="The information plane and the size of the training set",
    source=SOURCE,
    configure=configure,
    claims=claims,
    figures=figures,
)
