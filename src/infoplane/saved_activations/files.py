"""Which file is which layer at which epoch: from patterns of paths."""

from __future__ import annotations

import glob
import re
from collections.abc import Sequence
from pathlib import Path

from infoplane.errors import InfoplaneError
from infoplane.saved_activations.arrays import SavedArray, open_arrays

PLACES = ("layer", "epoch")
PLACE = re.compile(r"\{(\w+)\}")
Layers = dict[str, SavedArray]


def find(patterns: Sequence[str], unpacked: Path) -> dict[int, Layers]:
    """Return the layers at each epoch, in the order of epochs and, of layers, of their names.

    Args:
        patterns: paths, in which {layer} and {epoch} stand for what they say, and * and ? for
            anything. Without {layer} the layer is called after the file, or by the keys of the
            arrays in it; with it, arrays of a file are layer.key. Without {epoch} it is 0.
        unpacked: a folder for large arrays of archives.

    Raises:
        InfoplaneError: where a pattern means no file, two files mean one layer, or epochs have
            other layers or numbers of samples.
    """
    by_epoch: dict[int, Layers] = {}
    for pattern in patterns:
        matched = _matched(pattern)
        for path, values in sorted(matched.items(), key=lambda item: _natural(str(item[0]))):
            layers = by_epoch.setdefault(int(values.get("epoch", 0)), {})
            for key, array in open_arrays(path, unpacked).items():
                name = _name(values.get("layer"), key, path)
                if name in layers:
                    raise InfoplaneError(
                        f"{path} and {layers[name].path} are both layer {name!r}; tell them apart "
                        "by {layer} or {epoch} in the pattern."
                    )
                layers[name] = array
    ordered = {epoch: _ordered(by_epoch[epoch]) for epoch in sorted(by_epoch)}
    _check(ordered)
    return ordered


def _matched(pattern: str) -> dict[Path, dict[str, str]]:
    unknown = [name for name in PLACE.findall(pattern) if name not in PLACES]
    if unknown:
        raise InfoplaneError(
            f"{pattern!r} has {{{unknown[0]}}}; write {{layer}} and {{epoch}}, or * for anything."
        )
    expression, globbed, seen = "", "", set()
    for part in re.split(r"(\{layer\}|\{epoch\}|\*|\?)", str(Path(pattern).expanduser())):
        if part in ("{layer}", "{epoch}"):
            name = part[1:-1]
            kind = r"\d+" if name == "epoch" else r"[^/]+"
            expression += rf"(?P={name})" if name in seen else rf"(?P<{name}>{kind})"
            seen.add(name)
            globbed += "*"
        elif part in ("*", "?"):
            expression += "[^/]*" if part == "*" else "[^/]"
            globbed += part
        else:
            expression += re.escape(part)
            globbed += glob.escape(part)
    paths = {path: re.fullmatch(expression, path) for path in glob.glob(globbed)}
    matched_paths = {Path(path): match.groupdict() for path, match in paths.items() if match}
    if not matched_paths:
        raise InfoplaneError(f"{pattern!r} means no file; name files of activations.")
    return matched_paths


def _name(layer: str | None, key: str | None, path: Path) -> str:
    parts = [part for part in (layer, key) if part is not None] or [path.stem]
    return ".".join(part for part in ".".join(parts).split(".") if part) or "layer"


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a key by which layer2 is before layer10."""
    return [(int(p), "") if p.isdigit() else (0, p) for p in re.split(r"(\d+)", text)]


def _ordered(layers: Layers) -> Layers:
    """Return layers by name, logits last."""
    names = sorted(layers, key=lambda name: (name == "logits", _natural(name)))
    return {name: layers[name] for name in names}


def _check(by_epoch: dict[int, Layers]) -> None:
    first_epoch = next(iter(by_epoch))
    first = by_epoch[first_epoch]
    for epoch, layers in by_epoch.items():
        if set(layers) != set(first):
            odd = sorted(set(layers) ^ set(first))
            raise InfoplaneError(
                f"layers of epochs {first_epoch} and {epoch} differ ({', '.join(odd[:5])}); give "
                "the same layers at every epoch."
            )
        for name, array in layers.items():
            if array.shape != first[name].shape:
                raise InfoplaneError(
                    f"{array} has the shape {list(array.shape)} and {first[name]} "
                    f"{list(first[name].shape)}; give the same samples and units at every epoch."
                )
    sizes = {len(array): str(array) for array in first.values()}
    if len(sizes) > 1:
        (n, one), (m, other) = list(sizes.items())[:2]
        raise InfoplaneError(
            f"{one} holds {n} samples and {other} {m}; give the same samples in every layer."
        )
