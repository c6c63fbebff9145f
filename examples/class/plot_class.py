"""
What does a network memorize? A class of 45 minutes
===================================================

Four exercises, each with an answer that you should not open before you have one of your own. It needs infoplane
alone (``pip install .`` in its folder, Jupyter beside it), downloads nothing, and takes a minute to compute.
"""

# %%
# Exercise 1 (7 minutes): how many bits has a layer?
# --------------------------------------------------
# Four units, 500 samples. The entropy of the layer depends on the width of the bins. **Before you run it**: which is
# the most it can be, and at which widths will it be that?

import numpy as np

import infoplane

rng = np.random.default_rng(0)
layer = np.tanh(rng.normal(size=(500, 4)))
for width in (0.02, 0.1, 0.5, 1.0, 2.0):
    print(f"width {width:4}: {infoplane.entropy(layer, bin_width=width):5.2f} bits")

# %%
# .. admonition:: Answer
#    :class: dropdown
#
#    At most :math:`\log_2 500 = 8.97` bits: every sample in a cell of its own. At fine widths it is just that, and says
#    "500 samples" and nothing of the layer. Of a *deterministic* layer this entropy is I(X;T) at that resolution.
#
# Exercise 2 (7 minutes): dice that know the label
# ------------------------------------------------
# The labels are dice. What do you expect of I(T;Y)? Run it. Is the layer clairvoyant? Which *one* further number would
# you ask for?

dice = rng.integers(6, size=500)
for width in (0.1, 0.5, 2.0):
    estimate = infoplane.mutual_information(layer, dice, f"bins(bin_width={width})")
    print(f"width {width}: {estimate.bits:.2f} bits")

# %%
# .. admonition:: Answer
#    :class: dropdown
#
#    ``estimate.null_mean``: what *shuffled* dice give. It is as much. Fine cells hold one sample each, so a cell "knows"
#    its label, whatever the label is. A value counts by its distance from its null, and ``estimate.inside_null`` says
#    whether there is any.
#
# Exercise 3 (15 minutes): which layer memorizes, and when?
# ---------------------------------------------------------
# 600 digits; 40 % of the labels drawn anew. **Guess first**: the network gets nearly all labels right in the end, wrong
# ones too. Which of its three layers hold the wrong labels? From which epoch on? What happens to what they know of the
# true class?

import tempfile
from pathlib import Path

from sklearn.datasets import load_digits

from infoplane import figures

folder = Path(tempfile.mkdtemp())
digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.target))
x, y = digits.images[order] / 16, digits.target[order]
np.savez(
    folder / "digits.npz", x_train=x[:600], y_train=y[:600], x_test=x[600:1200], y_test=y[600:1200]
)


def train(**data):
    """Return a run on digits with wrong labels."""
    return infoplane.run(
        infoplane.RunConfig(
            data=infoplane.DataConfig("halves", root=str(folder / "digits.npz"), **data),
            network=infoplane.NetworkConfig(widths=(192, 192, 192), activation="relu"),
            training=infoplane.TrainingConfig(epochs=70, batch_size=50, learning_rate=2e-3),
            memorization=infoplane.MemorizationConfig(decoder="linear", looks=4, permutations=5),
        ),
        out=tempfile.mkdtemp(dir=folder),
    )


run = train(labels="resampled", rate=0.4)
figure = figures.learned_memorized_plane(run.measurements)

# %%
# Now the control: wrong labels of *test* images, drawn anew, which the network has never seen. What must it be, and why?


def table(run):
    """Print M on train and its control on test, at the end, bits."""
    m = run.measurements
    rows = m[(m.quantity == "I(T;Ỹ|Y)") & (m.epoch == m.epoch.max())]
    for layer, of in rows.groupby("layer", sort=False):
        bits = of.set_index("subset").bits
        print(f"{layer:7s} memorized {bits['train']:5.2f}   control {bits['test']:5.2f}")


table(run)

# %%
# .. admonition:: Answer
#    :class: dropdown
#
#    The later the layer, the more; at first every layer learns (to the right), only then it memorizes (upwards), and the
#    late layers lose some of what they knew of the true class. The input holds none: an image does not contain dice. The
#    control must be 0: nobody can memorize a label that was drawn after training. It tests the instrument.
#
# Exercise 4 (8 minutes): break the control
# -----------------------------------------
# A control that cannot fail is none. Take the test images *into the training*: give the layer the answer. Here a "layer"
# holds the seen labels of the images that are called test. What does the control say now? Then write down, in one
# sentence each: what you would claim of exercise 3, and what would refute it.

labels = rng.integers(10, size=600)
fresh = np.where(rng.random(600) < 0.4, rng.integers(10, size=600), labels)
leak = np.eye(10)[fresh] + 0.1 * rng.normal(size=(600, 10))
import torch

leaked = infoplane.memorized_part(
    torch.tensor(leak),
    torch.tensor(labels),
    torch.tensor(fresh),
    decoder="linear decoder",
    permutations=20,
)
print(
    f"control with a leak: {leaked.bits:.2f} of {leaked.ceiling:.2f} bits, p = {leaked.p_value:.2f}"
)

# %%
# .. admonition:: Answer
#    :class: dropdown
#
#    Nearly all bits, outside the null (0.05 is the least that 20 shuffles can say): the control fails, as it should,
#    where test labels have leaked. *A claim*: "At
#    the end the last hidden layer holds more of the wrong labels than the first, read by a line." *Refuted by*: a seed in
#    which it does not; or a stronger decoder that finds as much in the first layer, since it was only a line that read it.
