"""Neural estimates: a network trained on some pairs says how far others are from independent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.estimator import BOTH, LOWER, OTHER, PRODUCT, VALUES, Estimator
from infoplane.information.core.samples import (
    check_choice,
    check_pairs,
    check_positive,
    flat,
    is_discrete,
    label_entropy,
    renumbered,
)
from infoplane.information.core.small_networks import fit
from infoplane.information.neural.bounds import BOUNDS
from infoplane.information.neural.critics import CRITICS, make_critic
from infoplane.information.neural.doe import DENSITIES, Densities
from infoplane.information.neural.objectives import (
    AllPairs,
    EntropyDifference,
    Objective,
    Pairs,
    ShiftedPairs,
)
from infoplane.memory import check_fits

NAMES = {**BOUNDS, **DENSITIES}
NEAR = 0.3  # bits: so near its ceiling InfoNCE says no more than that there is more
DIVERGED = -5.0  # bits: a score so far below zero, or above its ceiling, is none
LEAST = 20  # samples: a few to score, a few to validate
VALIDATION = 0.2  # share of what is not held out


@dataclass(frozen=True)
class Trained(Estimator):
    """A network trained on some pairs says how far others are from independent.

    Attributes:
        critic: "separable" or "joint"; None for separable with InfoNCE, which scores all pairs of
            a batch, and joint with the others.
        hidden: units in each of the two hidden layers.
        steps: training steps, whatever happens.
        batch: pairs a step; the ceiling of InfoNCE is log2 of it.
        learning_rate: highest of Adam's cosine schedule.
        held_out: share of the pairs to score.
        tau: τ of SMILE.
    """

    critic: str | None = None
    hidden: int = 64
    steps: int = 5000
    batch: int = 512
    learning_rate: float = 1e-3
    held_out: float = 0.5
    tau: float = 5.0

    bound: ClassVar[str]
    cost: ClassVar = "15 s a core; infonce a minute"
    permutations: ClassVar = 0

    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        return neural_information(t, y, bound=self.bound, **self.parameters, seed=seed)


@dataclass(frozen=True)
class InfoNCE(Trained):
    """InfoNCE: a lower bound that cannot pass log2 of the batch."""

    name: ClassVar = "infonce"
    bound: ClassVar = "infonce"
    takes: ClassVar = BOTH
    source: ClassVar = "van den Oord et al. 2018"
    bias: ClassVar = LOWER


@dataclass(frozen=True)
class NWJ(Trained):
    """NWJ: a lower bound whose variance grows with the information."""

    name: ClassVar = "nwj"
    bound: ClassVar = "nwj"
    takes: ClassVar = BOTH
    source: ClassVar = "Nguyen, Wainwright & Jordan 2010"
    bias: ClassVar = LOWER


@dataclass(frozen=True)
class DV(Trained):
    """Donsker and Varadhan: a lower bound whose variance grows with the information."""

    name: ClassVar = "dv"
    bound: ClassVar = "dv"
    takes: ClassVar = BOTH
    source: ClassVar = "Donsker & Varadhan 1983"
    bias: ClassVar = LOWER


@dataclass(frozen=True)
class MINE(Trained):
    """MINE: that of Donsker and Varadhan, with a corrected gradient."""

    name: ClassVar = "mine"
    bound: ClassVar = "mine"
    takes: ClassVar = BOTH
    source: ClassVar = "Belghazi et al. 2018"
    bias: ClassVar = LOWER


@dataclass(frozen=True)
class SMILE(Trained):
    """SMILE: that of Donsker and Varadhan with clipped ratios, no bound."""

    name: ClassVar = "smile"
    bound: ClassVar = "smile"
    takes: ClassVar = BOTH
    source: ClassVar = "Song & Ermon 2020"
    bias: ClassVar = OTHER


@dataclass(frozen=True)
class DoE(Trained):
    """Difference of entropies of trained Gaussian densities, no bound."""

    name: ClassVar = "doe"
    bound: ClassVar = "doe-gaussian"
    takes: ClassVar = VALUES
    source: ClassVar = "McAllester & Stratos 2020"
    bias: ClassVar = PRODUCT


def neural_information(
    t: Float[Tensor, "n d"],
    y: Tensor,
    *,
    bound: str = "infonce",
    critic: str | None = Trained.critic,
    hidden: int = Trained.hidden,
    steps: int = Trained.steps,
    batch: int = Trained.batch,
    learning_rate: float = Trained.learning_rate,
    held_out: float = Trained.held_out,
    tau: float = Trained.tau,
    seed: int = 0,
) -> Estimate:
    """Estimate I(T;Y), in bits, by a network trained on some pairs and scored on those held out.

    "infonce", "nwj", "dv" and "mine" are lower bounds in expectation (``bounds.value``); "smile"
    and the differences of entropies "doe-gaussian" and "doe-logistic" are not bounds. Values on
    pairs that were trained on measure memorization; here the network is frozen before it is scored,
    in the best of 20 states by a fifth of the rest. High information needs many pairs: any
    distribution-free lower bound is O(log n) (McAllester & Stratos 2020), and the variance of
    DV and NWJ grows as e^I.

    Args:
        t: activations [n, d], standardised here.
        y: labels, integer [n], taken as one-hot; or continuous values [n, d'], standardised here.
        bound: "infonce", "nwj", "dv", "mine" (gradient corrected by a moving average), "smile",
            "doe-gaussian" or "doe-logistic" (continuous y only).
        seed: of the parts, the initial weights and the batches.
        critic, hidden, steps, batch, learning_rate, held_out, tau: see ``Trained``.

    Returns:
        An ``Estimate``; its ceiling is log2 batch for InfoNCE and, for labels, H(Y) if lower;
        infinite for other bounds of values. InfoNCE is ``saturated`` within .3 bits of log2 batch;
        ``drawing_error`` is that of the score, for the held-out pairs that were drawn: the
        training is not in it.

    Raises:
        InfoplaneError: where lengths differ, for fewer than 20 samples, unknown names, numbers out
            of range, DoE of labels, or a score more than 5 bits below zero or above the ceiling.
        NonFiniteError: where a value is not finite, or the score of a diverged network.

    Cost: O(steps · batch · hidden (d + hidden)), and steps · batch² hidden more for InfoNCE (batch²
    hidden² with a joint critic): by default 15 s on one core, InfoNCE about a minute.
    """
    check_pairs(t, y, least=LEAST)
    _check(
        y,
        bound,
        critic,
        hidden=hidden,
        steps=steps,
        batch=batch,
        learning_rate=learning_rate,
        held_out=held_out,
        tau=tau,
    )
    of_layers = {f"hidden is {hidden:,}: a network so wide": 16 * hidden * (hidden + t.shape[1])}
    check_fits(of_layers, "give fewer units (64 is usual)")
    train, validate, score = _parts(t, y, held_out, seed)
    batch = min(batch, len(train.t), len(score.t))
    critic = critic or ("separable" if bound == "infonce" else "joint")
    objective = _objective(bound, critic, train, hidden, batch, tau, seed)

    fit(
        objective.model.to(train.t.device),
        lambda index: objective.loss(train.select(index)),
        lambda: objective.validation_loss(validate),
        n=len(train.t),
        steps=steps,
        batch=batch,
        learning_rate=learning_rate,
        generator=seeds.generator(seed, "neural information: batches"),
    )
    with torch.no_grad():
        nats, error = objective.value(score)
    if not math.isfinite(nats):
        raise NonFiniteError("the network diverged; lower learning_rate, or take bound='infonce'.")
    words = [f"{steps} steps of {batch}", f"{hidden} units"]
    words += [f"{critic} critic"] if bound in BOUNDS else []
    words += [f"τ = {tau:g}"] if bound == "smile" else []
    bits, ceiling = nats / math.log(2), _ceiling(bound, batch, y, score)
    if bits < DIVERGED or bits > ceiling - DIVERGED:
        raise InfoplaneError(
            f"{NAMES[bound]} scores {bits:,.3g} bits on held-out pairs, which no information can "
            "be: the network diverged or has learned its pairs by heart; give fewer steps, a lower "
            "learning_rate or more samples, or take bound='infonce'."
        )
    return Estimate(
        bits=bits,
        ceiling=ceiling,
        n=len(t),
        resolution=", ".join(words),
        estimator=NAMES[bound],
        saturated=bound == "infonce" and bits > math.log2(batch) - NEAR,
        drawing_error=error / math.log(2),
    )


def _objective(
    bound: str, critic: str, train: Pairs, hidden: int, batch: int, tau: float, seed: int
) -> Objective:
    """Return the network of a bound, freshly initialised."""
    generator = seeds.generator(seed, "neural information: weights")
    d, d_y = train.t.shape[1], train.y.shape[1]
    if bound in DENSITIES:
        return EntropyDifference(Densities(bound, d, d_y, hidden, generator))
    network = make_critic(critic, d, d_y, hidden=hidden, generator=generator)
    if bound == "infonce":
        return AllPairs(network, batch)
    return ShiftedPairs(network, bound, tau, seed)


def _parts(t: Tensor, y: Tensor, held_out: float, seed: int) -> tuple[Pairs, Pairs, Pairs]:
    """Return pairs to train on, to validate and to score, by the spread of the first."""
    n = len(t)
    scored = min(max(round(held_out * n), 4), n - 8)
    validated = max(round(VALIDATION * (n - scored)), 4)
    order = torch.randperm(n, generator=seeds.generator(seed, "neural information: parts"))
    parts = order.to(t.device).split([n - scored - validated, validated, scored])
    label = renumbered(y)[0] if is_discrete(y) else None
    columns = flat(y) if label is None else torch.nn.functional.one_hot(label)
    columns = columns.to(t.device)
    values = [_standardised(flat(t), parts), _standardised(columns, parts)]
    train, validate, score = (Pairs(*part) for part in zip(*values, strict=True))
    return train, validate, score


def _standardised(t: Tensor, parts: tuple[Tensor, ...]) -> list[Tensor]:
    """Return the parts of some columns as float32, by mean and spread of the first part."""
    first = t[parts[0]].double()
    std, mean = torch.std_mean(first, dim=0)
    std = torch.where(std > 0, std, 1.0)
    return [((t[i].double() - mean) / std).float() for i in parts]


def _ceiling(bound: str, batch: int, y: Tensor, score: Pairs) -> float:
    most = math.log2(batch) if bound == "infonce" else math.inf
    if not is_discrete(y):
        return most
    counts = torch.unique(score.y, dim=0, return_counts=True)[1]
    return min(most, label_entropy(counts))


def _check(y: Tensor, bound: str, critic: str | None, **numbers: float) -> None:
    check_choice("bound", bound, tuple(NAMES))
    if critic is not None:
        check_choice("critic", critic, CRITICS)
    for name, number in numbers.items():
        check_positive(name, number)
    if numbers["batch"] < 2:
        raise InfoplaneError(f"batch is {numbers['batch']}; give 2 or more pairs (512 is usual).")
    if numbers["held_out"] >= 1:
        raise InfoplaneError(f"held_out is {numbers['held_out']}; give a share below 1, say 0.5.")
    if bound in DENSITIES and is_discrete(y):
        raise InfoplaneError(
            f"{bound} needs continuous y and got labels; give a decoder, or bound='infonce'."
        )
