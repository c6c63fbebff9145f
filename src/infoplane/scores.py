"""The scores of single examples: definition, source, and which way each points."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """A score: its definition and source, and how it is drawn.

    Attributes:
        name: of its column in the examples table.
        axis: what it is called on an axis.
        definition: in one sentence.
        source: the paper.
        direction: +1 where higher values are harder or more memorized examples, -1 where lower are.
    """

    name: str
    axis: str
    definition: str
    source: str
    direction: int


SCORES = (
    Score(
        "forgetting_events",
        "forgetting events",
        "times it went from right to wrong between two presentations; for an example that was "
        "never right, the number of its presentations",
        "Toneva et al. 2019",
        +1,
    ),
    Score(
        "epoch_learned",
        "epoch learned",
        "first epoch in which it was right; one more than the last epoch where it never was",
        "Toneva et al. 2019; Arpit et al. 2017",
        +1,
    ),
    Score(
        "aum",
        "AUM: mean margin of logits",
        "mean over presentations of z[ỹ] - max of the other logits",
        "Pleiss et al. 2020",
        -1,
    ),
    Score(
        "confidence",
        "confidence: mean p(ỹ|x)",
        "mean over presentations of p(ỹ|x)",
        "Swayamdipta et al. 2020",
        -1,
    ),
    Score(
        "variability",
        "variability: sd of p(ỹ|x)",
        "standard deviation over presentations of p(ỹ|x)",
        "Swayamdipta et al. 2020",
        +1,
    ),
    Score(
        "correctness",
        "correctness: share of epochs right",
        "share of presentations in which it was right",
        "Swayamdipta et al. 2020",
        -1,
    ),
    Score(
        "cumulative_loss",
        "cumulative loss  [bits]",
        "sum over presentations of -log2 p(ỹ|x), bits",
        "Ravikumar et al. 2025",
        +1,
    ),
    Score(
        "el2n",
        "EL2N: mean error norm",
        "mean over presentations of ‖softmax(z) - onehot(ỹ)‖ (the paper takes early epochs)",
        "Paul et al. 2021",
        +1,
    ),
    Score(
        "gradient_norm",
        "last-layer gradient norm",
        "mean over presentations of the norm of the last layer's gradient, "
        "‖softmax(z) - onehot(ỹ)‖ √(‖h‖² + 1)",
        "Paul et al. 2021 (GraNd of the last layer)",
        +1,
    ),
)
BY_NAME = {score.name: score for score in SCORES}
