"""The names that are data: what tables hold in their columns, and what figures select by.

Imports nothing of the package, so that anything may import it.
"""

from __future__ import annotations

# Quantities of the measurements table, in bits. X: input, T: layer, Y: true label, Ỹ: seen label.
H_T = "H(T)"
I_XT = "I(X;T)"
I_TY = "I(T;Y)"
I_TY_SEEN = "I(T;Ỹ)"
I_XT_GIVEN_Y = "I(X;T|Y)"
M = "I(T;Ỹ|Y)"  # the memorized part

# Label sets.
TRUE_LABELS = "Y"
SEEN_LABELS = "Ỹ"


def label_information(labels: str) -> str:
    """Return the name of what a layer says of a label set: I(T;Y) of the true labels."""
    return f"I(T;{labels})"


# Subsets: parts of the data, and of the training part.
TRAIN = "train"
TEST = "test"
ALL = "all"  # training and test together
CLEAN = "clean"  # training examples whose seen label is the true one
CORRUPTED = "corrupted"

# The layers that every network has.
INPUT = "input"
LOGITS = "logits"

# Labels of a language model's positions: the tokens that end there, and those that follow.
BEFORE = "before"
AFTER = "after"

# Estimators: of the resolution that a run is watched at, and of others beside it.
BINS = "bins"
SWEPT = "bins, swept"

# Decoders, of which usable information is.
STRONGEST = "strongest decoder"
KNN = "k-NN decoder"
LINEAR = "linear decoder"
MLP = "MLP decoder"
SINGLE_DECODERS = (KNN, LINEAR, MLP)
DECODERS = (STRONGEST, *SINGLE_DECODERS)

INSIDE_NULL = 0.05
"""A p-value above it: what shuffled labels also give, one-sided."""

# Quantities of the dynamics table: the running loss, bits an example, and accuracy on the seen
# labels …
RUNNING_LOSS = "running loss"
RUNNING_ACCURACY = "running accuracy"
# … bits an example (times n: in all) and bits a parameter …
LABEL_BITS = "label bits"
MEMORIZED_BITS = "memorized bits"
MEMORIZED_BITS_MIXTURE = "memorized bits (mixture)"
FANO_FLOOR = "Fano floor"
BITS_PER_PARAMETER = "label bits per parameter"
# … and shares of the corrupted examples, by what was predicted.
SPLIT = ("memorized", "recovered", "other")

# Rewinding: which layers get earlier weights, and what is measured then.
ONE_LAYER = "one layer"
FROM_LAYER_ON = "from this layer on"
REWINDING_MODES = (ONE_LAYER, FROM_LAYER_ON)
CLEAN_ACCURACY = "clean accuracy"
SEEN_ACCURACY = "seen accuracy"
MEMORIZED_PART = "memorized part"
REWOUND_QUANTITIES = (CLEAN_ACCURACY, SEEN_ACCURACY, MEMORIZED_PART)

# Decoders of a language model's layers: all end in the next token.
READOUT = "readout"  # that of the network, as it is: the logit lens
MAPPED = "linear map"  # fitted on text, then the readout
MAPPED_CANARIES = "linear map, other canaries"  # fitted on text and on other canaries
TEXT_NEIGHBOURS = "k-NN in text"
RANKS = "ranks"  # of the true token alone, in what the strongest decoder says
TOKEN_DECODERS = (READOUT, MAPPED, MAPPED_CANARIES, TEXT_NEIGHBOURS)
