"""Where examples are memorized: five measures by example and by layer, on the same networks."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures import agreement_matrix, layer_profiles, second_split_curves
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.analyses.second_split import kept_second_split_times
from infoplane.runs.config import RunConfig
from infoplane.studies.study import Runs, Study, StudyOptions
from infoplane.studies.where_memorized.agreement import between_examples, between_layers, matrix
from infoplane.studies.where_memorized.claims import claims
from infoplane.studies.where_memorized.measures import RUN, ablation_table, layer_table
from infoplane.studies.where_memorized.planted import kept_planted
from infoplane.training.config import TrainingConfig


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the one run: a ReLU perceptron of six layers on labels of which a fifth is flipped.

    Half of the data set at most, as the other half is the second split. Published: ResNets and
    VGG-16 on CIFAR-10 with 10 % flipped (Maini 2022, 2023), MLPs of seven layers on Fashion-MNIST
    among others with none (Baldock 2021). On cifar10 the network is small-cnn.
    """
    quick, name = options.scale == "quick", options.data or "mnist"
    small = name == "digits"
    width = 64 if small else 256 if quick else 512
    whole = {"digits": 700, "cifar10": 25_000}.get(name, 30_000)
    images = name == "cifar10"
    perceptron = NetworkConfig(widths=(width,) * 6, activation="relu", initialisation="he")
    return {
        RUN: RunConfig(
            data=DataConfig(
                name,
                root=options.data_root,
                train_size=min(3000, whole) if quick else whole,
                test_size=2000 if quick and not small else None,
                labels="flipped",
                rate=0.2,
                whiten=True,
            ),
            network=NetworkConfig("small-cnn") if images else perceptron,
            training=TrainingConfig(
                epochs=50 if quick else 100,
                batch_size=100,
                learning_rate=1e-3,
                schedule="cosine",
                device=options.device,
            ),
            observing=ObservingConfig(schedule="log", points=8, permutations=2),
            memorization=MemorizationConfig(
                decoder="none", examples="always", keep_weights=True, looks=8
            ),
            members=options.members or (4 if quick else 5),
            seed=options.seed,
        )
    }


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw the profiles over layers, who agrees with whom, and the second split."""
    run = runs[RUN]
    of_examples, of_layers = between_examples(run), between_layers(run)
    return {
        "where-memorized": layer_profiles(layer_table(run), title="Where wrong labels are held"),
        "agreement-wrong": agreement_matrix(
            *matrix(of_examples, "wrong"), title="Measures of single examples, wrong labels"
        ),
        "agreement-all": agreement_matrix(
            *matrix(of_examples, "all"), title="Measures of single examples, all labels"
        ),
        "agreement-layers": agreement_matrix(
            *matrix(of_layers, "wrong"), of="hidden layers", title="Measures of layers"
        ),
        "second-split": second_split_curves(
            kept_second_split_times(run), title="Trained on a second split"
        ),
    }


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """Return agreement of examples and of layers, profiles, what was zeroed, and planted layers."""
    run = runs[RUN]
    return {
        "agreement-examples": between_examples(run),
        "agreement-layers": between_layers(run),
        "layers": layer_table(run),
        "ablation": ablation_table(run),
        "planted": kept_planted(run),
    }


STUDY = Study(
    name="where-memorized",
    title="Where examples are memorized: do the measures agree?",
    source="Baldock et al. 2021, arXiv:2106.09647; Maini et al. 2022, arXiv:2210.15031; Maini et "
    "al. 2023, arXiv:2307.09542",
    configure=configure,
    claims=claims,
    figures=figures,
    tables=tables,
)
