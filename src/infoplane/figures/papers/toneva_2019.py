"""How often examples are forgotten: the share of them by number of forgetting events."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style

MOST = 20  # events of one bar each; what is above is drawn in the last


def forgetting_shares(events: pd.DataFrame) -> pd.DataFrame:
    """Return the share of examples by number of forgetting events, mean and range over networks.

    Args:
        events: a row an example, a column a network; NaN where it was never right, which is counted
            under no number.

    Raises:
        InfoplaneError: where there is no example.
    """
    if events.empty:
        raise InfoplaneError("there are no forgetting events to draw; give one example or more.")
    counts = events.clip(upper=MOST)
    by_number = np.stack([(counts == e).mean().to_numpy() for e in range(MOST + 1)])  # [e, k]
    return pd.DataFrame(
        {
            **{"events": np.arange(MOST + 1), "share": by_number.mean(axis=1)},
            **{"least": by_number.min(axis=1), "most": by_number.max(axis=1)},
        }
    )


@style.styled
def forgetting_histogram(panels: Mapping[str, pd.DataFrame], *, title: str | None = None) -> Figure:
    """Draw the share of examples by how often they were forgotten, a panel for each data set.

    The logarithmic axis shows the tail; bars are means over networks, lines their range.

    Args:
        panels: forgetting events by the title of each panel, as ``forgetting_shares`` takes them.
        title: written above.

    Raises:
        InfoplaneError: where a panel has no example.
    """
    figure, grid, _ = layout.panels(len(panels), 2, cell=(3.2, 2.4), around=(0.3, 0.8))
    for axes, (name, events) in zip(grid, panels.items(), strict=True):
        shares = forgetting_shares(events)
        drawn = shares[shares["share"] > 0]
        errors = (drawn["share"] - drawn["least"], drawn["most"] - drawn["share"])
        axes.bar(
            drawn["events"], drawn["share"], width=0.8, color=style.INK, yerr=errors,
            error_kw={"linewidth": 0.7, "ecolor": style.MUTED},
        )  # fmt: skip
        axes.set_yscale("log")
        axes.set_ylim(0.3 / len(events), 1)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        layout.panel_title(axes, f"{name}: {shares['share'].iloc[0]:.1%} never forgotten")
        axes.set_xlabel("forgetting events")
        axes.set_ylabel("share of examples")
    layout.header(
        figure, title, f"Mean and range over networks; {MOST} stands for {MOST} and more."
    )
    layout.settle(figure)
    return figure
