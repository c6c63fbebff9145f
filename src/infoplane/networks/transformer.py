"""A small GPT: a causal transformer on tokens, of the architecture of GPT-2."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.func import stack_module_state
from torch.nn.attention import SDPBackend
from torch.nn.functional import gelu, scaled_dot_product_attention

from infoplane import seeds
from infoplane.errors import InfoplaneError

STD = 0.02  # of initial weights, as in GPT-2
EMBEDDING = "embedding"  # of tokens and positions: the first of the states
WIDENED = 4  # units of the perceptron of a block, for each of its width
KERNELS = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]


@dataclass(frozen=True)
class TransformerConfig:
    """The size of a transformer."""

    vocabulary: int = 2048
    length: int = 64
    """The longest sequence, in tokens."""
    layers: int = 1
    width: int = 128
    heads: int = 4

    def __post_init__(self) -> None:
        for key in ("vocabulary", "length", "layers", "width", "heads"):
            if getattr(self, key) < 1:
                raise InfoplaneError(f"{key} is {getattr(self, key)}; give 1 or more.")
        if self.width % self.heads:
            raise InfoplaneError(
                f"width is {self.width} and heads is {self.heads}; give a width that is a multiple "
                "of the heads."
            )

    @property
    def parameters(self) -> int:
        """The number of parameters, embeddings among them; those of tokens are the readout too."""
        d = self.width
        block = 2 * 2 * d + d * 3 * d + 3 * d + d * d + d + 2 * WIDENED * d * d + (WIDENED + 1) * d
        return (self.vocabulary + self.length) * d + self.layers * block + 2 * d


class Attention(nn.Module):
    """Attention of each token to those up to it, by several heads."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)

    def forward(self, x: Float[Tensor, "n s d"]) -> Float[Tensor, "n s d"]:
        of_heads = self.queries_keys_values(x).unflatten(2, (3, self.heads, -1))  # [n, s, 3, h, e]
        queries, keys, values = of_heads.permute(2, 0, 3, 1, 4)  # each [n, h, s, e]
        mixed = scaled_dot_product_attention(queries, keys, values, is_causal=True)
        return self.output(mixed.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Attention, then a perceptron on every token, each added to what it is given, normed."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.widen = nn.Linear(width, WIDENED * width)
        self.narrow = nn.Linear(WIDENED * width, width)

    def forward(self, x: Float[Tensor, "n s d"]) -> Float[Tensor, "n s d"]:
        x = x + self.attention(self.norm1(x))
        return x + self.narrow(gelu(self.widen(self.norm2(x)), approximate="tanh"))


class Transformer(nn.Module):
    """A decoder-only transformer with learned positions; token embeddings are the readout too.

    Source: Radford et al. 2019 (GPT-2), without dropout. Weights are normal with standard deviation
    0.02, those that end a branch divided by √(2 layers); biases are 0.

    Example:
        >>> network = Transformer(TransformerConfig(vocabulary=16, length=8, width=12), seed=0)
        >>> network(torch.zeros(3, 8, dtype=torch.int64)).shape
        torch.Size([3, 8, 16])
    """

    def __init__(self, config: TransformerConfig, *, seed: int) -> None:
        super().__init__()
        self.config = config
        with torch.device("meta"):  # no weights yet: torch would draw them from its own generator
            self.tokens = nn.Embedding(config.vocabulary, config.width)
            self.positions = nn.Embedding(config.length, config.width)
            blocks = (Block(config.width, config.heads) for _ in range(config.layers))
            self.blocks = nn.ModuleList(blocks)
            self.norm = nn.LayerNorm(config.width)
        self.to_empty(device="cpu")
        self._initialise(seeds.generator(seed, "initialisation"))

    @torch.no_grad()
    def _initialise(self, generator: torch.Generator) -> None:
        ends = ("output.weight", "narrow.weight")
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
            elif "norm" in name:
                parameter.fill_(1)
            else:
                share = math.sqrt(2 * self.config.layers) if name.endswith(ends) else 1.0
                parameter.normal_(std=STD / share, generator=generator)

    @property
    def layers(self) -> list[str]:
        """The names of ``states``, in order."""
        return [EMBEDDING, *(f"layer{i + 1}" for i in range(len(self.blocks)))]

    def states(self, tokens: Int[Tensor, "n s"]) -> list[Float[Tensor, "n s d"]]:
        """Return the embedding, and what each block makes of it; the last is not yet normed."""
        states = [self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]]
        for block in self.blocks:
            states.append(block(states[-1]))
        return states

    def features(self, tokens: Int[Tensor, "n s"]) -> Float[Tensor, "n s d"]:
        """Return the inputs of the readout."""
        return self.norm(self.states(tokens)[-1])

    def readout(self, state: Float[Tensor, "*n d"]) -> Float[Tensor, "*n vocabulary"]:
        """Return the logits that the network would give if a state were its last (logit lens)."""
        return self.norm(state) @ self.tokens.weight.T

    def forward(self, tokens: Int[Tensor, "n s"]) -> Float[Tensor, "n s vocabulary"]:
        """Return the logits of the token after each."""
        return self.readout(self.states(tokens)[-1])


def stacked(
    config: TransformerConfig,
    *,
    members: int,
    seed: int,
    device: torch.device | str,
    dtype: torch.dtype = torch.float32,
) -> tuple[dict[str, Float[Tensor, "k ..."]], Transformer]:
    """Return the weights of K networks, and a network without any, for ``functional_call``.

    Args:
        config: the size of each.
        members: K.
        seed: the weights of member m follow from (seed, m) alone.
        device, dtype: of the weights, which have gradients.
    """
    networks = [Transformer(config, seed=seeds.number(seed, "network", m)) for m in range(members)]
    weights, _ = stack_module_state(networks)  # pyright: ignore[reportArgumentType]
    of_all = {n: w.detach().to(device, dtype).requires_grad_() for n, w in weights.items()}
    return of_all, networks[0].to("meta")


def attention_kernels(device: torch.device | str) -> list[SDPBackend]:
    """Return what computes the attention of networks side by side.

    On a processor the fused kernels take one network at a time.
    """
    return [SDPBackend.MATH] if torch.device(device).type == "cpu" else KERNELS
