"""Which modules of a network are blocks, and what is inside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from torch import nn

CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)


class Structure:
    """The modules of a network as they were called: containers, blocks, and parts inside these.

    A block has parts that are called, is no container, and is repeated: it is in a container, or
    beside others of its class. Of blocks inside blocks the innermost in a container are meant:
    the layers of a transformer, the residual blocks of a convolutional network.

    Args:
        named: all modules but the network itself, by name.
        ran: the names of those that were called.
    """

    def __init__(self, named: Mapping[str, nn.Module], ran: set[str]) -> None:
        self.named, self.ran = named, ran
        made_of_parts = [name for name in ran if self._has_parts(name) and not self._plain(name)]
        in_container = [name for name in made_of_parts if self._is_in_container(name)]
        inner = [n for n in in_container if not any(_inside(o, n) for o in in_container)]
        alone = [
            name
            for name in made_of_parts
            if self._is_beside_its_like(name)
            and not any(_inside(name, o) or _inside(o, name) or o == name for o in inner)
        ]
        self.blocks = {*inner, *(n for n in alone if not any(_inside(n, o) for o in alone))}

    def note(self, name: str) -> str:
        """Return why a module is left out by default, empty where it is not."""
        block = next((block for block in self.blocks if _inside(name, block)), None)
        if block is not None:
            return f"inside the block {block!r}"
        if self._plain(name) and self._has_parts(name):
            return "puts out what the last of its parts does"
        if any(_inside(block, name) for block in self.blocks):
            return "made of blocks that are watched"
        return ""

    def _has_parts(self, name: str) -> bool:
        return any(_inside(other, name) for other in self.ran)

    def _plain(self, name: str) -> bool:
        module = self.named[name]
        return isinstance(module, CONTAINERS) and type(module).forward in (
            nn.Sequential.forward,
            nn.ModuleList.forward,
            nn.ModuleDict.forward,
        )

    def _is_in_container(self, name: str) -> bool:
        parent = self.named.get(name.rpartition(".")[0])
        return isinstance(parent, CONTAINERS)

    def _is_beside_its_like(self, name: str) -> bool:
        above = name.rpartition(".")[0]
        beside = Counter(
            type(self.named[other]) for other in self.ran if other.rpartition(".")[0] == above
        )
        return beside[type(self.named[name])] > 1


def _inside(name: str, other: str) -> bool:
    """Whether a module is a part of another."""
    return name.startswith(f"{other}.")
