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
from infoplane.memorization.ensembles.outcomes import Outcomes


def consistency(outcomes: Outcomes) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Return the share of networks that are right of those that did not see an example, and errors.

    NaN where all networks saw it. Standard errors are over networks, √(C(1 - C) / (K_out - 1)), NaN
    of a single one.
    """
    unseen = (~outcomes.seen).sum(axis=0)
    right = (outcomes.correct & ~outcomes.seen).sum(axis=0)
    share = np.divide(right, unseen, out=np.full(len(unseen), np.nan), where=unseen > 0)
    variance = share * (1 - share)
    spread = np.divide(variance, unseen - 1, out=np.full(len(unseen), np.nan), where=unseen > 1)
    return share, np.sqrt(spread)


def c_scores(by_ratio: Mapping[float, Outcomes]) -> pd.DataFrame:
    """Return the consistency of each example at each ratio, and averaged over them.

    At high ratios few networks are without an example, and all of a small ensemble may have seen
    it. It is NaN at that ratio; in the mean the next lower ratio stands for it, which leaves the
    mean a little too low rather than without what is easiest.

    Args:
        by_ratio: outcomes of the same training examples, by the share of them in a subset. The
            paper averages over .1 to .9; of fewer ratios the mean is that of those given.

    Returns:
        A row an example; for each ratio a column ``at <ratio>``, then ``mean`` and its
        ``standard_error`` over networks (of the ratios that have one).

    Raises:
        InfoplaneError: where no ratio is given, examples differ in number, or all networks saw an
            example at the lowest ratio.
    """
    sizes = {ratio: outcomes.seen.shape[1] for ratio, outcomes in by_ratio.items()}
    if not sizes or len(set(sizes.values())) > 1:
        raise InfoplaneError(
            f"by_ratio holds examples {sizes}; give outcomes of one or more ratios on the same "
            "examples."
        )
    ratios = sorted(by_ratio)
    values, errors = zip(*(consistency(by_ratio[ratio]) for ratio in ratios), strict=True)
    table = pd.DataFrame({f"at {r:g}": v for r, v in zip(ratios, values, strict=True)})
    filled = table.ffill(axis=1)
    alone = int(filled.isna().any(axis=1).sum())
    if alone:
        raise InfoplaneError(
            f"{alone} of {len(table)} examples were seen by all {by_ratio[ratios[0]].networks} "
            f"networks at ratio {ratios[0]:g}, the lowest; train more networks, or drop them."
        )
    table["mean"] = filled.mean(axis=1)
    table["standard_error"] = np.sqrt(np.nansum(np.square(errors), axis=0)) / len(values)
    return table
