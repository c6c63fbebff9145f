"""The figures: drawn from any table, written whole, the same bytes each time."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import matplotlib
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from infoplane.figures import (
    information_curves,
    information_plane,
    information_planes,
    memorizing,
    plane_points,
    save,
    training_curves,
)
from infoplane.figures.run import draw_run
from infoplane.names import I_TY_SEEN

Measured = Callable[..., pd.DataFrame]


def texts(figure: Figure) -> list[str]:
    """All that is written in a figure."""
    return [t.get_text() for t in figure.findobj(Text) if isinstance(t, Text) and t.get_visible()]


FIGURES: dict[str, Callable[[pd.DataFrame, pd.DataFrame, pd.DataFrame], Figure]] = {
    "plane": lambda true, random, training: information_plane(true, title="A plane"),
    "planes": lambda true, random, training: information_planes(
        {"true": plane_points(true), "random": plane_points(random, label=I_TY_SEEN)}
    ),
    "curves": lambda true, random, training: information_curves(true, with_input=True),
    "training": lambda true, random, training: training_curves(training, classes=10),
    "memorizing": lambda true, random, training: memorizing(true, random, subtitle="both"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_files_are_whole_and_the_same_each_time(
    name: str, tmp_path: Path, measured: Measured, training_table: pd.DataFrame
) -> None:
    few = {"members": 2, "layers": 4, "epochs": [0, 1, 3, 10, 30, 400]}
    true, random = measured(**few), measured(**few, random_labels=True)
    before = dict(matplotlib.rcParams)
    for folder in ("first", "second"):
        figure = FIGURES[name](true, random, training_table)
        png, svg = save(figure, tmp_path / folder / f"{name}.v1")
    assert dict(matplotlib.rcParams) == before
    assert png.name == f"{name}.v1.png"
    assert sorted(tmp_path.glob("second/*")) == [png, svg]  # nothing unfinished is left
    assert png.read_bytes().startswith(b"\x89PNG")
    for file in (png, svg):
        assert file.read_bytes() == (tmp_path / "first" / file.name).read_bytes()
    assert "<text" in svg.read_text()
    assert not re.search(r"dc:date|\d{4}-\d\d-\d\dT", svg.read_text())


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = Figure()
    png, _ = save(figure, tmp_path / "figure")
    old = png.read_bytes()
    monkeypatch.setattr(figure, "savefig", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save(figure, tmp_path / "figure")
    assert png.read_bytes() == old
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("epochs", "layers"),
    [([7], 1), ([7], 8), ([0, 10, 400], 2), (range(0, 61, 5), 24), ([1000, 1100, 1250], 2)],
)
def test_any_number_of_epochs_and_layers_is_drawn(
    measured: Measured, epochs: list[int], layers: int
) -> None:
    table = measured(members=1, epochs=epochs, layers=layers)
    information_plane(table).draw_without_rendering()
    information_curves(table).draw_without_rendering()


def test_a_plane_says_what_its_marks_mean(true_run: pd.DataFrame) -> None:
    said = texts(information_plane(true_run, title="A plane"))
    assert {"A plane", "I(X;T)  [bits]", "I(T;Y)  [bits]", "epoch", "log₂ n = 12.29"} <= set(said)
    assert {"H(Y) = 3.32", "logits", "layer1–2", "inside its null (p > .05)"} <= set(said)
    assert "train set, n = 5,000 · bins (width 0.5) · mean of 3 networks" in said


def test_a_plane_without_nulls_mentions_none(measured: Measured) -> None:
    table = measured(members=1, epochs=[0, 5])
    table = table.assign(null_mean=float("nan"), p_value=float("nan"), saturated=False)
    assert information_plane(table).legends == []


def test_names_of_layers_do_not_cover_each_other(random_run: pd.DataFrame) -> None:
    figure = information_plane(random_run, label=I_TY_SEEN)
    figure.draw_without_rendering()
    written = [t for t in figure.axes[0].texts if t.get_text()]
    boxes = [Text.get_window_extent(t) for t in written]
    assert len(boxes) == 7  # log2 n, H(Ỹ), layer1–4, layer5, layer6, layer7, logits
    assert not [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]


def test_memorizing_shares_its_axes(true_run: pd.DataFrame, random_run: pd.DataFrame) -> None:
    shorter = random_run[random_run.epoch <= 60]
    a, b, c, d = memorizing(true_run, shorter).axes[:4]
    assert a.get_xlim() == b.get_xlim()
    assert a.get_ylim() == b.get_ylim()
    assert c.get_ylim() == d.get_ylim()
    assert c.get_xlim() == d.get_xlim()
    assert c.get_xscale() == d.get_xscale()
    assert b.get_ylabel() == "I(T;Ỹ)  [bits]"


def test_accuracy_on_true_labels_is_drawn_where_it_differs(training_table: pd.DataFrame) -> None:
    accuracy = training_curves(training_table).axes[1]
    assert len(accuracy.lines) == 4 + 2  # train and corrupted differ, clean and test do not
    same = training_table.assign(true_accuracy=training_table.accuracy)
    assert len(training_curves(same).axes[1].lines) == 4
    assert "on the true labels" not in texts(training_curves(same))


def test_unknown_subsets_are_drawn_as_well(training_table: pd.DataFrame) -> None:
    renamed = training_table.replace({"subset": {"clean": "validation"}})
    assert "validation" in texts(training_curves(renamed))


def test_a_run_is_drawn_into_its_folder(
    tmp_path: Path, measured: Measured, training_table: pd.DataFrame
) -> None:
    measurements = measured(members=1, epochs=[0, 3], layers=2)
    draw_run(tmp_path, measurements=measurements, training=training_table)
    drawn = {file.name for file in (tmp_path / "figures").iterdir()}
    assert {"plane.png", "plane.svg", "information.svg", "training.png"} <= drawn
