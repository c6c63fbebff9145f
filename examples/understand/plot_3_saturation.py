"""
3. Ceiling and saturation: when a value cannot say anything
===========================================================

An estimate has a **ceiling**, the most it could have been with these samples: :math:`\\log_2 n` for
:math:`I(X;T)`, :math:`H(Y)` for :math:`I(T;Y)`. A value *at* its ceiling is **saturated**: it would be there for any
layer, and for any labels.
"""

# %%
# Wider layers hit the wall
# -------------------------
# Two thousand samples, bins of one fixed width 0.5, a random tanh layer of 1 to 64 units. Nothing changes but the
# number of units. The labels say whether the first unit is positive: one bit, known exactly.

import matplotlib.pyplot as plt
import numpy as np

import infoplane

rng = np.random.default_rng(0)
n = 2000
inputs = rng.normal(size=(n, 12))
layer = np.tanh(inputs @ rng.normal(size=(12, 64)) / 12**0.5)
labels = (layer[:, 0] > 0).astype(int)
dice = rng.integers(2, size=n)

units = np.array([1, 2, 3, 4, 6, 8, 12, 16, 32, 64])
i_xt = np.array([infoplane.entropy(layer[:, :u], bin_width=0.5) for u in units])
found = [infoplane.mutual_information(layer[:, :u], labels, "bins(bin_width=0.5)") for u in units]
chance = [infoplane.mutual_information(layer[:, :u], dice, "bins(bin_width=0.5)") for u in units]

figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained")
left.semilogx(units, i_xt, "o-", color="#3b78b4", base=2)
left.axhline(np.log2(n), color="0.6", lw=1, ls=":")
left.text(1, np.log2(n) + 0.25, f"wall: log2({n:,})", color="0.35")
left.set(xlabel="units of the layer", ylabel="I(X;T), bits", ylim=(0, 12.5))
for of, name, colour in ((found, "label of unit 1", "#b2452f"), (chance, "dice", "#3b78b4")):
    right.semilogx(units, [e.bits for e in of], "-", color=colour, base=2, label=name)
    for u, e in zip(units, of, strict=True):
        right.plot(u, e.bits, "D" if e.saturated else "o", color=colour,
                   mfc="white" if e.inside_null else colour)  # fmt: skip
right.set(xlabel="units of the layer", ylabel="I(T;Y), bits", ylim=(-0.05, 1.2))
right.legend(frameon=False, loc="center right")
for axes in (left, right):
    axes.set_xticks(units[[0, 1, 3, 5, 7, 8, 9]], [str(u) for u in units[[0, 1, 3, 5, 7, 8, 9]]])
    axes.minorticks_off()
    axes.spines[["top", "right"]].set_visible(False)

# %%
# How to read it
# --------------
# - From about twelve units on every sample has a cell of its own. **At the wall** the layer's label information is
#   *one bit for any labels*, dice included. Those points are diamonds (*saturated*), and hollow (*inside their null*).
# - A real network has layers of hundreds of units. Bins of them are at the wall almost always. Other instruments are
#   needed there: nearest neighbours, kernels, decoders. :doc:`Which one? </choose/index>`
# - The wall of a plane is drawn as a grey line. Do not read anything into points that lie on it, nor into a course
#   that only slides along it.

for u, estimate in zip(units[[0, 3, 9]], (found[0], found[3], found[9]), strict=True):
    print(f"{u:2d} units: {estimate.bits:.2f} bits of {estimate.ceiling:.2f}, shuffled labels "
          f"{estimate.null_mean:.2f}, saturated: {estimate.saturated}")  # fmt: skip
