"""Words longer than their place: broken into lines, or turned."""

from __future__ import annotations

from matplotlib.figure import Figure

from infoplane.figures.drawing.fitting import fit_labels, fit_text


def test_names_that_would_cover_each_other_are_turned_and_labels_broken() -> None:
    figure = Figure(figsize=(2, 1.5))
    axes = figure.subplots()
    axes.set_xticks(range(8), [f"layer{i}" for i in range(8)])
    axes.set_ylabel("a label that is longer than its axis")
    assert fit_labels(figure)
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {40.0}
    assert axes.get_ylabel() == "a label that is\nlonger than its axis"
    assert not fit_labels(figure)


def test_a_line_is_broken_between_its_parts() -> None:
    figure = Figure(figsize=(2, 1))
    text = figure.text(0, 0, "n = 5,000 examples · mean of 3 networks · bins")
    assert fit_text(text, 200) == len(text.get_text().split("\n")) > 1
    assert text.get_window_extent().width <= 200
