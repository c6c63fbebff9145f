"""The epoch as a colour and as an axis: in log(1 + epoch) where training is long, so 0 is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import FuncNorm, Normalize
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from infoplane.figures.drawing import style
from infoplane.figures.drawing.layout import pixels_per_point

LOG_SPAN = 100  # epochs: a longer training is drawn in log(1 + epoch)
MOST_TICKS = 8
LETTER = 0.024  # of the width of usual axes: a digit


def stretch(epoch: ArrayLike) -> NDArray[np.float64] | np.float64:
    """Return log(1 + epoch), odd around 0 so that a margin left of epoch 0 is finite."""
    epoch = np.asarray(epoch, dtype=np.float64)
    return np.sign(epoch) * np.log1p(np.abs(epoch))


def unstretch(value: ArrayLike) -> NDArray[np.float64] | np.float64:
    """Return the epoch of a stretched value."""
    value = np.asarray(value, dtype=np.float64)
    return np.sign(value) * np.expm1(np.abs(value))


def is_long(epochs: Iterable[int], *, log_span: int = LOG_SPAN) -> bool:
    """Say whether these epochs are drawn in log(1 + epoch): a long span, and over a decade."""
    first, last = _ends(epochs)
    return last - first > log_span and 1 + last > 10 * (1 + first)


def epoch_norm(epochs: Iterable[int], *, log_span: int = LOG_SPAN) -> Normalize:
    """Return the norm that colours these epochs."""
    epochs = list(epochs)
    first, last = _ends(epochs)
    if is_long(epochs, log_span=log_span):
        return FuncNorm((stretch, unstretch), first, last)
    return Normalize(first, last)


def epoch_ticks(
    epochs: Iterable[int], *, gap: float = 0.07, letter: float = LETTER, log_span: int = LOG_SPAN
) -> list[int]:
    """Return the epochs to write beside an axis: the first, the last, and round ones between.

    Args:
        epochs: the epochs drawn.
        gap: the least distance of two ticks, as a share of the axis.
        letter: the width of a digit, as a share of the axis; 0 where the axis is upright.
        log_span: a longer span of epochs is drawn in log(1 + epoch).
    """
    epochs = sorted(set(epochs))
    first, last = _ends(epochs)
    norm = epoch_norm(epochs, log_span=log_span)

    def apart(one: int, other: int) -> bool:
        letters = letter * ((len(f"{one:,}") + len(f"{other:,}")) / 2 + 1)
        return float(norm(other)) - float(norm(one)) >= max(gap, letters)

    def spaced(ticks: Sequence[int]) -> bool:
        return all(apart(one, other) for one, other in pairwise(ticks))

    if len(epochs) <= 6 and spaced(epochs):
        return epochs
    if not is_long(epochs, log_span=log_span):
        ticks = MaxNLocator(nbins=6, integer=True).tick_values(first, last)
        return [int(tick) for tick in ticks if first <= tick <= last]
    ticks = [first, last]
    for steps in ((1, 2, 5), (1, 3), (1,)):
        inner = [t for t in _round_epochs(steps, last) if apart(first, t) and apart(t, last)]
        ticks = [first, *inner, last]
        if spaced(ticks) and len(ticks) <= MOST_TICKS:
            break
    return ticks


def epoch_axis(
    axes: Axes,
    epochs: Iterable[int | np.integer],
    *,
    log_span: int = LOG_SPAN,
    name: str = "epoch",
) -> None:
    """Make the x axis of these axes the epoch, or what else counts training."""
    epochs = [int(epoch) for epoch in epochs]
    first, last = _ends(epochs)
    long = is_long(epochs, log_span=log_span)
    if long:
        axes.set_xscale("function", functions=(stretch, unstretch))
    forward, back = (stretch, unstretch) if long else (np.asarray, np.asarray)
    low, high = float(forward(first)), float(forward(last))
    margin = 0.015 * (high - low) or 0.5
    axes.set_xlim(float(back(low - margin)), float(back(high + margin)))
    ticks = epoch_ticks(epochs, letter=_letter(axes), log_span=log_span)
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel(name)


def epoch_bar(
    axes: Sequence[Axes],
    norm: Normalize,
    epochs: Iterable[int],
    *,
    log_span: int = LOG_SPAN,
    above: bool = False,
    name: str = "epoch",
) -> None:
    """Draw the colour bar of the epoch beside these axes, or above; one epoch alone needs none."""
    epochs = list(epochs)
    first, last = _ends(epochs)
    if first == last:
        return
    mappable = ScalarMappable(norm, style.EPOCHS)
    figure = axes[0].figure
    bar: Colorbar = figure.colorbar(
        mappable, ax=list(axes), aspect=32, pad=0.03 if above else 0.015, fraction=0.05,
        location="top" if above else "right",
    )  # fmt: skip
    letter = _letter(axes[0]) if above else 0
    ticks = epoch_ticks(epochs, gap=0.05, letter=letter, log_span=log_span)
    bar.set_ticks(ticks, labels=[f"{tick:,}" for tick in ticks])
    bar.minorticks_off()
    if above:
        bar.set_label(name, size=style.SMALL)
    else:
        bar.ax.annotate(  # not a title, whose width the layout would forget
            name, (0, 1), xycoords="axes fraction", xytext=(0, 5), textcoords="offset points",
            size=style.SMALL,
        )  # fmt: skip
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    if bar.solids is not None:
        bar.solids.set_edgecolor("face")  # or viewers of the SVG show hairlines


def _letter(axes: Axes) -> float:
    """The width of a digit as a share of these axes, which the layout will make a little less."""
    points = 0.85 * axes.get_window_extent().width / pixels_per_point(axes)
    return float(max(LETTER, 0.64 * style.SMALL / points))


def _ends(epochs: Iterable[int]) -> tuple[int, int]:
    """The first and the last epoch."""
    epochs = list(epochs)
    return int(min(epochs)), int(max(epochs))


def _round_epochs(steps: Sequence[int], last: int) -> list[int]:
    """1, 2, 5, 10, 20, … (with these steps) up to the last epoch."""
    decades = range(len(str(last)))
    return [step * 10**decade for decade in decades for step in steps if step * 10**decade < last]
