"""What sets a run apart in a list of runs, in few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infoplane.runs.config import NO_RESULT, RunConfig, to_dict
from infoplane.runs.query.keys import as_written, flat

ALWAYS = (  # the regularizers and the pixels: shown wherever there are some
    "data.pixels",
    "training.weight_decay",
    "each.weight_decays",
    "training.augmentation",
    "training.label_smoothing",
    "training.patience",
    "network.dropout",
    "network.batch_norm",
)
LOOKING = ("observing.", "memorization.")  # shown last: they change nothing of the training
MOST = 3  # values of a list


def set_apart(configs: Sequence[RunConfig], shown: Sequence[Sequence[str]]) -> list[str]:
    """Return further settings to show of each run, so that no two of a list look alike.

    That is each regularizer in force, the corruption of pixels, and whatever else differs in the
    training of runs of which these and all that is ``shown`` are the same; in how they are looked
    at, only where their training is the same too. Settings at their default are left out.

    Args:
        configs: the runs of the list.
        shown: what the list already shows of each.
    """
    usual = flat(to_dict(RunConfig()))
    values = [
        {key: value for key, value in flat(to_dict(config)).items() if value != usual[key]}
        if config.watched is None
        else {}
        for config in configs
    ]
    told = [{key: settings[key] for key in ALWAYS if key in settings} for settings in values]
    for part in (_is_training, _is_looking):
        for group in _alike(told, shown):
            differing = _differing([values[i] for i in group])
            for i in group:
                told[i] |= {k: v for k, v in values[i].items() if k in differing and part(k)}
    return [", ".join(_named_value(*item) for item in settings.items()) for settings in told]


def _is_training(key: str) -> bool:
    return not key.startswith(LOOKING) and key not in NO_RESULT


def _is_looking(key: str) -> bool:
    return key.startswith(LOOKING)


def _alike(told: Sequence[dict[str, Any]], shown: Sequence[Sequence[str]]) -> list[list[int]]:
    """Return groups of positions of runs whose descriptions are the same so far."""
    alike: dict[tuple[Any, ...], list[int]] = {}
    for i, (settings, already) in enumerate(zip(told, shown, strict=True)):
        alike.setdefault((*already, *settings.items()), []).append(i)
    return list(alike.values())


def _differing(values: Sequence[dict[str, Any]]) -> set[str]:
    keys = {key for settings in values for key in settings}
    return {
        key for key in keys if any(settings.get(key) != values[0].get(key) for settings in values)
    }


def _named_value(key: str, value: Any) -> str:
    """Return a value with the name of its key, without that of the part it belongs to."""
    name = key.rpartition(".")[2].replace("_", " ")
    if key == "data.pixels":
        return f"{value} pixels"
    if key == "training.augmentation":
        return str(value)
    if isinstance(value, bool):
        return name if value else f"no {name}"
    if isinstance(value, tuple) and len(value) > MOST:
        return f"{name} {as_written(value[:MOST])},…"
    return f"{name} {as_written(value)}"
