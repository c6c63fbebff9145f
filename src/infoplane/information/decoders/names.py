"""The names of the decoders, readable without torch."""

from __future__ import annotations

STRONGEST = "strongest decoder"
KNN = "k-NN decoder"
LINEAR = "linear decoder"
MLP = "MLP decoder"
EACH = (KNN, LINEAR, MLP)
DECODERS = (STRONGEST, *EACH)
