"""Planes of a language model over training: means over layers, and how far they rise and fall."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infoplane.errors import InfoplaneError
from infoplane.names import AFTER, BEFORE

VALUES = {
    "bits": "as estimated",
    "above_null": "above its null",
    "shared": "of n-grams that occur twice or more, as estimated",
}
"""Columns of a plane whose course is followed, in words."""


def course(planes: pd.DataFrame, value: str = "bits") -> pd.DataFrame:
    """Return means over the layers, without the embedding, at each step of training.

    Args:
        planes: tables of ``language_plane``, one below the other, with a column ``step``; also
            ``member`` where there are several networks.
        value: the column that is followed, as ``bits`` or ``above_null``.

    Returns:
        A row for each member, order and step: ``x``, of the tokens before, ``y``, of those after,
        in bits, and ``optimality`` y / x, NaN where x is not above 0.

    Raises:
        InfoplaneError: where the tables are empty, or have no such column.

    Source: Conklin et al. 2026 (arXiv:2604.07569): means over layers, I(Y;T) / I(X;T).
    """
    lacking = [name for name in ("step", "depth", "label", "order", value) if name not in planes]
    if lacking:
        raise InfoplaneError(
            f"the planes have no column {lacking[0]}; give tables of language_plane, each with "
            "its step."
        )
    if planes.empty:
        raise InfoplaneError("the planes have no rows; give what was measured at a step or more.")
    if "member" not in planes:
        planes = planes.assign(member=0)
    rows = planes[planes["depth"] > 0] if planes["depth"].max() > 0 else planes
    means = rows.groupby(["member", "order", "step", "label"])[value].mean().unstack("label")
    means = means.rename(columns={BEFORE: "x", AFTER: "y"}).reset_index()
    return means.assign(optimality=(means["y"] / means["x"]).where(means["x"] > 0))


def phases(planes: pd.DataFrame, value: str = "bits") -> pd.DataFrame:
    """Return how far I(X;T) rises over training, and falls again, by member and order.

    The rise is the largest from one look to a later one: what an untrained network has may be lost
    before. The fall is that from the end of the rise, the peak, to the last look.

    Arguments and errors as of ``course``.

    Returns:
        ``member, order, peak_step``; ``first``, ``peak`` and ``last`` value, ``rise`` and ``fall``,
        in bits; ``first_optimality`` and ``last_optimality``.

    Example:
        >>> rows = [
        ...     {"step": s, "depth": 1, "label": label, "order": 1, "bits": bits}
        ...     for s, bits in enumerate([2.0, 1.0, 3.0, 2.5])
        ...     for label in ("before", "after")
        ... ]
        >>> phases(pd.DataFrame(rows))[["peak_step", "rise", "fall"]].values.tolist()
        [[2.0, 2.0, 0.5]]
    """
    rows = []
    for (member, order), of in course(planes, value).groupby(["member", "order"]):
        x, steps = of["x"].to_numpy(), of["step"].to_numpy()
        lowest = np.minimum.accumulate(x)
        peak = int((x - lowest).argmax())
        rows.append(
            {
                **{"member": member, "order": order, "peak_step": steps[peak]},
                **{"first": x[0], "peak": x[peak], "last": x[-1]},
                **{"rise": x[peak] - lowest[peak], "fall": x[peak] - x[-1]},
                "first_optimality": of["optimality"].iloc[0],
                "last_optimality": of["optimality"].iloc[-1],
            }
        )
    return pd.DataFrame(rows)
