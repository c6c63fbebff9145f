"""
6. A layer knows what a decoder finds
=====================================

Information that nobody can read is of no use, and of wide layers the exact information cannot be measured. So what is
memorized is measured as *usable information*: the bits by which a decoder, fitted on one half of the examples, beats
the class prior on the other half. Another decoder finds more, or less. This page plants what is to be found.
"""

# %%
# Wrong labels, written into a layer on purpose
# ---------------------------------------------
# A layer of 32 units for 800 images. Seen labels are written into it in two ways: *loud*, as ten clusters far
# apart; *quiet*, as small steps along random directions beside large noise. Both hold all of them.

import matplotlib.pyplot as plt
import torch

import infoplane

n, d = 800, 32
draw = torch.Generator().manual_seed(0)
labels = torch.randint(10, (n,), generator=draw)
wrong = torch.rand(n, generator=draw) < 0.4
seen = torch.where(wrong, torch.randint(10, (n,), generator=draw), labels)
directions = torch.randn(10, d, generator=draw)
layers = {
    "nothing written": torch.randn(n, d, generator=draw),
    "loud: ten clusters": 3 * directions[seen] + torch.randn(n, d, generator=draw),
    "quiet: beside noise": 0.8 * directions[seen]
    + torch.randn(n, d, generator=draw) * torch.linspace(0.3, 6, d),
}
decoders = ("k-NN decoder", "linear decoder", "MLP decoder", "strongest decoder")
found = {
    name: [
        infoplane.memorized_part(t, labels, seen, decoder=decoder, permutations=0)
        for decoder in decoders
    ]
    for name, t in layers.items()
}

figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
for i, estimates in enumerate(found.values()):
    for j, estimate in enumerate(estimates):
        x = i + 0.2 * (j - 1.5)
        colour = ("#8fb8de", "#e0a04b", "#7aa974", "#123f6d")[j]
        axes.bar(x, estimate.bits, 0.18, color=colour, label=decoders[j] if i == 0 else None)
        axes.text(x, max(estimate.bits, 0) + 0.03, f"{estimate.bits:.2f}".replace("-0.00", "0.00"),
                  ha="center", fontsize=8)  # fmt: skip
ceiling = found["nothing written"][0].ceiling
axes.axhline(ceiling, color="0.6", ls=":", lw=1)
axes.text(-0.45, ceiling + 0.03, f"H(Ỹ|Y) = {ceiling:.2f} bits: all there is", color="0.35")
axes.set(
    xticks=range(3), xticklabels=list(found), ylabel="memorized part M, bits", ylim=(-0.1, 2.6)
)
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(0.0, 0.72))
axes.spines[["top", "right"]].set_visible(False)

# %%
# How to read it
# --------------
# - **Nothing written, nothing found**, by any decoder. Zero is zero: a decoder is compared with a class prior fitted on
#   the same half, so that it gains nothing by luck.
# - **Loud**: a line and a small network find all 1.94 bits. Neighbours find 1.12: they are asked among images of the same
#   true class alone, and of 800 images few of those have any one wrong label.
# - **Quiet**: neighbours see noise (0.19 bits), a line finds the directions, and more than half of the bits. By neighbours alone one would have said: *this layer
#   has memorized little*. It would have been the instrument, not the layer.
# - So a sentence about a layer names its decoder, or holds for all that were tried. The *strongest* is chosen by
#   examples held out of the half that is fitted; the half that is scored has no part in any choice. It stays a lower
#   bound.
#
# How much of what is planted is found, at which number of examples: :doc:`the measured power of the decoders
# </choose/decoders>`.
