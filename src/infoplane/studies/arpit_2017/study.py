"""What tells learning from fitting noise in training? (Arpit et al. 2017)"""

from __future__ import annotations

from dataclasses import replace

from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures import real_against_noise
from infoplane.memorization.config import MemorizationConfig
from infoplane.names import TEST
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.studies.arpit_2017.claims import claims
from infoplane.studies.arpit_2017.measures import ONE_EPOCH, PARTIAL, points, sweep_name, tables
from infoplane.studies.study import Runs, Study, StudyOptions
from infoplane.training.config import TrainingConfig

KINDS = {
    "real": {},
    "randX": {"pixels": "gaussian"},
    "randY": {"labels": "resampled"},
    PARTIAL: {"labels": "resampled", "rate": 0.5},
}
EASINESS_MEMBERS = 100
UNWATCHED = ObservingConfig(  # the sweeps are asked how fast they fit: nothing of their layers
    schedule="every", every=1_000_000, subsets=(TEST,), layers=("logits",), permutations=2
)


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the runs on real data and on noise: watched, swept in size and capacity, and easiness.

    Published: two ReLU layers of 4,096, 1,000 epochs of SGD at 0.01 without momentum on MNIST, up
    to 50,000 examples; batch sizes and the widths of the sweeps are not. Quick has 1,000 examples,
    128 units, and fewer and larger steps (0.02, momentum 0.9). The networks of the easiness differ
    from the others in taking one epoch in batches of 10, at 0.01 without momentum.
    """
    watched = {kind: _watched(options, **data) for kind, data in KINDS.items()}
    runs = dict(watched)
    for kind in list(KINDS)[:3]:
        base = replace(
            watched[kind],
            observing=UNWATCHED,
            memorization=MemorizationConfig(decoder="none", examples="always"),
        )
        for n in _sizes(options):
            if n != base.data.train_size:
                runs[sweep_name(kind, examples=n)] = replace(
                    base, data=replace(base.data, train_size=n)
                )
        for units in _units(options)[:-1]:
            network = replace(base.network, widths=(units,) * 2)
            runs[sweep_name(kind, units=units)] = replace(base, network=network)
        runs[f"{kind}{ONE_EPOCH}"] = _one_epoch(base, options)
    return runs


def _watched(options: StudyOptions, **data: object) -> RunConfig:
    quick = options.scale == "quick"
    return RunConfig(
        data=DataConfig(
            options.data or "mnist",
            root=options.data_root,
            train_size=_sizes(options)[1],
            test_size=500 if quick and options.data != "digits" else None,
            **data,  # pyright: ignore[reportArgumentType]
        ),
        network=NetworkConfig(widths=(_units(options)[-1],) * 2, activation="relu"),
        training=TrainingConfig(
            epochs=80 if quick else 1000,
            batch_size=50,
            optimizer="sgd",
            learning_rate=0.02 if quick else 0.01,
            momentum=0.9 if quick else 0.0,
            device=options.device,
        ),
        observing=ObservingConfig(schedule="published"),
        memorization=MemorizationConfig(
            decoder="none", examples="always", keep_weights=True, looks=9
        ),
        members=options.members or 3,
        seed=options.seed,
    )


def _one_epoch(base: RunConfig, options: StudyOptions) -> RunConfig:
    """Return many networks trained for one epoch, in steps small enough that it is not over."""
    quick = options.scale == "quick"
    training = replace(
        base.training, epochs=1, batch_size=10 if quick else 50, learning_rate=0.01, momentum=0.0
    )
    return replace(
        base,
        data=replace(base.data, train_size=_sizes(options)[1] if quick else 10_000, test_size=100),
        training=training,
        memorization=MemorizationConfig(decoder="none", examples="never"),
        members=EASINESS_MEMBERS,
    )


def _sizes(options: StudyOptions) -> tuple[int, int, int]:
    """Return the numbers of examples; those of the middle are also swept in capacity."""
    if options.data == "digits":
        return (250, 500, 1000)
    return (500, 1000, 2000) if options.scale == "quick" else (5000, 20_000, 50_000)


def _units(options: StudyOptions) -> tuple[int, ...]:
    """Return the widths; the last is that of all other runs."""
    return (8, 32, 128) if options.scale == "quick" else (16, 64, 256, 1024, 4096)


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw all six comparisons of real data and noise on one page."""
    return {"real-against-noise": real_against_noise(points(runs))}


STUDY = Study(
    name="arpit-2017",
    title="Real data and noise: easiness, sensitivity, critical samples, time to fit",
    source="Arpit et al. 2017, A Closer Look at Memorization in Deep Networks, arXiv:1706.05394",
    configure=configure,
    claims=claims,
    figures=figures,
    tables=tables,
)
