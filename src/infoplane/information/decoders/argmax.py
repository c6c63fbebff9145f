"""Decode from the largest unit alone: of logits, the prediction."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from infoplane.information.decoders.prior import prior
from infoplane.information.decoders.samples import Decoded, Fold, Samples

STRENGTHS = (0.1, 1.0, 10.0, 100.0, 1e9)  # of the prior, pseudo-counts


def argmax_decoder(fold: Fold) -> Decoded:
    """Decode by how often each label occurs among the fitting samples of the same largest unit.

    p(y) = (samples of label y + s p₀(y)) / (samples + s), of the same given class; s minimises the
    leave-one-out cross-entropy among the fitting samples.
    """
    fit, score = fold.fit, fold.score
    of_fit = _log2_p(fit, fit, leave_one_out=True)
    of_score = _log2_p(fit, score, leave_one_out=False)
    rule = of_fit.mean(dim=1).argmax(dim=1)[:, None, None]
    held = of_fit[:, fold.parts[1]]
    return Decoded(*(p.gather(2, rule.expand(-1, p.shape[1], 1))[..., 0] for p in (held, of_score)))


def _log2_p(fit: Samples, queries: Samples, *, leave_one_out: bool) -> Float[Tensor, "m n s"]:
    strengths = torch.tensor(STRENGTHS, dtype=torch.float64, device=fit.y.device)
    p0 = prior(fit, queries, leave_one_out=leave_one_out)[..., None]
    both = torch.cat([s.given * s.t.shape[1] + s.t.argmax(dim=1) for s in (fit, queries)])
    values, renumbered = both.unique(return_inverse=True)
    count = len(values)
    unit, asked = renumbered.split([len(fit.given), len(queries.given)])
    units = torch.bincount(unit, minlength=count)[asked].double()[:, None]
    of_label = torch.stack(
        [
            torch.bincount(unit * fit.classes + y, minlength=count * fit.classes)[
                asked * fit.classes + label
            ]
            for y, label in zip(fit.y, queries.y, strict=True)
        ]
    )[..., None].double()
    itself = float(leave_one_out)
    return torch.log2((of_label - itself + strengths * p0) / (units - itself + strengths))
