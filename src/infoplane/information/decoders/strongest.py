"""The strongest of the decoders, chosen inside the fitting samples."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from infoplane.information.decoders.argmax import argmax_decoder
from infoplane.information.decoders.prior import certain, log2_prior
from infoplane.information.decoders.samples import Decoded, Fold


def strongest(decoded_by: Mapping[str, Decoded], fold: Fold) -> Decoded:
    """Return, for each labeling, the output of the decoder that is best on held-out samples.

    The largest unit alone is one of them, so that no layer, least of all the logits, is read worse
    than its own prediction. The scored samples have no part in the choice: what is scored stays a
    lower bound.
    """
    candidates = [*decoded_by.values(), argmax_decoder(fold)]
    training, held = (fold.fit.select(part) for part in fold.parts)
    prior = log2_prior(training, held)
    scores = torch.stack([certain(decoded.held - prior) for decoded in candidates])
    choice = scores.argmax(dim=0)
    held_log2_p, log2_p = (torch.stack(parts) for parts in zip(*candidates, strict=True))
    rows = torch.arange(len(choice), device=choice.device)
    return Decoded(held_log2_p[choice, rows], log2_p[choice, rows])
