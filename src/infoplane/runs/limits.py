"""The memory that a run takes, counted from its configuration before anything is built."""

from __future__ import annotations

from itertools import pairwise
from math import prod

import torch

from infoplane.data.split import Split
from infoplane.memorization.examples import FOLLOWED
from infoplane.memory import check_fits, free_memory
from infoplane.networks.build import BLUEPRINTS
from infoplane.runs.config import RunConfig

FLOAT = 4  # bytes
STATES = {"sgd": 1, "adam": 2, "adamw": 2}  # of the optimizer, as large as the weights
CHUNK = 256  # examples of a backward pass at least


def check_run_fits(config: RunConfig, train: Split, test: Split, device: torch.device) -> None:
    """Refuse a run that takes more memory than there is; what is counted is the least it takes.

    Raises:
        InfoplaneError: with what takes most, how much, and how much there is.
    """
    of_training, of_looks = training_bytes(config, train), looking_bytes(config, train, test)
    if device.type == "cuda":
        free_there = torch.cuda.mem_get_info(device)[0]
        check_fits(of_training, advice(config, of_training), free=free_there)
        check_fits(of_looks, advice(config, of_looks))
        return
    free = free_memory() if device.type == "cpu" else None
    check_fits(of_training | of_looks, advice(config, of_training | of_looks), free=free)


def training_bytes(config: RunConfig, train: Split) -> dict[str, int]:
    """Return the bytes of weights and of activations, by what they are for."""
    weights, units = size_of_network(config, train)
    copies = 2 + STATES[config.training.optimizer]
    batch = min(config.training.batch_size or len(train), CHUNK, len(train))
    times = f"{config.members:,} × " if config.members > 1 else ""
    network = f"the network ({times}{weights:,} weights, with gradients and optimizer)"
    return {
        network: FLOAT * config.members * weights * copies,
        f"the activations of {batch:,} examples": FLOAT * config.members * batch * units,
    }


def looking_bytes(config: RunConfig, train: Split, test: Split) -> dict[str, int]:
    """Return the bytes of what is kept to look at the run, by what they are for."""
    n, members = len(train) + len(test), config.members
    sets = 1 if config.data.labels == "true" else 2
    memorization, many = config.memorization, config.observing.permutations
    shuffles = {f"observing.permutations, {many:,}": many * n * sets}
    if sets == 2 and memorization.decoder != "none":
        size = min(memorization.probe_size, len(train), len(test))
        key = f"memorization.permutations, {memorization.permutations:,}"
        shuffles[key] = 4 * 8 * memorization.permutations * size
    followed = memorization.examples == "always" or (
        memorization.examples == "corrupted" and sets == 2
    )
    logits = FLOAT * members * n * max(train.classes, 1)
    tracked = FOLLOWED * members * len(train) if followed else 0
    return {f"the shuffles of labels ({key})": count for key, count in shuffles.items()} | {
        f"what is kept of each example of {members:,} members": logits + tracked
    }


def size_of_network(config: RunConfig, train: Split) -> tuple[int, int]:
    """Return the weights and the units of one network; none of one that only its code can tell."""
    network, shape = config.network, tuple(train.inputs.shape[1:])
    if network.own is not None:
        return 0, 0
    if not network.convolutional:
        widths = [prod(shape), *network.hidden_widths, train.classes]
        return sum(a * b + b for a, b in pairwise(widths)), sum(widths[1:])
    if len(shape) != 3:  # which building it refuses
        return 0, 0
    with torch.device("meta"):
        layers = BLUEPRINTS[network.preset](shape, network)
    return sum(p.numel() for layer in layers.values() for p in layer.parameters()), 0


def advice(config: RunConfig, parts: dict[str, int]) -> str:
    """Return what to give less of."""
    largest = max(parts, key=lambda name: parts[name])
    if "permutations" in largest:
        return "give fewer (20 is usual)"
    return "give fewer members or narrower layers" if config.members > 1 else "give narrower layers"
