"""The scores of single examples: definition, source, and which way each points."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """A score: its definition, its source, and whether more of it speaks for memorization."""

    name: str
    definition: str
    source: str
    direction: int  # +1: higher is harder or more memorized; -1: lower is


SCORES = (
    Score(
        "forgetting_events",
        "times it went from right to wrong between two presentations; for an example that was "
        "never right, the number of its presentations",
        "Toneva et al. 2019",
        +1,
    ),
    Score(
        "epoch_learned",
        "first epoch in which it was right; one more than the last epoch where it never was",
        "Toneva et al. 2019; Arpit et al. 2017",
        +1,
    ),
    Score(
        "aum", "mean over presentations of z[ỹ] - max of the other logits", "Pleiss et al. 2020", -1
    ),
    Score("confidence", "mean over presentations of p(ỹ|x)", "Swayamdipta et al. 2020", -1),
    Score(
        "variability",
        "standard deviation over presentations of p(ỹ|x)",
        "Swayamdipta et al. 2020",
        +1,
    ),
    Score(
        "correctness", "share of presentations in which it was right", "Swayamdipta et al. 2020", -1
    ),
    Score(
        "cumulative_loss",
        "sum over presentations of -log2 p(ỹ|x), bits",
        "Ravikumar et al. 2025",
        +1,
    ),
    Score(
        "el2n",
        "mean over presentations of ‖softmax(z) - onehot(ỹ)‖ (the paper takes early epochs)",
        "Paul et al. 2021",
        +1,
    ),
    Score(
        "gradient_norm",
        "mean over presentations of the norm of the last layer's gradient, "
        "‖softmax(z) - onehot(ỹ)‖ √(‖h‖² + 1)",
        "Paul et al. 2021 (GraNd of the last layer)",
        +1,
    ),
)
