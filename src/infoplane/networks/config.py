"""Which network: the configuration, readable without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from infoplane.errors import InfoplaneError

Activation = Literal[
    "tanh", "relu", "softsign", "softplus", "hard-tanh", "sigmoid", "gelu", "linear"
]
Initialisation = Literal["torch", "truncated-normal", "xavier", "orthogonal"]
Preset = Literal["12-bit", "mnist", "saxe"]

PRESETS: dict[str, tuple[int, ...]] = {
    "12-bit": (10, 7, 5, 4, 3),  # Shwartz-Ziv & Tishby 2017: 12-10-7-5-4-3-2
    "mnist": (784, 1024, 1024, 20, 20, 20, 10),  # 784-784-1024-1024-20-20-20-10-10
    "saxe": (1024, 20, 20, 20),  # Saxe et al. 2018: 784-1024-20-20-20-10
}


@dataclass(frozen=True)
class NetworkConfig:
    """What learns: a multilayer perceptron; its input and output sizes come from the data."""

    preset: Preset = "saxe"
    """Hidden widths of the literature: 12-bit = 10-7-5-4-3, mnist = 784-1024-1024-20-20-20-10,
    saxe = 1024-20-20-20."""
    widths: tuple[int, ...] | None = None
    """Hidden widths of your own, from the input side, instead of a preset."""
    activation: Activation = "tanh"
    """The nonlinearity of every hidden layer; the output is linear (logits)."""
    initialisation: Initialisation = "torch"
    """torch: its default for linear layers; truncated-normal: standard deviation 1/√(own width),
    as in the 2017 code; xavier: uniform; orthogonal. All but torch's start with zero biases."""
    bias: bool = True
    """Whether layers have biases."""

    def __post_init__(self) -> None:
        for width in self.hidden_widths:
            if width < 1:
                raise InfoplaneError(f"a layer of width {width} was asked for; give 1 or more.")

    @property
    def hidden_widths(self) -> tuple[int, ...]:
        """The widths in force."""
        return self.widths if self.widths is not None else PRESETS[self.preset]
