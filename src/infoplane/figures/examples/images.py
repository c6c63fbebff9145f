"""Images with captions: the examples that are memorized most, and least."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.fitting import fit_text
from infoplane.figures.examples.scores import direction, example_scores, words
from infoplane.names import TRAIN

INCH = 0.72  # of an image
LEAST = 0.6  # inches: an image and its caption on a narrow page
Images = NDArray[np.floating] | NDArray[np.uint8]


@style.styled
def image_grid(
    images: Images, captions: Sequence[str], *, columns: int = 8, title: str | None = None
) -> Figure:
    """Draw images [n, h, w] (grey) or [n, h, w, 3] with a caption under each.

    Integers are of 0..255. Other values are drawn over the range of all images together, so that
    standardised ones can be given as they are.

    Raises:
        InfoplaneError: for another shape, or another number of captions.
    """
    _check(images, captions)
    columns = layout.side_by_side(min(columns, len(images)), LEAST)
    rows = -(-len(images) // columns)
    figure = layout.new_figure(*_size(rows, columns))
    _fill(list(figure.subplots(rows, columns, squeeze=False).flatten()), _shown(images), captions)
    layout.header(figure, title)
    return figure


@style.styled
def most_and_least(
    examples: pd.DataFrame,
    images: Images,
    score: str = "cumulative_loss",
    *,
    count: int = 16,
    columns: int = 8,
    title: str | None = None,
) -> Figure:
    """Draw the images of the examples that are, by a score, memorized most and least.

    Args:
        examples: the examples table of a run whose examples were followed.
        images: one for each training example, in the order of the table [n, h, w] or [n, h, w, 3].
        score: a column; for ``"aum"``, ``"confidence"`` and ``"correctness"`` the lowest values
            are the most memorized, for any other the highest.
        count: of each.
        columns: images in a row.
        title: written above.

    Raises:
        InfoplaneError: as ``example_scores``; where images are not one for each example.
    """
    table = example_scores(examples, scores=[score])
    named = examples.loc[examples["subset"] == TRAIN, "id"].drop_duplicates()
    if len(images) != len(named):
        raise InfoplaneError(
            f"{len(images)} images were given for {len(named)} training examples; "
            "give one for each, in the order of the examples table."
        )
    place = pd.Series(range(len(named)), index=named.to_numpy())
    ranked = table.loc[(-direction(score) * table[score]).sort_values(kind="stable").index]
    count = min(count, len(ranked))
    columns = layout.side_by_side(min(columns, count), LEAST)
    rows = -(-count // columns)
    width, height = _size(2 * rows, columns)
    figure = layout.new_figure(width, height + 0.25)
    shown = _shown(images)
    parts = list(np.asarray(figure.subfigures(2, 1), dtype=object).flatten())
    ends = {"most": ranked[:count], "least": ranked[::-1][:count]}
    for part, (name, some) in zip(parts, ends.items(), strict=True):
        captions = [_caption(example) for _, example in some.iterrows()]
        cells = list(part.subplots(rows, columns, squeeze=False).flatten())
        _fill(cells, shown[place[some.id].to_numpy()], captions)
        low, high = some[score].min(), some[score].max()
        heading = f"{name} memorized · {words(score)}  {low:.3g} to {high:.3g}"
        title_of_part = part.suptitle(heading, x=0.012, ha="left", size=style.SIZE, weight="bold")
        fit_text(title_of_part, 0.976 * figure.bbox.width)
    layout.header(figure, title)
    return figure


def _caption(example: pd.Series) -> str:
    """The true label and, where it differs, the one seen."""
    seen = f" seen as {example.seen_label}" if example.corrupted else ""
    return f"{example.label}{seen}"


def _fill(cells: list[Axes], images: Images, captions: Sequence[str]) -> None:
    """One image a cell; the cells left over are emptied."""
    for axes in cells[len(images) :]:
        axes.set_axis_off()
    for axes, image, caption in zip(cells, images, captions, strict=False):
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set(visible=True, color=style.FAINT, linewidth=0.5)
        axes.imshow(image, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
        axes.text(
            0.5, -0.04, caption, transform=axes.transAxes, size=style.SMALL, ha="center", va="top"
        )


def _shown(images: Images) -> NDArray[np.float64]:
    """Images between 0 and 1."""
    if np.issubdtype(images.dtype, np.integer):
        return images / 255
    low, high = float(images.min()), float(images.max())
    return np.asarray((images - low) / (high - low or 1.0), dtype=np.float64)


def _size(rows: int, columns: int) -> tuple[float, float]:
    """The size of a figure of so many images, with captions."""
    return 0.3 + INCH * columns, 0.3 + (INCH + 0.2) * rows


def _check(images: Images, captions: Sequence[str]) -> None:
    """Raise for what is no list of images with captions."""
    if len(images) == 0 or not (images.ndim == 3 or (images.ndim == 4 and images.shape[-1] == 3)):
        raise InfoplaneError(
            f"images have the shape {list(images.shape)}; give [n, h, w] or [n, h, w, 3], n ≥ 1."
        )
    if len(captions) != len(images):
        raise InfoplaneError(
            f"{len(captions)} captions were given for {len(images)} images; give one for each."
        )
