"""
2. The null: what labels give that have nothing to do with the layer
====================================================================

:math:`I(T;Y)` is measured by counting: how often does each cell of the layer hold each label? With few samples a
cell, the counts differ *by chance*, and chance looks like information.
"""

# %%
# Labels drawn by dice
# --------------------
# The layer of :doc:`the first page <plot_1_resolution>`, and labels of ten classes drawn at random. They have nothing
# to do with it: the truth is 0 bits, at every resolution.

import matplotlib.pyplot as plt
import numpy as np

import infoplane

rng = np.random.default_rng(0)
inputs = rng.normal(size=(2000, 12))
layer = np.tanh(inputs @ rng.normal(size=(12, 5)) / 12**0.5)
dice = rng.integers(10, size=2000)
real = (np.argsort(np.argsort(layer[:, 0])) * 10 // 2000 + (rng.random(2000) < 0.3)) % 10

widths = np.geomspace(0.03, 2, 18)
estimates = {
    name: [infoplane.mutual_information(layer, y, f"bins(bin_width={w})") for w in widths]
    for name, y in (("labels that depend on the layer", real), ("labels drawn by dice", dice))
}

figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
for (name, of), colour in zip(estimates.items(), ("#b2452f", "#3b78b4"), strict=True):
    bits = np.array([e.bits for e in of])
    inside = np.array([e.inside_null for e in of])
    axes.semilogx(widths, bits, color=colour, lw=1.5, label=name)
    axes.plot(widths[~inside], bits[~inside], "o", color=colour)
    axes.plot(widths[inside], bits[inside], "o", color=colour, mfc="white")
null = np.array([e.null_mean for e in estimates["labels that depend on the layer"]])
axes.plot(widths, null, color="0.5", ls="--", label="null: the same labels, shuffled")
axes.axhline(np.log2(10), color="0.6", lw=1, ls=":")
axes.text(0.3, np.log2(10) + 0.08, "ceiling: H(Y) = log2 10", color="0.35")
axes.set(xlabel="width of the bins", ylabel="I(T;Y), bits", ylim=(0, 3.8))
axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 0.02))
axes.spines[["top", "right"]].set_visible(False)

# %%
# How to read it
# --------------
# - **Dice reach three bits.** At fine bins, labels that know nothing "share" nearly all of their 3.3 bits with the
#   layer. The estimate is not wrong by a mistake: it is the plug-in value, which every published plane shows.
# - **The null** is the remedy. The labels are shuffled among the samples, twenty times, and measured in the same way.
#   What shuffled labels give too, is not information on the layer. infoplane draws such points **hollow**, and prints
#   *null* beside them: the estimate is one that as much as one in twenty of the shuffles reach.
# - One in twenty of the points of dice is filled *by chance*: that is what p ≤ .05 means. One filled point is no finding.
# - **The null of real labels dominates too**: on the left, most of the red curve is null. What counts is the distance
#   to the dashed line.

finest = estimates["labels drawn by dice"][0]
print(f"dice, finest bins: {finest.bits:.2f} bits; shuffled: {finest.null_mean:.2f} ± "
      f"{finest.null_std:.2f}; p = {finest.p_value:.2f}")  # fmt: skip

# %%
# Why not subtract it?
# --------------------
# Because then the resolution would be forgotten. Near the wall the null takes up everything, and the difference is the
# small remainder of two large numbers. Coarser bins, or more samples, are the cure; the null is the thermometer.
