"""The parts of figures: the epoch's axis, names of layers, and what the folder imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import infoplane.figures
from infoplane.figures.drawing.epochs import epoch_norm, epoch_ticks, is_long, stretch, unstretch
from infoplane.figures.drawing.layer_names import merged_name, together
from infoplane.figures.drawing.style import EPOCHS, LAYERS, layer_colours


@pytest.mark.parametrize(
    ("epochs", "ticks"),
    [
        (range(401), [0, 1, 3, 10, 30, 100, 400]),
        (range(10_001), [0, 1, 10, 100, 1000, 10_000]),
        ([0, 10, 400], [0, 10, 400]),
        (range(61), [0, 10, 20, 30, 40, 50, 60]),
        ([7], [7]),
    ],
)
def test_ticks_begin_and_end_with_the_epochs(epochs: Sequence[int], ticks: list[int]) -> None:
    assert epoch_ticks(epochs) == ticks


@pytest.mark.parametrize("last", [101, 137, 250, 999, 1001, 5000, 123_456])
def test_ticks_keep_their_distance(last: int) -> None:
    ticks = epoch_ticks(range(last + 1), gap=0.08, letter=0)
    places = np.array([float(epoch_norm([0, last])(tick)) for tick in ticks])
    assert (places[0], places[-1]) == (0.0, 1.0)
    assert np.diff(places).min() >= 0.08
    assert len(ticks) >= 5


def test_long_training_is_drawn_in_log() -> None:
    assert is_long([0, 101])
    assert not is_long([0, 100])
    assert not is_long([1000, 1200])  # log(1 + epoch) would be straight there
    epochs = np.array([-0.5, 0.0, 1.0, 400.0])
    np.testing.assert_allclose(unstretch(stretch(epochs)), epochs)


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (["logits"], "logits"),
        (["input", "layer1", "layer2", "layer3"], "input, layer1–3"),
        (["layer1", "layer3", "logits"], "layer1, layer3, logits"),
        (["layer9", "layer10"], "layer9–10"),
        (["features.0", "features.1", "classifier.2"], "features.0–1, classifier.2"),
        (["conv1", "fc2"], "conv1, fc2"),
    ],
)
def test_layers_that_lie_together_share_a_name(names: list[str], name: str) -> None:
    assert merged_name(names) == name


def test_together_groups_by_distance() -> None:
    places = np.array([[0.0, 0.0], [5.0, 0.0], [0.5, 0.5]])
    assert together(places, 2.0) == [[0, 2], [1]]
    assert together(places, 2.0, neighbours=True) == [[0], [1], [2]]


@pytest.mark.parametrize("palette", [EPOCHS, LAYERS])
def test_palettes_rise_in_lightness(palette) -> None:
    red, green, blue, _ = palette(np.linspace(0, 1, 9)).T
    luminance = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    assert (np.diff(luminance) > 0).all()
    assert luminance[-1] < 0.55  # still seen on white


def test_every_layer_has_its_colour() -> None:
    colours = layer_colours([0, 1, 2, 5])
    assert len(set(colours.values())) == 4
    assert layer_colours([3])[3]


def test_figures_import_neither_torch_nor_pyplot() -> None:
    check = (
        "import sys, infoplane.figures, infoplane.figures.run; "
        "print([m for m in ('torch', 'matplotlib.pyplot') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_figures_import_nothing_of_infoplane_but_its_words() -> None:
    allowed = tuple(
        f"infoplane.{part}"
        for part in ("figures", "tables", "language_tables", "names", "scores", "errors", "visible")
    )
    for file in Path(infoplane.figures.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("infoplane"):
                assert (node.module or "").startswith(allowed), f"{file.name}: {node.module}"
