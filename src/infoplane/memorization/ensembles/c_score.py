"""The consistency score: how often an example is right by networks that did not see it.

C(i, r) = P(h(x_i) = y_i) over subsets of a share r of the other examples; their mean over ratios
is the C-score. In [0, 1]; lower is harder, or mislabelled. 1 - C(i, r) is the most that the
example can be memorized at that ratio.

Source: Jiang et al. 2021 (arXiv:2002.03206), equations 1 and 2.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float

from infoplane.errors import InfoplaneError
from infoplane.memorization.ensembles.outcomes import Outcomes, contrast


def consistency(outcomes: Outcomes) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Return the share of networks that are right of those that did not see an example, and errors.

    Standard errors are over networks, √(C(1 - C) / (K_out - 1)).

    Raises:
        InfoplaneError: where an example was seen by all networks or by none.
    """
    compared = contrast(outcomes.correct, outcomes.seen)
    return compared.outside, compared.outside_error


def c_scores(by_ratio: Mapping[float, Outcomes]) -> pd.DataFrame:
    """Return the consistency of each example at each ratio, and averaged over them.

    Args:
        by_ratio: outcomes of the same training examples, by the share of them in a subset. The
            paper averages over .1 to .9; of fewer ratios the mean is that of those given.

    Returns:
        A row an example; for each ratio a column ``at <ratio>``, then ``mean`` and its
        ``standard_error`` over networks.

    Raises:
        InfoplaneError: where no ratio is given, or examples differ in number.
    """
    sizes = {ratio: outcomes.seen.shape[1] for ratio, outcomes in by_ratio.items()}
    if not sizes or len(set(sizes.values())) > 1:
        raise InfoplaneError(
            f"by_ratio holds examples {sizes}; give outcomes of one or more ratios on the same "
            "examples."
        )
    values, errors = zip(*(consistency(by_ratio[r]) for r in sorted(by_ratio)), strict=True)
    table = pd.DataFrame({f"at {r:g}": v for r, v in zip(sorted(by_ratio), values, strict=True)})
    table["mean"] = np.mean(values, axis=0)
    table["standard_error"] = np.sqrt(np.square(errors).sum(axis=0)) / len(values)
    return table
