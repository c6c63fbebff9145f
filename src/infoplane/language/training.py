"""Train small GPTs on blocks of text: K of them, alike but for their seeds and their blocks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.func import functional_call, vmap
from torch.nn.attention import sdpa_kernel
from torch.nn.functional import cross_entropy

from infoplane import seeds
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.language.config import GPTTraining
from infoplane.networks.transformer import (
    Transformer,
    TransformerConfig,
    attention_kernels,
    stacked,
)

AT_ONCE = 256  # blocks that are scored together


class LanguageTraining:
    """K GPTs in training, one update after another.

    The loss is that of the next token at all positions of a block, in one pass. Blocks come in an
    order of each network's own, all of them before any comes again; it depends on the number of the
    step alone, so that a training goes on from ``state()`` with the same bits.

    Args:
        size: of each network.
        blocks: of all networks [n, length], or of each its own.
        training: how they are trained.
        members: K; as many as there are blocks where each has its own.
        seed: of initial weights and orders.
        device: of the networks.
        side_by_side: by one kernel for all (vmap), which pays on a GPU; unless given, there. Values
            differ in their last bits.

    Raises:
        InfoplaneError: where blocks are not as many as members, there are none, or they are longer
            than the networks are made for.

    Example:
        >>> size = TransformerConfig(vocabulary=8, length=4, width=8, heads=2)
        >>> blocks = torch.arange(8).repeat(6, 1)[:, :4]
        >>> training = LanguageTraining(size, blocks, GPTTraining(steps=20), members=2)
        >>> for step in training.looks([0, 20]):
        ...     print(step, training.bits(blocks).shape)
        0 torch.Size([2, 6, 3])
        20 torch.Size([2, 6, 3])
    """

    def __init__(
        self,
        size: TransformerConfig,
        blocks: Int[Tensor, "n l"] | Sequence[Int[Tensor, "_ l"]],
        training: GPTTraining,
        *,
        members: int = 1,
        seed: int = 0,
        device: torch.device | str = "cpu",
        side_by_side: bool | None = None,
    ) -> None:
        self.size, self.training, self.seed = size, training, seed
        self.device, self.step = torch.device(device), 0
        self.blocks = [blocks] * members if isinstance(blocks, Tensor) else list(blocks)
        self._check(members)
        gpu = self.device.type != "cpu"
        self.side_by_side = gpu if side_by_side is None else side_by_side
        self.weights, self._skeleton = stacked(
            size, members=len(self.blocks), seed=seed, device=self.device
        )
        matrices = [w for w in self.weights.values() if w.ndim > 2]
        others = [w for w in self.weights.values() if w.ndim <= 2]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": training.weight_decay},
                {"params": others, "weight_decay": 0.0},
            ],
            betas=(0.9, 0.95),
        )
        self._orders: dict[tuple[int, int], Int[Tensor, " n"]] = {}

    @property
    def members(self) -> range:
        """The numbers of the networks."""
        return range(len(self.blocks))

    @property
    def epochs(self) -> float:
        """How often the first network has been given each of its blocks, on average."""
        return self.step * self.training.batch / len(self.blocks[0])

    def looks(self, at: Iterable[int]) -> Iterator[int]:
        """Train, and yield each of these steps when so many updates are done, from here on.

        Steps that are past or beyond the last are left out.

        Raises:
            NonFiniteError: where the loss of a network is no longer finite.
        """
        wanted = sorted(step for step in set(at) if self.step <= step <= self.training.steps)
        for look in wanted:
            while self.step < look:
                self.update()
            yield look

    def update(self) -> Float[Tensor, " k"]:
        """Take one step with every network; return their losses before it, in bits a token.

        Raises:
            NonFiniteError: where the loss of a network is not finite.
        """
        batches = [self._batch(m) for m in self.members]
        losses = self._gradients(batches)
        if not losses.isfinite().all():
            raise NonFiniteError(
                f"the loss is {losses.tolist()} after {self.step} steps; give a lower learning "
                "rate, or a lower clip."
            )
        self._clip()
        for group in self.optimizer.param_groups:
            group["lr"] = self.training.rate(self.step)
        self.optimizer.step()
        self.step += 1
        return losses / math.log(2)

    def network(self, member: int) -> Transformer:
        """Return a network as it is now, in evaluation mode; a copy."""
        network = Transformer(self.size, seed=0).to(self.device).eval().requires_grad_(False)
        network.load_state_dict({k: w.detach()[member] for k, w in self.weights.items()})
        return network

    @torch.no_grad()
    def bits(self, blocks: Int[Tensor, "n l"]) -> Float[Tensor, "k n l-1"]:
        """Return the bits of every token but the first of each block, by each network."""
        networks = [self.network(m) for m in self.members]
        return torch.stack([token_bits(network, blocks) for network in networks])

    def state(self) -> dict[str, Any]:
        """Return all that the next step depends on."""
        weights = {name: w.detach() for name, w in self.weights.items()}
        return {"step": self.step, "weights": weights, "optimizer": self.optimizer.state_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from what ``state`` returned."""
        self.step = int(state["step"])
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(state["weights"][name])
        self.optimizer.load_state_dict(state["optimizer"])

    def _check(self, members: int) -> None:
        if members not in (1, len(self.blocks)):
            raise InfoplaneError(
                f"there are blocks of {len(self.blocks)} networks, and members is {members}; give "
                "one list of blocks for each."
            )
        if not self.blocks:
            raise InfoplaneError("there are no blocks; give some to each network.")
        for blocks in self.blocks:
            if not len(blocks) or not 2 <= blocks.shape[1] <= self.size.length:
                raise InfoplaneError(
                    f"the blocks are of shape {list(blocks.shape)}; give one or more, of 2 to "
                    f"{self.size.length} tokens."
                )

    def _batch(self, member: int) -> Int[Tensor, "b l"]:
        """Return the next blocks of a network: the first of its order that were not given yet."""
        blocks, size = self.blocks[member], self.training.batch
        given = torch.arange(self.step * size, (self.step + 1) * size)
        epochs, places = given // len(blocks), given % len(blocks)
        orders = [self._order(member, int(epoch)) for epoch in epochs]
        rows = torch.stack([order[place] for order, place in zip(orders, places, strict=True)])
        return blocks[rows].to(self.device)

    def _order(self, member: int, epoch: int) -> Int[Tensor, " n"]:
        if (member, epoch) not in self._orders:
            self._orders = {key: o for key, o in self._orders.items() if key[1] >= epoch - 1}
            draw = seeds.generator(self.seed, "batch order", member, epoch)
            self._orders[member, epoch] = torch.randperm(len(self.blocks[member]), generator=draw)
        return self._orders[member, epoch]

    def _gradients(self, batches: list[Int[Tensor, "b l"]]) -> Float[Tensor, " k"]:
        """Fill in the gradients of all weights; return the losses in nats."""
        if self.side_by_side:
            self.optimizer.zero_grad()
            with sdpa_kernel(attention_kernels(self.device)):
                losses = vmap(self._nats)(self.weights, torch.stack(batches))
                losses.sum().backward()
            return losses.detach()
        losses = []
        for w in self.weights.values():
            w.grad = torch.empty_like(w) if w.grad is None else w.grad
        for member, batch in enumerate(batches):
            own = {name: w.detach()[member].requires_grad_() for name, w in self.weights.items()}
            loss = self._nats(own, batch)
            for w, grad in zip(
                self.weights.values(), torch.autograd.grad(loss, list(own.values())), strict=True
            ):
                w.grad[member] = grad  # pyright: ignore[reportOptionalSubscript]
            losses.append(loss.detach())
        return torch.stack(losses)

    def _nats(self, weights: dict[str, Tensor], tokens: Int[Tensor, "b l"]) -> Float[Tensor, ""]:
        logits = functional_call(self._skeleton, weights, (tokens[:, :-1],))
        return cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())

    def _clip(self) -> None:
        """Scale the gradient of each network down to the largest norm that is allowed."""
        grads = [w.grad for w in self.weights.values() if w.grad is not None]
        norms = torch.stack([g.flatten(1).norm(dim=1) for g in grads]).norm(dim=0)  # [k]
        scale = (self.training.clip / norms.clamp_min(1e-12)).clamp_max(1)
        for grad in grads:
            grad.mul_(scale.view(-1, *[1] * (grad.ndim - 1)))


@torch.no_grad()
def token_bits(network: Transformer, blocks: Int[Tensor, "n l"]) -> Float[Tensor, "n l-1"]:
    """Return the bits of every token but the first of each block: -log2 p, given those before."""
    device = network.tokens.weight.device
    parts = []
    for part in blocks.split(AT_ONCE):
        tokens = part.to(device)
        logits = network(tokens[:, :-1])
        parts.append(cross_entropy(logits.mT, tokens[:, 1:], reduction="none").cpu())
    return torch.cat(parts) / math.log(2)


def states_of(network: Transformer):
    """Return what ``language_plane`` takes for ``hidden_states`` of a GPT of infoplane.

    The embedding and the output of every block, the last one normed, as Transformers has it.
    """

    def states(tokens: Int[Tensor, "b l"], _: Any) -> list[Float[Tensor, "b l d"]]:
        *others, last = network.states(tokens)
        return [*others, network.norm(last)]

    return states
