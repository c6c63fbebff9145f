"""The long tail: examples that are memorized, each with the test images that it helps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.selection import check_table

COLUMNS = ("train", "test", "memorization", "influence")
CELL, CAPTION, NAMES = 0.72, 0.2, 0.3  # inches: an image, what is below it, and around them all
Images = NDArray[np.floating] | NDArray[np.uint8]


@style.styled
def long_tail(
    pairs: pd.DataFrame,
    train: Images,
    test: Images,
    labels: tuple[NDArray[np.integer], NDArray[np.integer]],
    *,
    rows: int = 6,
    helped: int = 5,
    title: str | None = None,
) -> Figure:
    """Draw memorized training images, each with the test images that it helps most.

    Args:
        pairs: ``train`` and ``test`` (positions), ``memorization`` and ``influence``: the pairs of
            ``influential_pairs``.
        train: images of all training examples [n, h, w] or [n, h, w, 3], in [0, 1].
        test: those of the test examples.
        labels: of both.
        rows: training images, those of the largest influence.
        helped: test images beside each, at most.
        title: written above.

    Raises:
        InfoplaneError: where there is no pair, or a column or an image is missing.
    """
    check_table(pairs, COLUMNS, "pairs")
    if pairs["train"].max() >= len(train) or pairs["test"].max() >= len(test):
        raise InfoplaneError(
            f"pairs name examples up to {pairs['train'].max()} and {pairs['test'].max()}, and "
            f"{len(train)} and {len(test)} images were given; give those of all examples."
        )
    best = pairs.groupby("train")["influence"].max().nlargest(rows).index
    wide = 1 + min(helped, int(pairs[pairs["train"].isin(best)].groupby("train").size().max()))
    wide = layout.side_by_side(wide, CELL)
    size = NAMES + CELL * max(wide, 4), NAMES + 0.25 + (CELL + CAPTION) * len(best)
    figure = layout.new_figure(*size)
    grid = figure.subplots(len(best), wide, squeeze=False)
    for cells, example in zip(grid, best, strict=True):
        of_one = pairs[pairs["train"] == example].nlargest(wide - 1, "influence")
        memorized = of_one["memorization"].iloc[0]
        shown = [(train[example], f"{labels[0][example]} · mem {memorized:.2f}")]
        shown += [
            (test[row.test], f"{labels[1][row.test]} · {row.influence:+.2f}")
            for row in of_one.itertuples()
        ]
        for axes in cells[len(shown) :]:
            axes.set_axis_off()
        for i, (axes, (image, caption)) in enumerate(zip(cells, shown, strict=False)):
            axes.set_xticks([])
            axes.set_yticks([])
            colour = style.INK if i == 0 else style.FAINT
            axes.spines[:].set(visible=True, color=colour, linewidth=1.2 if i == 0 else 0.5)
            axes.imshow(image, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
            axes.set_xlabel(caption, size=style.SMALL, labelpad=2)
    layout.header(
        figure, title, "framed: a memorized training image · beside it: test images it helps"
    )
    return figure
