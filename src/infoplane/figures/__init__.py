"""What is shown? Figures, drawn from the tables of a run alone.

Each figure is a pure function of tables and never touches pyplot's state. The numbers it draws can
be asked for without drawing: ``plane_points`` for ``information_plane``, and so on. ``save`` writes
a figure as PNG, SVG or PDF, the same bytes each time; ``at_width`` draws at the width of a paper's
column; those of a single panel take ``ax=``, axes of your own.
"""

from infoplane.figures.canaries import canary_figure, canary_points
from infoplane.figures.drawing.layout import at_width
from infoplane.figures.drawing.saving import save
from infoplane.figures.ensembles.agreement import agreement_matrix
from infoplane.figures.ensembles.attacks import attack_roc, in_and_out
from infoplane.figures.ensembles.consistency import consistency_figure, consistency_points
from infoplane.figures.ensembles.long_tail import long_tail
from infoplane.figures.ensembles.memorized import memorization_counts, memorization_histogram
from infoplane.figures.estimator_errors import validation_figure, validation_points
from infoplane.figures.examples.dataset_map import dataset_map, score_histograms
from infoplane.figures.examples.images import image_grid, most_and_least
from infoplane.figures.examples.scores import example_scores
from infoplane.figures.information.by_estimator import estimator_panels
from infoplane.figures.information.curves import (
    curve_points,
    draw_curves,
    information_curves,
    name_curves,
)
from infoplane.figures.information.moments import moment_points, plane_moments
from infoplane.figures.information.plane import information_plane, information_planes, plane_points
from infoplane.figures.information.plane_marks import draw_plane, label_layers
from infoplane.figures.information.resolution import resolution_map, resolution_points
from infoplane.figures.language.courses import (
    language_course,
    language_course_points,
    language_paths,
)
from infoplane.figures.language.decoded import language_decoded
from infoplane.figures.language.learned import language_learned
from infoplane.figures.language.planes import language_planes, language_points
from infoplane.figures.memorization.by_rate import (
    memorization_by_rate,
    memorized_by_depth,
    memorized_index,
)
from infoplane.figures.memorization.curves import learned_curves, memorized_curves, memorized_depth
from infoplane.figures.memorization.label_bits import label_bits_figure, label_bits_points
from infoplane.figures.memorization.localized import (
    layer_profiles,
    second_split_curves,
    second_split_points,
)
from infoplane.figures.memorization.overview import memorization_figure
from infoplane.figures.memorization.plane import (
    learned_memorized_plane,
    learned_memorized_planes,
    learned_memorized_points,
)
from infoplane.figures.memorization.rewound import rewound_matrix, rewound_points
from infoplane.figures.papers.arpit_2017 import real_against_noise
from infoplane.figures.papers.seen_labels import seen_label_points, seen_labels_by_depth
from infoplane.figures.papers.shwartz_ziv_2017 import gradient_phases, gradient_points
from infoplane.figures.papers.true_against_random import memorizing, memorizing_points
from infoplane.figures.papers.zhang_2017 import fitting_figure, loss_points
from infoplane.figures.training import training_curves, training_points

__all__ = [
    "agreement_matrix",
    "at_width",
    "attack_roc",
    "canary_figure",
    "canary_points",
    "consistency_figure",
    "consistency_points",
    "curve_points",
    "dataset_map",
    "draw_curves",
    "draw_plane",
    "estimator_panels",
    "example_scores",
    "fitting_figure",
    "gradient_phases",
    "gradient_points",
    "image_grid",
    "in_and_out",
    "information_curves",
    "information_plane",
    "information_planes",
    "label_bits_figure",
    "label_bits_points",
    "label_layers",
    "language_course",
    "language_course_points",
    "language_decoded",
    "language_learned",
    "language_paths",
    "language_planes",
    "language_points",
    "layer_profiles",
    "learned_curves",
    "learned_memorized_plane",
    "learned_memorized_planes",
    "learned_memorized_points",
    "long_tail",
    "loss_points",
    "memorization_by_rate",
    "memorization_counts",
    "memorization_figure",
    "memorization_histogram",
    "memorized_by_depth",
    "memorized_curves",
    "memorized_depth",
    "memorized_index",
    "memorizing",
    "memorizing_points",
    "moment_points",
    "most_and_least",
    "name_curves",
    "plane_moments",
    "plane_points",
    "real_against_noise",
    "resolution_map",
    "resolution_points",
    "rewound_matrix",
    "rewound_points",
    "save",
    "score_histograms",
    "second_split_curves",
    "second_split_points",
    "seen_label_points",
    "seen_labels_by_depth",
    "training_curves",
    "training_points",
    "validation_figure",
    "validation_points",
]
