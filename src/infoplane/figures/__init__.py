"""What is shown? Figures, drawn from the tables of a run alone.

Each figure is a pure function of tables and never touches pyplot's state. The numbers it draws can
be asked for without drawing: ``plane_points`` for ``information_plane``, and so on. ``save`` writes
a figure as PNG and SVG, the same bytes each time.
"""

from infoplane.figures.curves import curve_points, draw_curves, information_curves, name_curves
from infoplane.figures.learned_memorized import (
    learned_memorized_plane,
    learned_memorized_planes,
    learned_memorized_points,
)
from infoplane.figures.memorized_curves import memorization_figure, memorized_by_depth
from infoplane.figures.memorizing import memorizing, memorizing_points
from infoplane.figures.plane import information_plane, information_planes, plane_points
from infoplane.figures.plane_drawing import draw_plane, label_layers
from infoplane.figures.style import save
from infoplane.figures.training import training_curves, training_points

__all__ = [
    "curve_points",
    "draw_curves",
    "draw_plane",
    "information_curves",
    "information_plane",
    "information_planes",
    "label_layers",
    "learned_memorized_plane",
    "learned_memorized_planes",
    "learned_memorized_points",
    "memorization_figure",
    "memorized_by_depth",
    "memorizing",
    "memorizing_points",
    "name_curves",
    "plane_points",
    "save",
    "training_curves",
    "training_points",
]
