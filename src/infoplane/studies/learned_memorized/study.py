"""What is learned and what is memorized, layer by layer, from true labels to random ones."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures import memorization_by_rate, most_and_least, rewound_matrix
from infoplane.memorization.config import MemorizationConfig
from infoplane.names import REWOUND_QUANTITIES
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.analyses.inputs import training_images
from infoplane.runs.analyses.rewinding import kept_rewound
from infoplane.runs.config import RunConfig
from infoplane.studies.learned_memorized.claims import claims, separation_table
from infoplane.studies.study import Runs, Study, StudyOptions
from infoplane.training.config import TrainingConfig

RATES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
REWOUND = 0.4  # the rate whose weights are kept, to rewind layers to


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return one run a rate of resampled labels: a ReLU network of five layers of 512."""
    quick = options.scale == "quick"
    name = options.data or "mnist"

    def configuration(rate: float) -> RunConfig:
        return RunConfig(
            data=DataConfig(
                name=name,
                root=options.data_root,
                labels="resampled",
                rate=rate,
                train_size=4000 if quick and name != "digits" else None,
                test_size=4000 if quick and name != "digits" else None,
            ),
            network=NetworkConfig(widths=(512,) * 5, activation="relu"),
            training=TrainingConfig(
                epochs=80, batch_size=100, learning_rate=1e-3, device=options.device
            ),
            observing=ObservingConfig(schedule="every", every=2 if quick else 1),
            memorization=MemorizationConfig(
                keep_weights=rate == REWOUND, examples="always", looks=8 if quick else 20
            ),
            members=options.members or 1,
            seed=options.seed,
        )

    return {f"rate {rate:g}": configuration(rate) for rate in RATES}


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw the planes of all rates, the rewound layers, and the images that are memorized most."""
    rewound = runs[f"rate {REWOUND:g}"]
    drawn = {
        "rates": memorization_by_rate({r.config.data.rate: r.measurements for r in runs.values()})
    }
    for quantity in REWOUND_QUANTITIES:
        name = f"rewound-{quantity.replace(' ', '-')}"
        drawn[name] = rewound_matrix(kept_rewound(rewound), quantity)
    drawn["images"] = most_and_least(rewound.examples, training_images(rewound))
    return drawn


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """Return how well the scores of examples tell the corrupted ones."""
    return {"separation": separation_table(runs)}


STUDY = Study(
    name="learned-memorized",
    title="What each layer learns and what it memorizes, from true labels to random ones",
    source="the decomposition I(T;Ỹ) = [I(T;Y) - I(T;Y|Ỹ)] + I(T;Ỹ|Y)",
    configure=configure,
    claims=claims,
    figures=figures,
    tables=tables,
)
