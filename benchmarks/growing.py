"""The works whose cost is followed as they grow: each takes a size and prepares one call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.data.split import clean_split
from infoplane.information.binned.counting import make_labels
from infoplane.information.binned.hashing import hash_activations
from infoplane.information.binned.plug_in import binned_information
from infoplane.information.binned.rules import FixedWidth
from infoplane.information.neighbours.ross import ross_mutual_information
from infoplane.information.noisy.kde import kde_information
from infoplane.information.projected.soft_entropy import soft_information
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import StackedMLP, build_mlp
from infoplane.observing.observer import Observer, make_probe
from infoplane.runs.measuring.look import Looks
from infoplane.studies.shwartz_ziv_2017.published_code import configure
from infoplane.studies.study import StudyOptions
from infoplane.training.config import TrainingConfig
from infoplane.training.loop import Training

Work = Callable[[], object]
Prepare = Callable[[int], Work]

CLASSES, WIDTH = 10, 64
LINEAR_SAMPLES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
QUADRATIC_SAMPLES = (1_000, 2_000, 4_000, 8_000, 16_000)
WIDTHS = (10, 30, 100, 300, 1_000, 4_096)
MEMBERS = (1, 2, 5, 10, 20, 50, 100, 200)
LAYERS = (1, 2, 4, 8, 16, 32)


@dataclass(frozen=True)
class Growth:
    """A work, what of it grows, and the exponent it may have at most."""

    name: str
    variable: str
    sizes: tuple[int, ...]
    prepare: Prepare
    most: float = 1.0


def layer(n: int, width: int) -> tuple[Tensor, Tensor]:
    """Return a layer [n, width] whose classes are clouds, as after some training."""
    generator, y = torch.Generator().manual_seed(0), torch.arange(n) % CLASSES
    centres = torch.randn(CLASSES, width, generator=generator)
    t = torch.randn(n, width, generator=generator).mul_(0.1).add_(centres[y]).tanh_()
    return t, y


def bins(t: Tensor, y: Tensor) -> Work:
    """Prepare every quantity of a layer by bins, hashed, without a null."""
    rule, labels = FixedWidth(0.5), {"Y": make_labels(y.numpy(), permutations=0, seed=0)}

    def work() -> None:
        hashes = hash_activations(t, rule).numpy()
        list(binned_information(hashes, labels, resolution=rule.resolution))

    return work


def soft(t: Tensor, y: Tensor) -> Work:
    """Prepare the soft information with 100 directions."""
    return lambda: soft_information(t, y)


def ross(t: Tensor, y: Tensor) -> Work:
    """Prepare the estimate by nearest neighbours."""
    return lambda: ross_mutual_information(t, y)


def kde(t: Tensor, y: Tensor) -> Work:
    """Prepare both bounds."""
    return lambda: kde_information(t, y, noise_variance=0.1)


def stack(members: int) -> tuple[StackedMLP, Training, Looks]:
    """Return a stack for the 12-bit task as the study of it has it."""
    config = configure(StudyOptions(scale="paper", members=members))["12-bit"]
    train, test = load(DataConfig("12-bit"), 0)
    model = build_mlp(config.network, inputs=12, classes=2, seed=0, members=members)
    training = Training(model, train, config.training, seed=0)
    return model, training, Looks(config, {"train": train, "test": test}, model)


def stack_epoch(members: int) -> Work:
    """Prepare an epoch of the stack."""
    epochs = iter(stack(members)[1].epochs())
    next(epochs)
    return lambda: next(epochs)


def stack_look(members: int) -> Work:
    """Prepare a look at the stack."""
    looking = stack(members)[2]
    return lambda: looking.look(1, 1, None)


def deep(layers: int) -> tuple[StackedMLP, Tensor, Tensor]:
    """Return a net of so many hidden layers of 64, and 4,096 examples."""
    config = NetworkConfig(widths=(WIDTH,) * layers)
    return build_mlp(config, inputs=WIDTH, classes=CLASSES, seed=0), *layer(4_096, WIDTH)


def deep_epoch(layers: int) -> Work:
    """Prepare a full-batch epoch of a deep net."""
    model, x, y = deep(layers)
    training = Training(model, clean_split(x, y, CLASSES), TrainingConfig(epochs=10**6), seed=0)
    epochs = iter(training.epochs())
    next(epochs)
    return lambda: next(epochs)


def deep_look(layers: int) -> Work:
    """Prepare a look at a deep net, with its nulls."""
    model, x, y = deep(layers)
    observer, probe = Observer(model, x, FixedWidth(0.5)), make_probe("train", x, y)
    return lambda: list(observer.observe(probe, epoch=0))


def _estimators() -> list[Growth]:
    """Return the growth of each estimator with samples, and with units."""
    linear = [("bins", bins), ("soft entropy", soft)]
    quadratic = [("Ross", ross), ("KDE bounds", kde)]

    def over_samples(estimate: Callable[[Tensor, Tensor], Work]) -> Prepare:
        return lambda n: estimate(*layer(n, WIDTH))

    def over_widths(estimate: Callable[[Tensor, Tensor], Work], n: int) -> Prepare:
        return lambda width: estimate(*layer(n, width))

    return [
        *(
            Growth(f"{name}, {WIDTH} units", "samples", LINEAR_SAMPLES, over_samples(estimate))
            for name, estimate in linear
        ),
        *(
            Growth(
                f"{name}, {WIDTH} units", "samples", QUADRATIC_SAMPLES, over_samples(estimate), 2.0
            )
            for name, estimate in quadratic
        ),
        *(
            Growth(f"{name}, {n:,} samples", "units", WIDTHS, over_widths(estimate, n))
            for pairs, n in ((linear, 10_000), (quadratic, 2_000))
            for name, estimate in pairs
        ),
    ]


GROWTHS = [
    *_estimators(),
    Growth("an epoch of the 12-bit stack", "members", MEMBERS, stack_epoch),
    Growth("a look at the 12-bit stack", "members", MEMBERS, stack_look),
    Growth("an epoch, layers of 64", "layers", LAYERS, deep_epoch),
    Growth("a look, layers of 64", "layers", LAYERS, deep_look),
]
