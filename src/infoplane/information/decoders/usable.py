"""Usable information: how well a fitted decoder predicts labels of samples it was not fitted on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.null import against_null
from infoplane.information.core.samples import check_finite, check_lengths
from infoplane.information.decoders.folds import dealt, within
from infoplane.information.decoders.linear import linear_decoder
from infoplane.information.decoders.neighbours import knn_decoder
from infoplane.information.decoders.network import mlp_decoder
from infoplane.information.decoders.prior import log2_prior
from infoplane.information.decoders.samples import Decoder, Fold, Samples
from infoplane.information.decoders.strongest import strongest
from infoplane.names import DECODERS, KNN, LINEAR, MLP, SINGLE_DECODERS, STRONGEST

FEWEST = 1000  # samples: the error of fewer is too small (docs/choose/coverage.md), and not stated
AT_ONCE = 2**23  # labelings × samples × labels that are decoded together


@dataclass(frozen=True)
class DecoderSettings:
    """How labels are decoded: by which decoders, how large, and in how many folds."""

    decoders: tuple[str, ...] = (STRONGEST,)
    k: int = 50
    """The most neighbours of the k-NN decoder."""
    hidden: int = 64
    """Units of the MLP decoder."""
    steps: int = 500
    """Steps of its training, at most."""
    folds: int = 2
    """Parts, balanced by what is given (else by label); decoders are fitted on all but one."""
    seed: int = 0
    """Of the parts and of initial weights."""

    def __post_init__(self) -> None:
        unknown = [name for name in self.decoders if name not in DECODERS]
        if unknown or not self.decoders:
            raise InfoplaneError(
                f"decoders is {', '.join(unknown) or 'empty'}; give one or more of: "
                f"{', '.join(DECODERS)}."
            )
        for key in ("k", "hidden", "steps"):
            if getattr(self, key) < 1:
                raise InfoplaneError(f"{key} is {getattr(self, key)}; give 1 or more.")

    def resolution(self, name: str) -> str:
        """Return the settings of a decoder as text: its resolution."""
        by_decoder = {KNN: f"k ≤ {self.k}, ", MLP: f"{self.hidden} units, {self.steps} steps, "}
        return f"{by_decoder.get(name, '')}{self.folds} folds"


def usable_information(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    *,
    given: Int[Tensor, " n"] | None = None,
    decoder: str = STRONGEST,
    k: int = 50,
    folds: int = 2,
    groups: Int[Tensor, " n"] | None = None,
    permutations: int = 0,
    seed: int = 0,
) -> Estimate:
    """Estimate the usable information I_V(T→Y), or I_V(T→Y|Z) where Z is given, in bits.

    Ĥ(Y|Z) (1 - CE(g) / CE(p₀)): a decoder g(T, Z) → Y and the prior p₀(Y|Z), which knows no T, are
    fitted on all folds but one and scored on that one, in turn. It is the part of the prior's
    cross-entropy that T takes away, in bits of the entropy: zero where there is nothing to be
    known, at any number of samples, and Ĥ(Y|Z) where all is; as the prior is the dearer the fewer
    samples there are, CE(p₀) - CE(g) itself would pass the entropy. In expectation a lower bound.

    Args:
        t: activations [n, d].
        y: labels [n] to decode.
        given: labels [n] that the decoder is told.
        decoder: "k-NN decoder", "linear decoder", "MLP decoder", or "strongest decoder": the best
            of these and of the largest unit alone, chosen inside the fitting folds.
        k: the most neighbours of the first.
        folds: parts, balanced by ``given`` (else by ``y``); 2 are halves.
        groups: a number [n] for each sample, the same for copies of one input: those share a fold.
        permutations: shuffles of ``y`` within ``given`` that make the null; decoders are fitted
            on each anew. 0 for none.
        seed: of the parts, shuffles and initial weights.

    Returns:
        An ``Estimate``; its ceiling is Ĥ(Y|Z), plug-in. Its ``standard_error`` is that of the mean
        over samples, or over folds where that is larger: how far it may be from what such decoders
        find on average, which is less than the information itself. Below 1,000 samples it is NaN.

    Raises:
        InfoplaneError: for fewer samples than folds, lengths that differ, an unknown decoder.
        NonFiniteError: where an activation is not finite.

    Cost: folds times that of the decoder; 20 permutations cost about as much again.

    Source: V-information, Xu et al. 2020 (arXiv:2002.10689).
    """
    labelings = y[None]
    if permutations:
        labelings = torch.cat([labelings, within(y, given, groups, permutations, seed)])
    decoding = DecoderSettings((decoder,), k=k, folds=folds, seed=seed)
    return decoded(t, labelings, decoding, given=given, groups=groups)[decoder]


def decoded(
    t: Float[Tensor, "n d"],
    labelings: Int[Tensor, "m n"],
    decoding: DecoderSettings,
    *,
    given: Int[Tensor, " n"] | None = None,
    groups: Int[Tensor, " n"] | None = None,
) -> dict[str, Estimate]:
    """Estimate as ``usable_information`` with several decoders, from the same folds.

    Args:
        t: activations [n, d].
        labelings: the labels, and below them those of the null [m, n].
        decoding: the decoders and their folds.
        given, groups: as in ``usable_information``.

    Returns:
        An estimate for each of ``decoding.decoders``, against the null of the other labelings.
    """
    samples = _samples(t, labelings, given, groups, decoding.folds)
    log2_p, prior, fold = _cross_fitted(samples, decoding, by_label=given is None)
    entropy = torch.tensor([conditional_entropy(y, samples.given) for y in samples.y])
    surprise = -prior.mean(dim=1)
    unit = entropy / surprise.clamp_min(1e-300)  # bits of entropy for a bit of the prior's surprise
    estimates = {}
    for name in decoding.decoders:
        gain = log2_p[name] - prior
        bits = (unit * gain.mean(dim=1)).numpy()
        mean, std, p_value = (float(v[0]) for v in against_null(bits[:1], bits[None, 1:]))
        error = float(unit[0]) * _error_of_mean(gain[0], fold)
        estimates[name] = Estimate(
            bits=float(bits[0]),
            ceiling=float(entropy[0]),
            n=gain.shape[1],
            resolution=decoding.resolution(name),
            estimator=name,
            null_mean=mean,
            null_std=std,
            p_value=p_value,
            standard_error=error,
        )
    return estimates


def _error_of_mean(gain: Float[Tensor, " n"], fold: Int[Tensor, " n"]) -> float:
    """Return the standard error of a mean of gains that folds share a decoder each.

    The larger of two estimates: by the spread over samples, which knows nothing of the luck of a
    fit, and by that over folds, which knows it but is of few.
    """
    if len(gain) < FEWEST:
        return math.nan
    means = torch.stack([gain[fold == i].mean() for i in fold.unique()])
    among = means.std() / math.sqrt(len(means))
    return float(torch.maximum(gain.std() / math.sqrt(len(gain)), among))


def cross_fitted_log2_p(
    t: Float[Tensor, "n d"], y: Int[Tensor, " n"], *, decoder: str = KNN, seed: int = 0
) -> Float[Tensor, " n"]:
    """Return log2 p(y|t) of each sample, by a decoder that was not fitted on it.

    Arguments and errors as in ``usable_information``.
    """
    decoding = DecoderSettings((decoder,), seed=seed)
    samples = _samples(t, y[None], None, None, decoding.folds)
    return _cross_fitted(samples, decoding, by_label=True)[0][decoder][0]


def pointwise_information(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    decoding: DecoderSettings,
    *,
    given: Int[Tensor, " n"] | None = None,
    groups: Int[Tensor, " n"] | None = None,
) -> dict[str, Float[Tensor, " n"]]:
    """Return what each sample adds to the usable information, in bits, by each decoder.

    log2 g(y|t, z) - log2 p₀(y|z), in bits of the entropy as ``usable_information`` has it, whose
    value is the mean. Below 0 where the decoder says less of a label than the prior does.

    Arguments and errors as in ``decoded``, of one labeling.

    Source: pointwise V-information, Ethayarajh et al. 2022 (arXiv:2110.08420), equation 4.
    """
    samples = _samples(t, y[None], given, groups, decoding.folds)
    log2_p, prior, _ = _cross_fitted(samples, decoding, by_label=given is None)
    unit = conditional_entropy(samples.y[0], samples.given) / max(-float(prior.mean()), 1e-300)
    return {name: unit * (log2_p[name][0] - prior[0]) for name in decoding.decoders}


def _cross_fitted(
    samples: Samples, decoding: DecoderSettings, *, by_label: bool
) -> tuple[dict[str, Float[Tensor, "m n"]], Float[Tensor, "m n"], Int[Tensor, " n"]]:
    """Return log2 p of every label by each decoder and by the prior, and the fold of each."""
    strata = samples.y[0] if by_label else samples.given
    fold = dealt(strata, samples.group, decoding.folds, decoding.seed).to(samples.y.device)
    m, n = samples.y.shape
    log2_p = {name: torch.empty(m, n, dtype=torch.float64) for name in decoding.decoders}
    prior = torch.empty(m, n, dtype=torch.float64)
    at_once = max(1, AT_ONCE // (n * max(samples.classes, 64)))
    for i in range(decoding.folds):
        inside = fold == i
        scored = torch.nonzero(inside.cpu()).flatten()
        for rows in torch.arange(m).split(at_once):
            some = replace(samples, y=samples.y[rows.to(samples.y.device)])
            split = Fold(some.select(~inside), some.select(inside), decoding.seed)
            prior[rows[:, None], scored] = log2_prior(split.fit, split.score).cpu()
            for name, scored_log2_p in _by_each(split, decoding).items():
                log2_p[name][rows[:, None], scored] = scored_log2_p.cpu()
    return log2_p, prior, fold.cpu()


def _by_each(split: Fold, decoding: DecoderSettings) -> dict[str, Float[Tensor, "m n"]]:
    """Return log2 p of the scored labels by each decoder that is asked for."""
    makers: dict[str, Decoder] = {
        KNN: knn_decoder(decoding.k),
        LINEAR: linear_decoder,
        MLP: mlp_decoder(hidden=decoding.hidden, steps=decoding.steps),
    }
    asked: Sequence[str] = SINGLE_DECODERS if STRONGEST in decoding.decoders else decoding.decoders
    decoded_by = {name: makers[name](split) for name in asked}
    if STRONGEST in decoding.decoders:
        decoded_by[STRONGEST] = strongest(decoded_by, split)
    return {name: decoded_by[name].log2_p for name in decoding.decoders}


def _samples(
    t: Tensor, labelings: Tensor, given: Tensor | None, groups: Tensor | None, folds: int
) -> Samples:
    n = labelings.shape[1]
    for name, extra in (("y", labelings[0]), ("given", given), ("groups", groups)):
        if extra is not None:
            check_lengths(t, extra, name)
    group = torch.arange(n) if groups is None else _renumbered(groups)
    if folds < 2 or n < folds or int(group.max()) + 1 < folds:
        raise InfoplaneError(
            f"{folds} folds of {n} samples were asked for; give 2 or more folds and at least "
            "one sample, or group of copies, for each."
        )
    check_finite(t)
    y = _renumbered(labelings).to(t.device)
    kind = torch.zeros(n, dtype=torch.int64) if given is None else _renumbered(given)
    return Samples(
        t=t,
        y=y,
        given=kind.to(t.device),
        group=group.to(t.device),
        classes=int(y.max()) + 1,
        kinds=int(kind.max()) + 1,
    )


def _renumbered(labels: Tensor) -> Tensor:
    return torch.unique(labels.cpu(), return_inverse=True)[1]


def conditional_entropy(y: Int[Tensor, " n"], given: Int[Tensor, " n"]) -> float:
    """Return H(Y|Z) of labels 0, 1, …, plug-in, bits."""
    joint = torch.bincount(given * (int(y.max()) + 1) + y).double() / len(y)
    marginal = torch.bincount(given).double() / len(y)
    nats = torch.special.entr(joint).sum() - torch.special.entr(marginal).sum()
    bits = float(nats) / math.log(2)
    return bits if bits > 1e-12 else 0.0
