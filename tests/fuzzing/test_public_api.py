"""Whatever the public functions are given, they return a value or say one sentence.

The suite tries a few hundred calls, always the same; ``INFOPLANE_FUZZ=100`` tries a hundred times
as many, others each time.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from odd_values import CLASSES, LABELS, POINTS, SAMPLES, SETTINGS, Hostile, N, outcome
from torch import nn

import infoplane
from infoplane.errors import InfoplaneError
from infoplane.information.registry import ESTIMATORS

TIMES = int(os.environ.get("INFOPLANE_FUZZ", "0"))


def fuzzed(examples: int) -> Callable[[Any], Any]:
    """Try so many calls, or the asked for number of times as many."""
    return settings(
        max_examples=examples * max(TIMES, 1),
        derandomize=not TIMES,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),  # to make a failure smaller takes minutes
        suppress_health_check=list(HealthCheck),
    )


samples = st.sampled_from(list(SAMPLES))
labels = st.sampled_from([*LABELS, *SAMPLES])
setting = st.sampled_from(SETTINGS)


def of(name: str) -> Any:
    return (LABELS.get(name) or SAMPLES[name])()


def is_many(value: Any) -> bool:
    """Whether a number asks for work without an end, which it is right to begin."""
    return isinstance(value, int) and value > 10


def quick(name: str) -> dict[str, Any]:
    """Return parameters with which an estimator that trains is quick."""
    known = {field.name for field in fields(ESTIMATORS[name])}
    return {key: value for key, value in {"steps": 2, "epochs": 1}.items() if key in known} | (
        {"bin_width": 0.5} if name == "bins" else {}
    )


@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_estimators(name: str) -> None:
    @fuzzed(8)
    @given(samples, labels)
    def on_samples(t: str, y: str) -> None:
        estimator = ESTIMATORS[name](**quick(name))
        outcome(lambda: infoplane.mutual_information(of(t), of(y), estimator, permutations=0))

    @fuzzed(8)
    @given(st.data())
    def with_parameters(data: st.DataObject) -> None:
        parameters = [field.name for field in fields(ESTIMATORS[name])]
        if not parameters:
            return
        odd = data.draw(st.dictionaries(st.sampled_from(parameters), setting, max_size=2))
        for endless in {"steps", "slices", "repeats"} & {k for k, v in odd.items() if is_many(v)}:
            del odd[endless]
        made = outcome(lambda: ESTIMATORS[name](**(quick(name) | odd)))
        y = CLASSES if "labels" in ESTIMATORS[name].takes else POINTS
        if not isinstance(made, InfoplaneError):
            outcome(lambda: infoplane.mutual_information(POINTS, y, made, permutations=0))

    on_samples()
    with_parameters()


@fuzzed(10)
@given(samples, labels, labels, setting, setting)
def test_functions_of_samples(t: str, y: str, seen: str, one: Any, other: Any) -> None:
    few = {"permutations": 0, "decoder": "linear decoder"}
    outcome(lambda: infoplane.learned_part(of(t), of(y), **few))
    outcome(lambda: infoplane.memorized_part(of(t), CLASSES, of(seen), groups=None, **few))
    outcome(lambda: infoplane.memorized_part(POINTS, of(y), of(seen), **few | {"seed": one}))
    outcome(lambda: infoplane.learned_part(POINTS, CLASSES, folds=one, permutations=0))
    outcome(lambda: infoplane.entropy(of(t), bin_width=one))
    outcome(lambda: infoplane.entropy(of(t), bins=other, binning=one))
    outcome(lambda: infoplane.suspects(of(t), of(y), names=one))
    outcome(lambda: infoplane.plant(of(y), rate=0.5 if one is None else one, seed=other))
    outcome(lambda: infoplane.mutual_information(of(t), of(y), one))
    outcome(lambda: infoplane.mutual_information(POINTS, CLASSES, "ross", seed=one))
    outcome(lambda: infoplane.mutual_information(POINTS, CLASSES, "ross", jackknife=other))


CONFIGURATIONS = [name for name in infoplane.__all__ if name.endswith("Config")]


@fuzzed(60)
@given(st.sampled_from(CONFIGURATIONS), st.data())
def test_configurations(name: str, data: st.DataObject) -> None:
    kind = getattr(infoplane, name)
    keys = st.sampled_from([field.name for field in fields(kind)])
    odd = data.draw(st.dictionaries(keys, setting, min_size=1, max_size=3))
    made = outcome(lambda: kind(**odd))
    if isinstance(made, infoplane.RunConfig):
        assert made.id


@fuzzed(40)
@given(setting, labels, labels, samples, setting)
def test_the_tracker_of_examples(n: Any, ids: str, y: str, logits: str, epoch: Any) -> None:
    outcome(lambda: infoplane.ExampleTracker(n))
    tracker = infoplane.ExampleTracker(N)
    for given_ids, given_y in ((ids, "classes"), ("all different", y)):
        outcome(lambda i=given_ids, y=given_y: tracker.update(of(i), of(logits), of(y), 0))
        outcome(lambda i=given_ids, y=given_y: tracker.update(of(i), POINTS, of(y), 1))
    outcome(lambda: tracker.update(range(N), POINTS, CLASSES, epoch))
    outcome(lambda: tracker.update(range(N), POINTS, CLASSES, 3, squared_features=of(logits)))
    outcome(lambda: tracker.suspects(names=epoch))
    assert len(tracker.scores()) == N


class Refusing(nn.Module):
    def forward(self, *_: Any) -> Any:
        raise KeyError("not these")


class Complex(nn.Module):
    def forward(self, x: Any) -> Any:
        return torch.complex(x, x)


MODELS: tuple[Any, ...] = (
    *(None, "model", len, nn.Linear, nn.Identity(), Refusing(), Complex(), Hostile()),
    *(nn.Linear(3, 3), nn.Linear(7, 3), nn.LazyLinear(3), nn.Sequential()),
)
FEW = {"memorization": None, "bin_width": 0.5, "permutations": 2}


@fuzzed(12)
@given(st.sampled_from(MODELS), samples, labels, labels, st.data())
def test_the_plane(model: Any, x: str, y: str, seen: str, data: st.DataObject) -> None:
    usual = nn.Linear(3, 3)
    inputs = torch.from_numpy(POINTS).float()
    keys = ("layers", "estimators", "memorization", "output", "reduce", "binning", "bin_width",
            "bins", "bin_range", "permutations", "seed", "test")  # fmt: skip
    odd = data.draw(st.dictionaries(st.sampled_from(keys), setting, max_size=2))
    outcome(lambda: infoplane.InformationPlane(model, inputs, CLASSES, **FEW))
    outcome(lambda: infoplane.InformationPlane(usual, of(x), of(y), **FEW))
    outcome(lambda: infoplane.InformationPlane(usual, inputs, of(y), seen_labels=of(seen), **FEW))
    plane = outcome(lambda: infoplane.InformationPlane(usual, inputs, CLASSES, **(FEW | odd)))
    if not isinstance(plane, InfoplaneError):
        for epoch in (0, data.draw(setting), data.draw(setting)):
            outcome(lambda epoch=epoch: plane.observe(epoch))


@fuzzed(6)
@given(samples, samples, st.data())
def test_the_plane_of_tokens(tokens: str, mask: str, data: st.DataObject) -> None:
    keys = ("orders", "references", "temperature", "batch_size", "seed", "hidden_states")
    odd = data.draw(st.dictionaries(st.sampled_from(keys), setting, max_size=2))
    ids = torch.zeros(2, 9, dtype=torch.int64)
    usual = nn.Embedding(4, 3)
    states = {"hidden_states": lambda ids, mask: [usual(ids)], "orders": (1,)}
    outcome(lambda: infoplane.language_plane(usual, of(tokens), **states))
    outcome(lambda: infoplane.language_plane(usual, ids, of(mask), **states))
    outcome(lambda: infoplane.language_plane(usual, ids, **(states | odd)))


@fuzzed(6)
@given(setting, setting)
def test_folders(one: Any, other: Any) -> None:
    here = Path(__file__).parent
    for folder in (one, here / "not there", here, __file__, "s3://bucket", "a\0b", "x" * 5000):
        outcome(lambda folder=folder: infoplane.load_runs(folder))
        outcome(lambda folder=folder: infoplane.load_plane(folder))
    outcome(lambda: infoplane.run(one))
    outcome(lambda: infoplane.run(infoplane.RunConfig(), out="a\0b", name=other))


def test_every_public_name_is_fuzzed() -> None:
    """A new name belongs into one of the tests here."""
    tried = {
        *("mutual_information", "entropy", "learned_part", "memorized_part", "suspects", "plant"),
        *("ExampleTracker", "InformationPlane", "language_plane", "load_plane"),
        *("load_runs", "run", *CONFIGURATIONS),
    }
    returned = {"Estimate", "Run", "InfoplaneError", "NonFiniteError", "estimators", "figures"}
    assert tried | returned == set(infoplane.__all__)
    for name in tried:
        assert inspect.getdoc(getattr(infoplane, name))
