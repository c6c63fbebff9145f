"""
8. How to read each figure
==========================

One small run, and every figure it draws. (Real ones have more images and networks. Each function takes a table and
returns a Matplotlib figure; each has its numbers without drawing.)
"""

# %%
# The run: 500 digits, 40 % of the labels drawn anew.

import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import infoplane
from infoplane import figures

folder = Path(tempfile.mkdtemp())
digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.target))
x, y = digits.images[order] / 16, digits.target[order]
np.savez(
    folder / "digits.npz", x_train=x[:500], y_train=y[:500], x_test=x[500:1000], y_test=y[500:1000]
)

run = infoplane.run(
    infoplane.RunConfig(
        data=infoplane.DataConfig(
            "halves", root=str(folder / "digits.npz"), labels="resampled", rate=0.4
        ),
        network=infoplane.NetworkConfig(widths=(64, 16, 8), activation="tanh"),
        training=infoplane.TrainingConfig(epochs=40, batch_size=50, learning_rate=3e-3),
        memorization=infoplane.MemorizationConfig(
            decoder="linear", looks=4, permutations=5, examples="always"
        ),
    ),
    out=folder / "run",
)

# %%
# The information plane
# ---------------------
# To the right, what the layer keeps of the images at this resolution; upwards, what it says of the true label; the short
# bar below a point is its null. One line
# a layer, from dark (first epoch) to bright (last). The grey edge on the right is the wall, log2 n. **Filled**: outside
# its null. **Hollow**: shuffled labels give as much. **Diamond**: saturated. Look first at what is hollow or on the
# wall, and take it out of your thoughts.

figure = figures.information_plane(run.measurements)

# %%
# Courses
# -------
# The same values against the epoch, layer by layer. What is drawn as its null is what shuffled labels give: the distance counts.

figure = figures.information_curves(run.measurements)

# %%
# The learned–memorized plane
# ---------------------------
# :doc:`Page 5 <plot_5_learned_memorized>`. Right: learned. Up: memorized. The grey edges: all there is of both.

figure = figures.learned_memorized_plane(run.measurements)

# %%
# Training
# --------
# Loss and accuracy, of the seen labels (what training asks for) and of the true ones (what you want). Where the seen
# accuracy goes on rising while the true one falls, the network is memorizing.

figure = figures.training_curves(run.training)

# %%
# The dataset map
# ---------------
# One dot an example. To the right, how much the network's confidence in the seen label varied in training; upwards, how
# confident it was on the whole. Wrong labels come up late: they lie at the bottom, and are marked.

figure = figures.dataset_map(run.examples)
