"""The plane with one to six hidden layers (figure 5)."""

from __future__ import annotations

from matplotlib.figure import Figure

from infoplane.figures import information_planes, plane_points
from infoplane.names import I_XT
from infoplane.runs.config import RunConfig
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import course, first_epoch, layers
from infoplane.studies.shwartz_ziv_2017.shared import (
    SOURCE,
    SUBSET,
    compresses,
    configure_run,
    test_accuracy,
)
from infoplane.studies.study import Runs, Study, StudyOptions

WIDTHS = (12, 10, 7, 5, 4, 3)
ACCURATE = 0.9  # on test


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return a run for each depth: the first one to six of the widths."""
    return {
        f"{depth} hidden": configure_run(options, train_size=3482, widths=WIDTHS[:depth])
        for depth in range(1, len(WIDTHS) + 1)
    }


def claims(runs: Runs) -> list[Claim]:
    """Judge what depth does to the time to generalize, and to compression."""
    times = {}
    for name, run in runs.items():
        epochs, accuracy = test_accuracy(run.training)
        times[name] = first_epoch(epochs, accuracy >= ACCURATE)
    names = list(runs)
    ends = {}
    for name, run in runs.items():
        m = run.measurements
        ends[name] = course(m, I_XT, layers(m)[-2], subset=SUBSET)
    shallow, deep = names[0], names[-1]
    return [
        *(
            claim(
                f"{more} layers reach {ACCURATE:g} on test in fewer epochs than {less} "
                "(epochs saved; never reached counts as twice the training)",
                times[less] - times[more],
                times[less] > times[more],
                unit="epochs",
                published="hidden layers reduce the epochs (figure 5, no number known to us)",
                null="0 epochs: depth does not matter",
                refuted_by=f"as many epochs or more to {ACCURATE:g} (our threshold)",
            )
            for less, more in ((shallow, names[2]), (names[2], deep), (shallow, deep))
        ),
        claim(
            f"The last hidden layer keeps less of the input with {deep} layers than with {shallow}",
            ends[shallow].end - ends[deep].end,
            ends[shallow].end > ends[deep].end,
            published="deeper networks compress more (figure 5, no number known to us)",
            null="0 bits: both alike; but the last of six layers is also narrower, 3 units for 12",
            refuted_by="as much or more of the input",
        ),
        *(
            compresses(
                f"With {name} the last hidden layer",
                ends[name],
                "even a single layer (figure 5, no number known to us)",
            )
            for name in names
        ),
    ]


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw the six planes."""
    panels = {
        f"{name} layer{'' if name.startswith('1') else 's'}": plane_points(
            run.measurements, subset=SUBSET
        )
        for name, run in runs.items()
    }
    return {"planes": information_planes(panels)}


STUDY = Study(
    name="szt-layers",
    title="The information plane and the number of hidden layers",
    source=SOURCE,
    configure=configure,
    claims=claims,
    figures=figures,
)
