"""Layers by name, glob, regular expression, type or predicate, and the list of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, cast

from torch import nn

from infoplane.errors import InfoplaneError
from infoplane.observing.models.layers import Layer

if TYPE_CHECKING:
    import pandas as pd

Selector = str | re.Pattern[str] | type[nn.Module] | Callable[[Layer], object]
SHOWN = 24  # layers in a message


def matches(selector: Selector, layer: Layer) -> bool:
    """Whether a layer is meant: by its name, with or without the number of its call."""
    if isinstance(selector, str):
        names = (layer.name, layer.name.partition("#")[0])
        return selector in names or (_is_glob(selector) and fnmatchcase(layer.name, selector))
    if isinstance(selector, re.Pattern):
        return selector.fullmatch(layer.name) is not None
    if isinstance(selector, type):
        return isinstance(layer.module, selector)
    return bool(selector(layer))


def select(layers: Sequence[Layer], wanted: Any) -> list[Layer]:
    """Return the layers that are meant, in the order in which they run.

    Args:
        layers: all there are.
        wanted: one or several of: a name; a glob, ``"blocks*"``, in which * stands for dots too; a
            compiled regular expression, of the whole name; a type, ``nn.ReLU``; a function of a
            ``Layer``. Nothing: those that are watched unless some are named.

    Raises:
        InfoplaneError: where one of them means no layer, or one that cannot be watched.
    """
    one = isinstance(wanted, str | re.Pattern | type) or callable(wanted)
    selectors: list[Any] = [wanted] if one else list(cast(Any, wanted) or ())
    if not selectors:
        return [layer for layer in layers if not layer.note]
    chosen: set[str] = set()
    for selector in selectors:
        check_selector(selector)
        meant = [layer for layer in layers if matches(selector, layer)]
        possible = [layer.name for layer in meant if layer.possible]
        if not possible:
            raise InfoplaneError(_nothing(selector, meant, layers))
        chosen |= set(possible)
    return [layer for layer in layers if layer.name in chosen and layer.possible]


def check_selector(selector: Any) -> None:
    """Refuse what selects no layers."""
    is_type = isinstance(selector, type)
    if is_type and not issubclass(selector, nn.Module):
        raise InfoplaneError(f"layers has the type {selector.__name__}; give types of nn.Module.")
    if not (isinstance(selector, str | re.Pattern) or callable(selector)):
        raise InfoplaneError(
            f"layers has {selector!r}; give names, globs, re.compile(…), types of nn.Module or "
            "functions of a layer."
        )


def _nothing(selector: Selector, meant: list[Layer], layers: Sequence[Layer]) -> str:
    """Return why a selector matches no layer."""
    if meant:
        return f"layer {meant[0].name!r} cannot be watched: {meant[0].note}."
    possible = [layer.name for layer in layers if layer.possible]
    shown = ", ".join(possible[:SHOWN]) + (" … (see .layers)" if len(possible) > SHOWN else "")
    if not isinstance(selector, str):
        what = selector.pattern if isinstance(selector, re.Pattern) else selector
        return f"no layer is meant by {what!r}; give some of: {shown}."
    near = difflib.get_close_matches(selector, possible, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"no layer {selector!r}{hint}; give some of: {shown}."


def _is_glob(text: str) -> bool:
    return any(character in text for character in "*?[")


class Layers(list[str]):
    """The names of the layers watched; ``table()`` also says what is left out, and why."""

    def __init__(
        self, watched: Sequence[str], all_layers: Sequence[Layer], notes: dict[str, str]
    ) -> None:
        super().__init__(watched)
        self.all_layers, self.notes = tuple(all_layers), notes

    def table(self) -> pd.DataFrame:
        """Return every layer: name, type, shape of one sample, whether watched, and notes."""
        import pandas as pd

        rows = [
            {
                "layer": layer.name,
                "type": layer.type,
                "shape": " × ".join(map(str, layer.shape)),
                "watched": layer.name in self,
                "note": self.notes.get(layer.name, "" if layer.name in self else layer.note),
            }
            for layer in self.all_layers
        ]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        table = self.table()
        table["watched"] = table["watched"].map({True: "yes", False: "–"})
        return table.to_string(index=False, justify="left")
