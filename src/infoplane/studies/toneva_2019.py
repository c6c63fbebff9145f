"""How many examples of MNIST are learned and never forgotten? (Toneva et al. 2019)"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures.papers.toneva_2019 import forgetting_histogram
from infoplane.memorization.config import MemorizationConfig
from infoplane.names import TEST, TRAIN
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run
from infoplane.studies.claims import Claim, claim
from infoplane.studies.study import Runs, Study, StudyOptions
from infoplane.training.config import TrainingConfig

IMAGES, SHUFFLED = "images", "shuffled pixels"
PUBLISHED = {IMAGES: (0.917, "55,012"), SHUFFLED: (0.753, "45,181")}  # of 60,000, in five networks
NEAR = 0.02  # of all examples


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return a run on images and one on images whose pixels are shuffled, all in one way.

    As in the published code: its network with dropout of one half, SGD at .01, momentum .5, batches
    of 64, five seeds, 200 epochs; an example is right or wrong as it is presented, dropout and all.
    Departs from it: images are whitened one by one, where published ones are shifted and scaled
    alike. Quick has 10 epochs and three seeds: what is forgotten later, or by others, is missed.
    """
    quick = options.scale == "quick"
    return {kind: _run(options, quick, kind) for kind in PUBLISHED}


def _run(options: StudyOptions, quick: bool, kind: str) -> RunConfig:
    return RunConfig(
        data=DataConfig(
            options.data or "mnist",
            root=options.data_root,
            pixels="true" if kind == IMAGES else "shuffled",
            whiten=True,
        ),
        network=NetworkConfig("toneva", dropout=0.5),
        training=TrainingConfig(
            epochs=10 if quick else 200,
            batch_size=64,
            optimizer="sgd",
            learning_rate=0.01,
            momentum=0.5,
            device=options.device,
        ),
        observing=ObservingConfig(
            schedule="every", every=1_000_000, subsets=(TEST,), layers=("logits",), permutations=2
        ),
        memorization=MemorizationConfig(decoder="none", examples="always"),
        members=options.members or (3 if quick else 5),
        seed=options.seed,
    )


def forgotten(run: Run) -> pd.DataFrame:
    """Return how often each training example was forgotten, a column a member.

    NaN stands for one that was never right.
    """
    train = run.examples[run.examples["subset"] == TRAIN]
    events = train.pivot(index="id", columns="member", values="forgetting_events")
    learned = train.pivot(index="id", columns="member", values="epoch_learned")
    return events.where(learned < run.config.training.epochs)


def shares(runs: Runs) -> pd.DataFrame:
    """Return the shares that are unforgettable, of each run: of each member, and of all at once."""
    rows = []
    for kind, run in runs.items():
        never = forgotten(run) == 0
        each = never.mean().to_numpy()
        rows.append(
            {
                **{"kind": kind, "examples": len(never), "networks": len(each)},
                **{"epochs": run.config.training.epochs, "in_each": each.mean()},
                **{"in_each_sd": each.std(ddof=1) if len(each) > 1 else np.nan},
                **{"in_all": never.all(axis=1).mean(), "published": PUBLISHED[kind][0]},
            }
        )
    return pd.DataFrame(rows)


def claims(runs: Runs) -> list[Claim]:
    """Judge the two shares, and their order in each network."""
    judged = [_share(str(row["kind"]), row) for _, row in shares(runs).iterrows()]
    each = {kind: (forgotten(run) == 0).mean().to_numpy() for kind, run in runs.items()}
    less = each[IMAGES] - each[SHUFFLED]
    return [
        *judged,
        claim(
            "More examples are forgotten where pixels are shuffled (share unforgettable of images, "
            "less that of shuffled ones)",
            less,
            less > 0,
            unit="of the examples",
            published=".164 (.917 less .753)",
            null="0: the structure of images does not matter",
            refuted_by="a difference of 0 or less",
        ),
    ]


def _share(kind: str, row: pd.Series) -> Claim:
    share, count = PUBLISHED[kind]
    in_all = float(row["in_all"])
    return claim(
        f"{kind}: so many examples are learned and never forgotten, in none of the "
        f"{row['networks']:.0f} networks in {row['epochs']:.0f} epochs (share; within {NEAR})",
        in_all,
        abs(in_all - share) <= NEAR,
        unit="of the examples",
        published=f"{share} ({count} of 60,000, in five networks, 200 epochs)",
        null="0: each is forgotten by some network at some time",
        refuted_by=f"a share more than {NEAR} (our tolerance) from the published one",
        of="sets of networks",
    )


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw how often examples are forgotten."""
    return {"forgetting": forgetting_histogram({k: forgotten(run) for k, run in runs.items()})}


STUDY = Study(
    name="toneva-2019",
    title="How many examples of MNIST are never forgotten",
    source="Toneva et al. 2019, An Empirical Study of Example Forgetting, arXiv:1812.05159",
    configure=configure,
    claims=claims,
    figures=figures,
    tables=lambda runs: {"shares": shares(runs)},
)
