"""Bits of a label that a network holds for having seen the example.

log2 p̄_in - log2 p̄_out, with p̄ the mean of p(ỹ|x) over the networks that saw the example, and over
those that did not: what a code by networks that saw it saves on this label, against one by networks
that learned from the others alone. Higher is more memorized; with K classes log2 K is what a label
is worth where others say nothing of it.

Source: unintended memorization against a reference model, Morris et al. 2025 (arXiv:2505.24832),
§3.1, with the leave-out ensemble as the reference.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from infoplane.memorization.ensembles.outcomes import Outcomes, contrast


class MemorizedLabelBits(NamedTuple):
    """Of each of n examples, in bits."""

    values: Float[np.ndarray, " n"]
    standard_error: Float[np.ndarray, " n"]
    """Over networks, to first order: √(s²_in / (K_in p̄²_in) + s²_out / (K_out p̄²_out)) / ln 2."""


def memorized_label_bits(outcomes: Outcomes) -> MemorizedLabelBits:
    """Return the bits of each label that are there for having seen the example.

    Negative values are kept: what the ensemble says by its noise, or of examples that are told
    worse by those that saw them.

    Raises:
        InfoplaneError: where an example was seen by all networks or by none.

    Cost: O(K n).
    """
    means = contrast(np.exp2(outcomes.log2_p), outcomes.seen)
    relative = np.hypot(means.inside_error / means.inside, means.outside_error / means.outside)
    values = np.log2(means.inside) - np.log2(means.outside)
    return MemorizedLabelBits(values, relative / math.log(2))
