"""V-information by families of decoders: linear, neighbours, and a small network."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.information.critics import MultilayerPerceptron
from infoplane.information.decoders import Decoder, Samples
from infoplane.information.estimate import Estimate
from infoplane.information.fitting import fit
from infoplane.information.paired import (
    check_choice,
    check_pairs,
    check_positive,
    flat,
    is_discrete,
)
from infoplane.information.usable import DECODERS, score, usable_information

FAMILIES = {"knn": DECODERS[0], "logistic": DECODERS[1], "mlp": "MLP decoder"}
SHARES = (1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0)  # of the label frequencies in the mixture
LEARNING_RATE = 3e-3
BATCH = 256


def decoded_information(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    *,
    decoder: str = "logistic",
    k: int = 50,
    hidden: int = 64,
    steps: int = 500,
    folds: int = 2,
    seed: int = 0,
) -> Estimate:
    """Estimate the V-information Ĥ(Y) - CE(g) of a family V of decoders g(T) → Y, in bits.

    Each fold is scored by the decoder fitted on the others, so what was memorized in fitting does
    not count; in expectation a lower bound of I(T;Y), below zero by what the fitting costs where
    there is nothing to be known.

    Args:
        t: activations [n, d] (further axes are flattened).
        y: labels, integer [n].
        decoder: the family: "knn", "logistic" (multinomial, linear) or "mlp" (one hidden layer).
        k: most neighbours of the first.
        hidden: units of the last.
        steps: training steps of the last.
        folds: parts, stratified by label.
        seed: of the parts and the initial weights.

    Returns:
        An ``Estimate``; its ceiling is Ĥ(Y), plug-in, and ``standard_error`` that of the mean
        cross-entropy over samples.

    Raises:
        InfoplaneError: for continuous y, lengths that differ, fewer samples than folds, an unknown
            decoder, numbers out of range.
        NonFiniteError: where an activation is not finite.

    Cost: folds times that of fitting the decoder.

    Source: Xu et al. 2020 (arXiv:2002.10689).
    """
    check_choice("decoder", decoder, tuple(FAMILIES))
    check_pairs(t, y)
    if not is_discrete(y):
        raise InfoplaneError(f"y is {y.dtype}; decoders need integer labels, or take KSG.")
    y = y.flatten()
    if decoder != "mlp":
        return usable_information(
            flat(t), y, decoder=FAMILIES[decoder], k=k, folds=folds, seed=seed
        )
    check_positive("hidden", hidden)
    check_positive("steps", steps)
    return score(
        flat(t),
        y,
        mlp_decoder(hidden=hidden, steps=steps, seed=seed),
        folds=folds,
        seed=seed,
        resolution=f"{hidden} units, {steps} steps, {folds} folds",
        estimator=FAMILIES[decoder],
    )


def mlp_decoder(*, hidden: int = 64, steps: int = 500, seed: int = 0) -> Decoder:
    """Decode by a network of one hidden layer on standardised T, with the given class one-hot.

    Adam, steps fixed; a fifth of the fitting samples chooses among 20 states of the training, and
    how much of the label frequencies is mixed into the network's probabilities, so that a layer
    that says nothing gives nearly zero.
    """

    def decode(fitting: Samples, score: Samples, classes: int) -> Tensor:
        generator = seeds.generator(seed, "MLP decoder")
        order = torch.randperm(len(fitting.y), generator=generator)
        held = fitting.select(order[: len(order) // 5])
        kept = fitting.select(order[len(order) // 5 :])
        groups = 1 + int(torch.maximum(fitting.given.max(), score.given.max()))
        mean = kept.t.mean(dim=0)
        std = kept.t.std(dim=0, correction=0).clamp_min(1e-6)

        def features(s: Samples) -> Tensor:
            standardised = ((s.t - mean) / std).float().cpu()
            return torch.cat([standardised, one_hot(s.given, groups).float()], dim=1)

        x, x_held = features(kept), features(held)
        model = MultilayerPerceptron([x.shape[1], hidden, classes], generator)
        fit(
            model,
            lambda index: cross_entropy(model(x[index]), kept.y[index]),
            lambda: float(cross_entropy(model(x_held), held.y)) if len(held.y) else 0.0,
            n=len(x),
            steps=steps,
            batch=min(BATCH, len(x)),
            learning_rate=LEARNING_RATE,
            generator=generator,
        )
        with torch.no_grad():
            p_held, p = (_probabilities(model, features(s), s.y) for s in (held, score))
        share = _best_share(p_held, _prior(kept, held, groups, classes))
        return torch.log2((1 - share) * p + share * _prior(fitting, score, groups, classes))

    return decode


def _probabilities(model: MultilayerPerceptron, x: Tensor, y: Tensor) -> Float[Tensor, " n"]:
    """Return p(y) of each sample."""
    return model(x).double().softmax(dim=1).gather(1, y[:, None])[:, 0]


def _prior(fitting: Samples, score: Samples, groups: int, classes: int) -> Float[Tensor, " n"]:
    """Return the frequency of each label among the fitting samples of its given class."""
    cells = torch.bincount(fitting.given * classes + fitting.y, minlength=groups * classes)
    counts = cells.view(groups, classes).double() + 1 / classes
    return (counts / counts.sum(dim=1, keepdim=True))[score.given, score.y]


def _best_share(p: Tensor, prior: Tensor) -> float:
    """Return the share of the prior that scores best; all of it where there is nothing to score."""
    if len(p) == 0:
        return 1.0
    losses = [float(-((1 - share) * p + share * prior).log().mean()) for share in SHARES]
    return SHARES[min(range(len(SHARES)), key=losses.__getitem__)]
