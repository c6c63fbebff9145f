"""Figures at the width of a paper's column: nothing is cut off, covered or too small to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from every_figure import BINS, DECODED, EVERY, NOISY
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import BboxBase

from infoplane.errors import InfoplaneError
from infoplane.figures import at_width, information_plane, save
from infoplane.figures.drawing.layout import COLUMN, PAGE, TEXT
from infoplane.figures.drawing.saving import laid_out_once
from infoplane.figures.drawing.style import layer_colours, one_colour_a_layer
from infoplane.figures.information.curves import information_curves
from infoplane.figures.run import run_figures

ALWAYS = (  # the others as trials: each takes a second
    *("information_plane", "learned_memorized_plane", "memorization_figure"),
    *("information_curves", "score_histograms", "fitting_figure"),
)
OTHERS = [name for name in EVERY if name not in (*ALWAYS, "validation_figure")]
WIDE = ("memorizing", "memorization_figure", "real_against_noise", "resolution_map")
CASES = [
    *((name, COLUMN) for name in ALWAYS),
    *(pytest.param(name, COLUMN, marks=pytest.mark.trials) for name in OTHERS),
    *(pytest.param(name, TEXT, marks=pytest.mark.trials) for name in WIDE),
]


def boxes(figure: Figure) -> Iterator[tuple[str, BboxBase]]:
    """What is to be seen of a figure, in pixels: all panels with their numbers, and all words."""
    for part in (figure, *figure.subfigs):
        for text in part.texts:
            yield text.get_text(), text.get_window_extent()
    for axes in figure.axes:
        if axes.axison:
            panel = axes.get_tightbbox()
            assert panel is not None
            yield f"panel {axes.get_title('left')}", panel
            for text in axes.texts:
                yield text.get_text(), text.get_window_extent()
    for legend in figure.legends:
        yield "legend", legend.get_window_extent()


def too_small(figure: Figure) -> list[str]:
    """The words in letters of less than 6.5 points."""
    small = [text for text in figure.findobj(Text) if text.get_fontsize() < 6.5]
    return [text.get_text() for text in small if text.get_text()]


@pytest.mark.parametrize(("name", "inches"), CASES)
def test_every_word_is_inside_and_large_enough(name: str, inches: float) -> None:
    with at_width(inches):
        figure = EVERY[name]()
    assert figure.get_size_inches()[0] == pytest.approx(inches)
    assert figure.get_size_inches()[1] <= PAGE
    with laid_out_once(figure):
        figure.draw_without_rendering()
        page = figure.bbox
        for what, box in boxes(figure):
            out = max(page.x0 - box.x0, box.x1 - page.x1, page.y0 - box.y0, box.y1 - page.y1)
            assert out <= 1.0, (what, box)
        panels = [axes.get_window_extent() for axes in figure.axes]
        for legend in figure.legends:
            assert not any(legend.get_window_extent().overlaps(panel) for panel in panels)
        assert not any(one.overlaps(other) for one, other in combinations(panels, 2))
        assert too_small(figure) == []


@pytest.mark.parametrize("inches", [1.0, 30.0])
def test_no_width_of_paper(inches: float) -> None:
    refused = pytest.raises(InfoplaneError, match=rf"width is {inches:g} inches; give 2\.5 to 20")
    with refused, at_width(inches):
        pytest.fail("it was taken")


def test_the_width_holds_only_within() -> None:
    before = information_plane(BINS).get_size_inches()
    with pytest.raises(ZeroDivisionError), at_width(COLUMN):
        raise ZeroDivisionError
    assert list(information_plane(BINS).get_size_inches()) == list(before)


def test_fonts_are_embedded_and_the_file_is_the_same_each_time(tmp_path: Path) -> None:
    with at_width(COLUMN):
        files = [
            save(EVERY["learned_memorized_plane"](), tmp_path / str(i), formats=("pdf", "svg"))
            for i in range(2)
        ]
    (pdf, svg), (again, svg_again) = files
    assert pdf.read_bytes() == again.read_bytes()
    assert svg.read_bytes() == svg_again.read_bytes()
    assert b"/FontFile2" in pdf.read_bytes()
    assert b"/Type3" not in pdf.read_bytes()
    assert not re.search(rb"CreationDate|Producer", pdf.read_bytes())


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InfoplaneError, match=r"no format 'bmp'; give one of pdf, svg, png"):
        save(Figure(), tmp_path / "figure", formats=("pdf", "bmp"))
    assert not list(tmp_path.iterdir())


def test_a_layer_has_one_colour_in_all_figures_of_a_run() -> None:
    late = BINS[(BINS["depth"] == 0) | (BINS["depth"] > 3)]
    colours = layer_colours(set(BINS["depth"]))
    with one_colour_a_layer(BINS["depth"]):
        figure = information_curves(late, quantities=("I(X;T)",))
    drawn = {line.get_color() for line in figure.axes[0].lines} & set(colours.values())
    assert drawn == {colours[depth] for depth in set(late["depth"]) if depth}
    assert layer_colours([4, 5])[4] != colours[4]  # and outside it is of the layers drawn alone


def test_a_run_has_the_figures_of_what_it_measured() -> None:
    from typical_tables import training

    assert set(run_figures(NOISY, training())) == {"plane", "information", "training"}
    decoded = run_figures(DECODED, training()[:0])
    assert set(decoded) == {"plane", "memorization"}
    assert decoded["plane"]().axes[0].get_xlabel().startswith("learned")
