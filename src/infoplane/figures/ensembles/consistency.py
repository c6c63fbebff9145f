"""The C-score of examples: how many have which, by the share that networks were trained on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import style
from infoplane.figures.drawing.frame import Frame

AT = "at "  # before the ratio, in the names of columns
LIGHTEST, DARKEST = 0.75, 0.25  # greys of the lowest and the highest ratio


def consistency_points(scores: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn: the share of examples with at most a score, at each value of it.

    Args:
        scores: a row an example, a column ``at RATIO`` for each ratio, and their ``mean``.

    Returns:
        Columns ``of`` (the column of the table), ``score``, ``share``: a step at each score.

    Raises:
        InfoplaneError: where the table has no example, no ratio, or no mean.
    """
    ratios = [name for name in scores if str(name).startswith(AT)]
    if scores.empty or not ratios or "mean" not in scores:
        raise InfoplaneError(
            f"the table of C-scores has {len(scores)} rows and the columns "
            f"{', '.join(map(str, scores)) or 'none'}; give one row or more, a column 'at RATIO' "
            "for each ratio, and 'mean'."
        )
    parts = []
    for name in [*ratios, "mean"]:
        values, counts = np.unique(scores[name].dropna(), return_counts=True)
        shares = counts.cumsum() / counts.sum()
        parts.append(pd.DataFrame({"of": name, "score": values, "share": shares}))
    return pd.concat(parts, ignore_index=True)


@style.styled
def consistency_figure(
    scores: pd.DataFrame, *, title: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw which share of the examples is right unseen at most so often, on a log axis of shares.

    The thick line is the C-score, the mean over ratios; thin ones are single ratios, the lightest
    the smallest subsets. The lower a line lies, the fewer examples are hard.

    Args:
        scores: as ``consistency_points`` takes them, which gives the numbers drawn.
        title: written above.
        ax: axes of your own.

    Raises:
        InfoplaneError: as ``consistency_points``.
    """
    points = consistency_points(scores)
    frame = Frame.of(ax, style.COLUMN_WIDTH, 3.2)
    axes = frame.axes
    names = [name for name in points["of"].unique() if name != "mean"]
    greys = np.linspace(LIGHTEST, DARKEST, len(names))
    looks = {name: (f"{grey:.2f}", 0.8) for name, grey in zip(names, greys, strict=True)}
    looks["mean"] = (style.INK, 1.8)
    for name, (colour, width) in looks.items():
        line = points[points["of"] == name]
        axes.step(line["score"], line["share"], where="post", color=colour, linewidth=width)
    axes.set_yscale("log")
    axes.set_ylim(0.5 / len(scores), 1.2)
    axes.set_xlim(0, 1)
    axes.set_xlabel("right unseen, share of networks")
    axes.set_ylabel("share of examples with at most that")
    mean = scores["mean"]
    frame.header(
        title,
        f"{len(scores):,} examples · mean {mean.mean():.3f}, median {mean.median():.3f}; "
        f"{(mean < 0.25).mean():.2%} below .25",
    )
    shown = [names[0], names[-1]] if len(names) > 1 else names
    entries = [(Line2D([], [], color=looks[n][0], linewidth=looks[n][1]), n) for n in shown]
    mark = Line2D([], [], color=style.INK, linewidth=looks["mean"][1])
    frame.legend([(mark, "C-score: mean"), *entries], columns=3)
    return frame.figure
