"""
1. What I(X;T) is, and what it is not
=====================================

A layer of a trained network is a function: the same input gives the same output, :math:`T = f(X)`. No noise, no
chance. How much does such a :math:`T` tell of :math:`X`?

If inputs are continuous, the answer is *infinitely much*, whatever the weights are. Only a layer that sends different
inputs to *exactly* the same output loses anything. So there is no true :math:`I(X;T)` to be estimated. What every
published plane shows is :math:`I(X;T)` **at a resolution**: outputs are put into bins, or blurred by noise, and what
falls together counts as the same.
"""

# %%
# One layer, many answers
# -----------------------
# Here is a layer of five tanh units with random weights, and inputs of twelve numbers. Its information on the input,
# in bits, by the width of the bins. (Of a deterministic layer :math:`I(X;T) = H(T)`, the entropy of the cells.)

import matplotlib.pyplot as plt
import numpy as np

import infoplane

rng = np.random.default_rng(0)
weights = rng.normal(size=(12, 5)) / 12**0.5
inputs = rng.normal(size=(10_000, 12))
layer = np.tanh(inputs @ weights)  # [10,000 samples, 5 units], between -1 and 1

widths = np.geomspace(0.005, 2, 25)
numbers = (100, 1000, 10_000)
bits = {n: [infoplane.entropy(layer[:n], bin_width=w) for w in widths] for n in numbers}

figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
for n, colour in zip(numbers, ("#8fb8de", "#3b78b4", "#123f6d"), strict=True):
    axes.semilogx(widths, bits[n], color=colour, lw=2)
    axes.axhline(np.log2(n), color="0.6", lw=1, ls=":")
    axes.text(0.0052, np.log2(n) + 0.15, f"wall: log2({n:,}) = {np.log2(n):.1f} bits", color="0.35")
    axes.text(0.03, np.log2(n) - 0.75, f"{n:,} samples", color=colour)
axes.set(xlabel="width of the bins", ylabel="I(X;T), bits", ylim=(0, 15))
axes.spines[["top", "right"]].set_visible(False)

# %%
# How to read it
# --------------
# - **The resolution decides.** One layer has 4.6 bits or 13.3, by the width alone. A value of :math:`I(X;T)` without its
#   resolution says nothing, so infoplane never shows one without.
# - **The wall.** Of *n* samples no more than :math:`\log_2 n` bits can be told: every sample then has a cell of its
#   own. On the left the curves lie on their walls. There the value says how many samples you had, and nothing of the
#   layer.
# - **More samples move the wall**, not the truth: the right ends of the curves agree, the left ends do not.
#
# What it is good for
# -------------------
# At one fixed resolution, a change of :math:`I(X;T)` in training *is* a fact on the layer: inputs that were told apart
# at that scale no longer are. That is clustering. Whether it should be called compression, and whether it matters, is
# :doc:`another question <plot_4_compression>`.
#
# .. admonition:: Check yourself
#
#    A layer with 1,000 samples has I(X;T) = 9.97 bits at every epoch. What do you know of it? *(Only that the bins are
#    too fine or the samples too few:* :math:`\log_2 1000 = 9.97`.*)*
