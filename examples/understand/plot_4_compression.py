"""
4. Compression: what moves to the left, and why
===============================================

The best-known claim of the field: in training, a layer first takes in the input (*fitting*, :math:`I(X;T)` rises),
and then lets go of what it does not need (*compression*, :math:`I(X;T)` falls), and that is why networks generalize
(Shwartz-Ziv & Tishby 2017). The best-known objection: it depends on the activation (Saxe et al. 2018). This page
trains the network of that debate twice, and lets you look.
"""

# %%
# One task, two activations, two instruments
# ------------------------------------------
# All 4,096 patterns of twelve bits, a label of one bit, layers of 10-7-5-4-3 units. One network of each activation.

import tempfile
from dataclasses import replace

import matplotlib.pyplot as plt

import infoplane

config = infoplane.RunConfig(
    data=infoplane.DataConfig("12-bit"),
    network=infoplane.NetworkConfig(preset="12-bit", initialisation="truncated-normal"),
    training=infoplane.TrainingConfig(
        epochs=4000, optimizer="sgd", learning_rate=0.01, loss="binary-cross-entropy"
    ),
    observing=infoplane.ObservingConfig(
        schedule="log", points=12, bin_width=0.07, subsets=("all",), permutations=2,
        estimators=("kde-upper(noise_variance=0.001)",), estimator_examples=300,
    ),
)  # fmt: skip
folder = tempfile.mkdtemp()
runs = {
    activation: infoplane.run(
        replace(config, network=replace(config.network, activation=activation)),
        out=f"{folder}/{activation}",
    )
    for activation in ("tanh", "relu")
}

figure, axes = plt.subplots(2, 2, figsize=(9, 7), layout="constrained", sharey=True)
instruments = {"bins": "bins of width 0.07", "KDE upper bound": "noise of variance 0.001"}
for row, (activation, run) in zip(axes, runs.items(), strict=True):
    for place, (estimator, resolution) in zip(row, instruments.items(), strict=True):
        m = run.measurements
        points = m[(m.quantity == "I(X;T)") & (m.estimator == estimator) & (m.depth > 0)]
        for layer, of in points.groupby("layer"):
            course = of.groupby("epoch")["bits"].mean()
            place.plot(course.index + 1, course, label=layer, lw=1.8)
        place.set(xscale="log", title=f"{activation}, {resolution}", xlabel="epoch + 1")
        place.spines[["top", "right"]].set_visible(False)
    row[0].set_ylabel("I(X;T), bits")
axes[0, 0].legend(frameon=False, fontsize=8)

# %%
# How to read it
# --------------
# (One network each; :doc:`fifty of them </studies/generated/szt-planes>` are a study.)
#
# Follow one layer from left to right. A curve that falls is *compression at this resolution*: inputs that had cells of
# their own have come to share them.
#
# - **tanh** saturates: its units are driven to -1 or 1, and everything near an end falls into one cell.
# - **relu** has no upper end. Its values grow in training, and at a *fixed* resolution growing values are told apart
#   better: bits rise.
# - So the same training "compresses" or not by where the values lie relative to the bins. That is a fact on the
#   geometry of the layer, measured by the instrument; it is not a law of learning.
#
# Whether networks that compress generalize better is a claim of its own. :doc:`Our verdicts </studies/claims>` are
# made for each network, with the threshold stated, and say what would have refuted them.
