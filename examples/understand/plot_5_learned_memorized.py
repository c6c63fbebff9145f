"""
5. Learned against memorized: the split, and its control
========================================================

A network is trained on labels of which some are wrong. It gets all of them right in the end. What has it *learned*,
and what has it *memorized*? For this there is an exact split.
"""

# %%
# The split
# ---------
# Each training image has a true label :math:`Y`, and the label that the network sees, :math:`\tilde Y`, which may be
# wrong. What a layer :math:`T` says of the seen label has two parts:
#
# .. math:: I(T;\tilde Y) = [\, I(T;\tilde Y) - I(T;\tilde Y|Y) \,] + I(T;\tilde Y|Y)
#
# The first, in brackets, comes by the true label. The second, :math:`M`, goes beyond it.
#
# Wrong labels were drawn by dice. Given the true label, *nothing in the image* says which wrong one was drawn. So what
# a layer of a training image says of it, beyond the true label, can have come by one way only: through the weights,
# from this very label. That is memorizing, in bits: :math:`M = I(T;\tilde Y|Y)`. At most it can be
# :math:`H(\tilde Y|Y)`, all there is to memorize.
#
# What is *learned* is measured where there is nothing to memorize: :math:`I(T;Y)` on test images.

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
    folder / "digits.npz", x_train=x[:800], y_train=y[:800], x_test=x[800:1600], y_test=y[800:1600]
)

run = infoplane.run(
    infoplane.RunConfig(
        data=infoplane.DataConfig(
            "halves", root=str(folder / "digits.npz"), labels="resampled", rate=0.4
        ),
        network=infoplane.NetworkConfig(widths=(192, 192, 192), activation="relu"),
        training=infoplane.TrainingConfig(epochs=70, batch_size=50, learning_rate=2e-3),
        memorization=infoplane.MemorizationConfig(decoder="linear", looks=4, permutations=5),
    ),
    out=folder / "run",
)
figure = figures.learned_memorized_plane(run.measurements)

# %%
# How to read the plane
# ---------------------
# One line a layer, from the first look (dark) to the last (bright, a large point with the layer's name). To the right:
# learned. Upwards: memorized. The grey edges are all there is to learn, H(Y), and to memorize, H(Ỹ|Y). Hollow: M is what
# shuffled labels give too. The grey line at zero is the control, of which below.
#
# - All layers first go *right*: they learn the digits. Nothing is memorized yet.
# - Then they go *up*, the later layers first and furthest, and the late ones *back to the left*: what they knew of
#   digits in general gives way to what they know of these 800.
# - The input stays at the bottom. Images do not contain dice.
#
# The control
# -----------
# How do you know that M is memory, and not a fault of the instrument? Do the same where memory is impossible: give the
# **test** images wrong labels too, drawn anew, which the network has never seen. Whatever the instrument says there is
# error, not memory. The control has to be 0, within its null.

m = run.measurements
last = m[
    (m.quantity == "I(T;Ỹ|Y)") & (m.epoch == m.epoch.max()) & (m.estimator == "linear decoder")
]
for layer, of in last.groupby("layer", sort=False):
    train, test = (of[of.subset == subset].iloc[0] for subset in ("train", "test"))
    print(f"{layer:7s} M = {train.bits:5.2f} of {train.ceiling:.2f} bits, null {train.null_mean:5.2f}"
          f"   control = {test.bits:5.2f}, null {test.null_mean:5.2f}, p = {test.p_value:.2f}")  # fmt: skip

# %%
# A control that cannot fail is none. This one would: if an image *did* say something of its wrong label (say, wrong
# labels were given by a person, who takes some sevens for ones), the control would be above its null too, because that
# can be learned and then holds for test images as well. The null alone would not have told you.
#
# Three things that M is not
# --------------------------
# - **It is a lower bound.** M is what a decoder *finds*. Linear decoders are quick; by default infoplane tries three,
#   and reports the strongest (:doc:`why that matters <plot_6_decoders>`).
# - **It needs wrong labels that are random given the true one.** Where nobody knows which labels are wrong,
#   flip a few on purpose: ``infoplane.plant``.
# - **It is no verdict on generalization.** A network may memorize everything and still know the digits in its early
#   layers. That is what the plane is for: it shows *where*.
