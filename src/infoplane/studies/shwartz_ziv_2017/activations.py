"""The plane with tanh, ReLU and other activations: whose layers compress?"""

from __future__ import annotations

from matplotlib.figure import Figure

from infoplane.figures import information_planes, plane_points
from infoplane.names import TRAIN
from infoplane.runs.config import RunConfig
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import accuracy, layers, seen_compression
from infoplane.studies.shwartz_ziv_2017.shared import COMPRESSED, SOURCE, SUBSET, configure_run
from infoplane.studies.study import Runs, Study, StudyOptions

SATURATING = ("tanh", "hard-tanh", "sigmoid", "softsign")
UNBOUNDED = ("relu", "softplus", "linear")
CHANCE = 0.55  # accuracy on train below this is a network that has learned nothing


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return a run for each activation."""
    return {
        name: configure_run(options, train_size=3482, activation=name)
        for name in (*SATURATING, *UNBOUNDED)
    }


def claims(runs: Runs) -> list[Claim]:
    """Judge the compression of the last hidden layer, and whether the networks learned at all."""
    all_claims = []
    for name, run in runs.items():
        m = run.measurements
        ratio = seen_compression(m, layers(m)[-2], subset=SUBSET)
        saturates = name in SATURATING
        all_claims.append(
            claim(
                f"{name}: the last hidden layer {'compresses' if saturates else 'does not'} "
                f"(I(X;T) ends {'at least' if saturates else 'less than'} 10 % below its peak; not "
                "judged at the wall)",
                ratio,
                (ratio >= COMPRESSED) == saturates,
                unit="of the peak",
                published="saturating activations compress (Saxe 2018; no number known to us)",
                null="0: it ends at its peak" if saturates else "a fall as large as that of tanh",
                refuted_by=f"a fall {'below' if saturates else 'of at least'} 10 % (our threshold)",
            )
        )
        learned = accuracy(run.training, TRAIN)
        all_claims.append(
            claim(
                f"{name}: the networks leave chance (accuracy on train above {CHANCE:g})",
                learned,
                learned > CHANCE,
                unit="",
                null="0.52: one answer for all patterns",
                refuted_by=f"an accuracy of {CHANCE:g} (our threshold) or less",
            )
        )
    return all_claims


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw the planes."""
    panels = {name: plane_points(run.measurements, subset=SUBSET) for name, run in runs.items()}
    return {"planes": information_planes(panels)}


STUDY = Study(
    name="szt-activations",
    title="The information plane and the activation",
    source=f"{SOURCE}; Saxe et al. 2018",
    configure=configure,
    claims=claims,
    figures=figures,
)
