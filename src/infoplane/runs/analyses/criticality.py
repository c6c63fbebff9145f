"""Critical samples and input gradients over a training, from the weights that a run kept."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from safetensors.torch import load_file
from torch import Tensor

from infoplane import seeds
from infoplane.data.split import Split, balanced_subset
from infoplane.errors import InfoplaneError
from infoplane.memorization.critical_samples import critical_sample_ratio
from infoplane.memorization.sensitivity import input_gradient
from infoplane.networks.build import build_network
from infoplane.networks.stack import Stack
from infoplane.runs.analyses.kept import kept, refuse_own_network
from infoplane.runs.analyses.rewinding import kept_epochs
from infoplane.runs.config import RunConfig
from infoplane.runs.measuring.own_data import load_members
from infoplane.runs.run import Run
from infoplane.runs.storage.folder import KEPT_WEIGHTS
from infoplane.tables import CRITICALITY, table

EXAMPLES = 500  # of test that are searched, and of training that are differentiated, at most


def criticality(run: Run) -> pd.DataFrame:
    """Measure a finished run at every epoch whose weights it kept.

    ``critical_sample_ratio`` is of examples of the test part, as the run was given them (with
    their pixels corrupted where they are), in boxes of 0.3 grey levels of 255; ``input_gradient``
    the mean ‖∂ℓ/∂x‖₁ of examples of the training part on their seen labels, in nats.

    Returns:
        A table with columns member, epoch, critical_sample_ratio, input_gradient.

    Raises:
        InfoplaneError: where the run kept no weights, or its images are whitened.
    """
    refuse_own_network(run)
    epochs = kept_epochs(run.path)
    if not epochs:
        raise InfoplaneError(
            f"{run.path} kept no weights to search from; run it with memorization.keep_weights."
        )
    if run.config.data.whiten:
        raise InfoplaneError(
            "whitened images have no grey level in common, which the radius of critical samples is "
            "given in; run without data.whiten."
        )
    parts = load_members(run.config)
    subsets = [tuple(_subset(run.config, split) for split in splits) for splits in parts]
    model = build_network(
        run.config.network,
        input_shape=parts[0][0].inputs.shape[1:],
        classes=parts[0][0].classes,
        seed=run.config.seed,
        members=run.config.members,
    )
    rows = []
    for epoch in epochs:
        model.load_state_dict(load_file(run.path / KEPT_WEIGHTS.format(epoch=epoch)))
        rows += [{"epoch": epoch} | row for row in _measured(run.config, model, subsets)]
    return table(rows, CRITICALITY)


def kept_criticality(run: Run) -> pd.DataFrame:
    """Return ``criticality(run)``, measured once and kept as ``criticality.parquet``."""
    return kept(run, "criticality", criticality)


def _subset(config: RunConfig, split: Split) -> Split:
    generator = seeds.generator(config.seed, "critical samples")
    return balanced_subset(split, min(EXAMPLES, len(split)), generator)


def _measured(
    config: RunConfig, model: Stack, subsets: list[tuple[Split, ...]]
) -> Iterator[dict[str, object]]:
    for member in range(config.members):
        train, test = subsets[member % len(subsets)]  # one pair for all members, or one for each
        network = model.member(member).eval()

        def logits(x: Tensor, network: Stack = network) -> Tensor:
            return network(x)[0].T

        # the same noise at every epoch: what differs between them is the network
        noise = seeds.generator(config.seed, "Langevin noise", member)
        gradients = input_gradient(logits, train.inputs, train.seen_labels)
        yield {
            "member": member,
            "critical_sample_ratio": critical_sample_ratio(logits, test.inputs, generator=noise),
            "input_gradient": float(gradients.double().mean()),
        }
