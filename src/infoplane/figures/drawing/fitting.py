"""Words that are longer than the place they have: broken into lines, or turned."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text

PARTS = " · "
LONGER = 1.12  # than its axis: so far a label may stand out at both ends
TITLE_LONGER = 1.3
TURNED = 40  # degrees, of names along an axis that would cover each other


def fit_text(text: Text, width: float) -> int:
    """Break a text between its parts, or else its words, until it is no wider than so many pixels.

    Returns:
        How many lines it has then.
    """
    lines: list[str] = []
    for line in text.get_text().split("\n"):
        for part in _broken(text, line, PARTS, width):
            lines += _broken(text, part, " ", width)
    text.set_text("\n".join(lines))
    return len(lines)


def fit_labels(figure: Figure) -> bool:
    """Break labels and titles that are longer than their axes, and turn names that collide.

    Returns:
        Whether anything had to be, so that the figure has to be laid out again.
    """
    changed = False
    for axes in figure.axes:
        box = axes.get_window_extent()
        if not axes.axison or not box.width or not box.height:
            continue
        changed |= _fit(axes.yaxis.label, box.height * LONGER, upright=True)
        changed |= _fit(axes.xaxis.label, box.width * LONGER)
        changed |= _fit(_left_title(axes), box.width * TITLE_LONGER)
        changed |= _turn(axes.xaxis)
    return changed


def _fit(text: Text, length: float, *, upright: bool = False) -> bool:
    """Break a text once, nearest to its middle, where it is longer than so many pixels."""
    words = text.get_text()
    box = text.get_window_extent()
    if "\n" in words or " " not in words or (box.height if upright else box.width) <= length:
        return False
    places = [i for i, letter in enumerate(words) if letter == " "]
    middle = min(places, key=lambda i: abs(i - len(words) / 2))
    text.set_text(f"{words[:middle].rstrip()}\n{words[middle:].lstrip()}")
    return True


def _turn(axis: Axis) -> bool:
    """Turn the names along an axis where two of them touch."""
    shown = [label for label in axis.get_ticklabels() if label.get_text() and label.get_visible()]
    if any(label.get_rotation() for label in shown):
        return False
    boxes = sorted((label.get_window_extent() for label in shown), key=lambda box: box.x0)
    if all(one.x1 <= other.x0 for one, other in pairwise(boxes)):
        return False
    for label in shown:
        label.set(rotation=TURNED, ha="right", rotation_mode="anchor")
    return True


def _left_title(axes: Axes) -> Text:
    artist: Any = axes
    return artist._left_title  # Matplotlib gives its text, not the artist


def _broken(text: Text, line: str, between: str, width: float) -> list[str]:
    """A line as several, each as long as fits."""
    lines: list[str] = []
    for part in line.split(between):
        longer = f"{lines[-1]}{between}{part}" if lines else part
        if lines and _width(text, longer) > width:
            lines.append(part)
        else:
            lines[-1:] = [longer]
    return lines


def _width(text: Text, line: str) -> float:
    """How wide a line would be, in pixels."""
    before = text.get_text()
    text.set_text(line)
    width = text.get_window_extent().width
    text.set_text(before)
    return width
