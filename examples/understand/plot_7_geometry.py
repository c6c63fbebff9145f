"""
7. Geometry against information
===============================

Bits do not care *how* a layer holds what it holds; people usually want to know just that. "The classes come apart",
"the layer collapses", "it looks like the input" are sentences on geometry. They need geometric instruments, and these
can move while information does not.
"""

# %%
# A map that changes no information
# ---------------------------------
# Two classes in the plane. The same points stretched, and the same points folded by an invertible map. All three have
# exactly the same information on the label. Neighbours, a line and the alignment with the labels see three things.

import matplotlib.pyplot as plt
import numpy as np
import torch

import infoplane
from infoplane.information.kernel.dependence import linear_cka

rng = np.random.default_rng(0)
n = 1200
labels = rng.integers(2, size=n)
points = rng.normal(size=(n, 2)) * (0.6, 1.0) + np.where(labels, 1.0, -1.0)[:, None] * (1.0, 0.0)
angle = 1.6 * np.hypot(*points.T)
turned = np.stack([
    np.cos(angle) * points[:, 0] - np.sin(angle) * points[:, 1],
    np.sin(angle) * points[:, 0] + np.cos(angle) * points[:, 1],
], axis=1)  # fmt: skip
spaces = {"as they are": points, "stretched": points * (0.05, 4.0), "wound up": turned}


def alignment(t: np.ndarray) -> float:
    """Linear CKA of the points with the one-hot labels: 1 for the same geometry."""
    return float(linear_cka(torch.tensor(t), torch.eye(2, dtype=torch.float64)[labels]))


figure, axes = plt.subplots(1, 3, figsize=(10, 4.2), layout="constrained")
for place, (name, t) in zip(axes, spaces.items(), strict=True):
    near = infoplane.mutual_information(t, labels, "ross", permutations=0).bits
    line = infoplane.mutual_information(t, labels, "decoder(decoder='linear')", permutations=0).bits
    place.scatter(*t.T, s=4, c=np.where(labels, "#b2452f", "#3b78b4"))
    place.set_title(f"{name}\nneighbours {near:.2f} bits, a line {line:.2f} bits\n"
                    f"alignment with the labels {alignment(t):.2f}", fontsize=10)  # fmt: skip
    place.set(xticks=[], yticks=[])

# %%
# How to read it
# --------------
# - **Stretched**: alignment falls to nothing, as the direction that tells the classes is now the small one. A line,
#   which may rescale, still finds all. So *low alignment is not low information*.
# - **Wound up**: a line finds a third of it, neighbours all. So *what a line does not find may be there*, and
#   what it does find is there in an especially simple form.
# - The information is the same in all three. Whoever says "the layer separates the classes" means geometry; whoever
#   says "the layer knows the class" means information.
#
# In a run, ``--observing.geometry hsic cka clusters`` measures dependence and clustering of every layer in a table of
# its own, because they are no bits and do not belong on the plane.
