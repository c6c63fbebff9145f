"""Which network: the configuration, readable without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from infoplane.errors import InfoplaneError
from infoplane.networks.own_name import OwnName
from infoplane.settings import check_settings

Activation = Literal[
    "tanh", "relu", "softsign", "softplus", "hard-tanh", "sigmoid", "gelu", "linear"
]
Initialisation = Literal["torch", "truncated-normal", "xavier", "orthogonal", "he"]
Preset = Literal[
    "12-bit",
    "mnist",
    "saxe",
    "mlp-1x512",
    "mlp-3x512",
    "inception",
    "inception-without-bn",
    "alexnet",
    "resnet",
    "toneva",
    "small-cnn",
]

PRESETS: dict[str, tuple[int, ...]] = {
    "12-bit": (10, 7, 5, 4, 3),  # Shwartz-Ziv & Tishby 2017: 12-10-7-5-4-3-2
    "mnist": (784, 1024, 1024, 20, 20, 20, 10),  # 784-784-1024-1024-20-20-20-10-10
    "saxe": (1024, 20, 20, 20),  # Saxe et al. 2018: 784-1024-20-20-20-10
    "mlp-1x512": (512,),  # Zhang et al. 2017, with ReLU
    "mlp-3x512": (512, 512, 512),
}
CONVOLUTIONAL = ("inception", "inception-without-bn", "alexnet", "resnet", "toneva", "small-cnn")
RELU = (*CONVOLUTIONAL, "mlp-1x512", "mlp-3x512")  # as published; the others are tanh


@dataclass(frozen=True)
class NetworkConfig:
    """What learns: a multilayer perceptron or a convolutional network, sized by the data."""

    preset: Preset = "saxe"
    """Networks of the literature. Perceptrons: 12-bit = 10-7-5-4-3, mnist =
    784-1024-1024-20-20-20-10, saxe = 1024-20-20-20, mlp-1x512, mlp-3x512. Convolutional, for
    images: inception, inception-without-bn and alexnet, the small ones of Zhang et al. (2017),
    resnet (WRN-28-1), toneva, the two convolutions of Toneva et al. (2019) on MNIST, and small-cnn,
    of three strided convolutions, quick on a processor."""
    widths: tuple[int, ...] | None = None
    """Hidden widths of a perceptron of your own, from the input side, instead of a preset."""
    module: str | None = None
    """A network of your own instead: FILE:FUNCTION, where the function takes nothing, or
    input_shape and classes, and returns a torch module that gives [n, classes] logits. The file is
    executed; a run is of the file as it was then."""
    activation: Activation | None = None
    """The nonlinearity of every hidden layer; the output is linear (logits). Unless given, it is
    that of the preset as published, relu of those of Zhang et al. (2017) and resnet, tanh of the
    others, and tanh of widths of your own. Convolutional presets refuse any but relu."""
    initialisation: Initialisation = "torch"
    """torch: its default, uniform; truncated-normal: standard deviation 1/√(own width), as in the
    2017 code; xavier: uniform; orthogonal; he: normal with variance 2/fan-in, for deep ReLU
    networks without batch norm. All but torch's start with zero biases."""
    bias: bool = True
    """Whether layers have biases."""
    dropout: float = 0.0
    """Chance that a hidden unit is dropped in training; of convolutional presets, a unit of the
    fully connected layers or, where there are none, of the global pool; of toneva a whole channel
    of the second convolution as well."""
    batch_norm: bool = False
    """Batch norm (without scale and shift of its own) between weights and activation of every
    hidden layer of a perceptron; convolutional presets have theirs or none, as published."""

    def __post_init__(self) -> None:
        check_settings(self)
        for width in self.hidden_widths:
            if width < 1:
                raise InfoplaneError(f"a layer of width {width} was asked for; give 1 or more.")
        if not 0 <= self.dropout < 1:
            raise InfoplaneError(f"dropout is {self.dropout}; give a chance from 0 to below 1.")
        if self.module is not None:
            self._as_written(self.module)
        elif self.convolutional:
            self._as_published()

    def _as_written(self, module: str) -> None:
        object.__setattr__(self, "module", str(OwnName.parse(module)))
        for key in ("widths", "activation", "dropout", "batch_norm"):
            if getattr(self, key) != getattr(NetworkConfig, key):
                raise InfoplaneError(
                    f"network.{key} belongs to infoplane's own networks, and network.module is "
                    f"{module!r}; leave it out and build it into your network."
                )

    @property
    def unnamed(self) -> bool:
        """Whether neither preset (but the first), widths nor a module say which network it is."""
        named = (self.preset, self.widths, self.module)
        return named == (NetworkConfig.preset, None, None)

    @property
    def own(self) -> OwnName | None:
        """The function of the user's own that makes the network; None of the others."""
        return None if self.module is None else OwnName.parse(self.module)

    def _as_published(self) -> None:
        if self.hidden_activation != "relu":
            raise InfoplaneError(
                f"activation is {self.activation!r}, but {self.preset} is a ReLU network, as "
                "published; leave activation out, or give widths of a perceptron."
            )
        if self.batch_norm:
            raise InfoplaneError(
                f"batch_norm is for perceptrons, and {self.preset} has what was published; leave "
                "it out, or choose between the presets inception and inception-without-bn."
            )

    @property
    def convolutional(self) -> bool:
        """Whether this is a convolutional network."""
        return self.widths is None and self.module is None and self.preset in CONVOLUTIONAL

    @property
    def hidden_widths(self) -> tuple[int, ...]:
        """The widths in force; none of a convolutional network."""
        if self.widths is not None:
            return self.widths
        return PRESETS.get(self.preset, ()) if self.module is None else ()

    @property
    def hidden_activation(self) -> Activation:
        """The activation in force."""
        if self.activation is not None:
            return self.activation
        return "relu" if self.widths is None and self.preset in RELU else "tanh"

    @property
    def name(self) -> str:
        """What a table calls it, such as ``tanh 1024-20-20-20`` or ``relu alexnet``."""
        if self.own is not None:
            return self.own.without_folder.partition("#")[0]
        shape = self.preset if self.convolutional else "-".join(map(str, self.hidden_widths))
        return f"{self.hidden_activation} {shape}"
