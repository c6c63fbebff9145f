"""Usable information: what a fitted decoder can say of a label, scored where it was not fitted."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.decoders import Decoder, Samples, knn_decoder, logistic_decoder
from infoplane.information.estimate import Estimate

DECODERS = ("k-NN decoder", "logistic decoder")


def usable_information(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    *,
    given: Int[Tensor, " n"] | None = None,
    decoder: str = "k-NN decoder",
    k: int = 50,
    folds: int = 2,
    seed: int = 0,
) -> Estimate:
    """Estimate the usable information I_V(T→Y), or I_V(T→Y|Z) where Z is given, in bits.

    Ĥ(Y|Z) - CE(g), with the cross-entropy of a decoder g(T, Z) → Y that is fitted on all folds but
    one and scored on that one, in turn. In expectation a lower bound of I(T;Y|Z); below zero by
    what the fitting costs where there is nothing to be known.

    Args:
        t: activations [n, d].
        y: labels [n] to decode.
        given: labels [n] that the decoder is told.
        decoder: "k-NN decoder" or "logistic decoder".
        k: neighbours of the first.
        folds: parts, stratified by ``given`` (else by ``y``); 2 are halves.
        seed: of the parts.

    Returns:
        An ``Estimate``; its ceiling is Ĥ(Y|Z), plug-in, and ``standard_error`` that of the mean
        cross-entropy over samples.

    Raises:
        InfoplaneError: for fewer samples than folds, lengths that differ, an unknown decoder.
        NonFiniteError: where an activation is not finite.

    Cost: folds times that of the decoder.

    Source: V-information, Xu et al. 2020 (arXiv:2002.10689).
    """
    return score(
        t,
        y,
        named_decoder(decoder, k, seed),
        given=given,
        folds=folds,
        seed=seed,
        resolution=f"k ≤ {k}, {folds} folds" if decoder == DECODERS[0] else f"{folds} folds",
        estimator=decoder,
    )


def score(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    decoder: Decoder,
    *,
    given: Int[Tensor, " n"] | None = None,
    folds: int,
    seed: int,
    resolution: str,
    estimator: str,
) -> Estimate:
    """Estimate as ``usable_information`` with any decoder, under the names given."""
    samples, log2_p = _cross_fitted(t, y, given, decoder, folds=folds, seed=seed)
    entropy = conditional_entropy(samples.y, samples.given)
    error = float(log2_p.std() / math.sqrt(len(y))) if len(y) > 1 else math.nan
    return Estimate(
        bits=entropy + float(log2_p.mean()),
        ceiling=entropy,
        n=len(y),
        resolution=resolution,
        estimator=estimator,
        standard_error=error,
    )


def cross_fitted_log2_p(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    *,
    decoder: str = "k-NN decoder",
    k: int = 50,
    folds: int = 2,
    seed: int = 0,
) -> Float[Tensor, " n"]:
    """Return log2 p(y|t) of each sample, by a decoder that was not fitted on it.

    Arguments and errors as in ``usable_information``.
    """
    return _cross_fitted(t, y, None, named_decoder(decoder, k, seed), folds=folds, seed=seed)[1]


def _cross_fitted(
    t: Tensor, y: Tensor, given: Tensor | None, decoder: Decoder, *, folds: int, seed: int
) -> tuple[Samples, Tensor]:
    _check(t, y, given, folds)
    samples = Samples(t, _renumbered(y), _renumbered(y * 0 if given is None else given))
    classes = int(samples.y.max()) + 1
    fold = _folds(samples.y if given is None else samples.given, folds, seed)
    log2_p = torch.empty(len(y), dtype=torch.float64)
    for i in range(folds):
        log2_p[fold == i] = decoder(samples.select(fold != i), samples.select(fold == i), classes)
    return samples, log2_p


def named_decoder(name: str, k: int, seed: int) -> Decoder:
    """Return one of ``DECODERS``."""
    if k < 1:
        raise InfoplaneError(f"k is {k}; give 1 or more neighbours (50 is usual).")
    if name not in DECODERS:
        raise InfoplaneError(f"decoder is {name!r}; give one of: {', '.join(DECODERS)}.")
    return knn_decoder(k) if name == DECODERS[0] else logistic_decoder(seed)


def _check(t: Tensor, y: Tensor, given: Tensor | None, folds: int) -> None:
    lengths = [len(t), len(y), *([] if given is None else [len(given)])]
    if len(set(lengths)) > 1:
        raise InfoplaneError(
            f"activations and labels differ in length: {lengths}; give equal ones."
        )
    if folds < 2 or len(y) < folds:
        raise InfoplaneError(
            f"{folds} folds of {len(y)} samples were asked for; give 2 or more folds and at least "
            "one sample for each."
        )
    if not torch.isfinite(t).all():
        raise NonFiniteError("activations are NaN or infinite; decoders need finite ones.")


def _renumbered(labels: Tensor) -> Tensor:
    return torch.unique(labels.cpu(), return_inverse=True)[1]


def _folds(strata: Tensor, folds: int, seed: int) -> Int[Tensor, " n"]:
    """Deal the samples of each stratum to the folds in turn, in a seeded order."""
    order = torch.randperm(len(strata), generator=seeds.generator(seed, "folds"))
    dealt = order[strata[order].argsort(stable=True)]
    fold = torch.empty(len(strata), dtype=torch.int64)
    fold[dealt] = torch.arange(len(strata)) % folds
    return fold


def conditional_entropy(y: Int[Tensor, " n"], given: Int[Tensor, " n"]) -> float:
    """Return H(Y|Z) of labels 0, 1, …, plug-in, bits."""
    joint = torch.bincount(given * (int(y.max()) + 1) + y).double() / len(y)
    marginal = torch.bincount(given).double() / len(y)
    nats = torch.special.entr(joint).sum() - torch.special.entr(marginal).sum()
    bits = float(nats) / math.log(2)
    return bits if bits > 1e-12 else 0.0
