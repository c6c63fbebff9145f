"""The colours of the figures, on a dark page."""

from __future__ import annotations

from matplotlib.colors import to_hex, to_rgb

DARK = "#14171c"  # the dark page, as in page.css
CONTRAST = 4.5  # with it; WCAG asks 3 of marks and 4.5 of small text


def on_both(colour: str) -> dict[str, str]:
    """Return a colour of the figures on the light and on the dark page."""
    return {"light": colour, "dark": on_dark(colour)}


def on_dark(colour: str) -> str:
    """Return a colour mixed with as little white as is needed to be seen on the dark page."""
    rgb, white = to_rgb(colour), 0.0
    while contrast(_mixed(rgb, white), to_rgb(DARK)) < CONTRAST:
        white += 0.05
    return to_hex(_mixed(rgb, white))


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the contrast of two colours, 1 to 21.

    Source: WCAG 2.2, "contrast ratio" and "relative luminance".
    """
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(rgb: tuple[float, ...]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _mixed(rgb: tuple[float, ...], white: float) -> tuple[float, float, float]:
    r, g, b = (c + (1 - c) * min(white, 1.0) for c in rgb)
    return r, g, b
