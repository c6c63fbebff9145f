"""Figures of infoplane on the pages of the gallery, which by itself finds those of pyplot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst

SHOWN = "_shown_on_page"


def scrape(block: tuple[Any, ...], block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save the figure that a block calls ``figure``, once, and return what shows it."""
    figure = block_vars["example_globals"].get("figure")
    known = {id(plt.figure(number)) for number in plt.get_fignums()}
    if not isinstance(figure, Figure) or id(figure) in known or hasattr(figure, SHOWN):
        return ""
    if "figure = " not in block[1]:
        return ""
    setattr(figure, SHOWN, True)
    path = Path(next(block_vars["image_path_iterator"]))
    figure.savefig(path, dpi=160)
    return figure_rst([str(path)], gallery_conf["src_dir"])
