"""Loading as a configuration asks: sizes, seeds, corruption of the training part alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pictures import write_parquet

from infoplane.data.config import DataConfig
from infoplane.data.load import fingerprint, known_names, load, load_each
from infoplane.data.split import Split
from infoplane.errors import InfoplaneError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOPLANE_CACHE", str(tmp_path / "cache"))


def test_same_seed_same_bits() -> None:
    for config in (DataConfig("digits", labels="flipped", train_size=100), DataConfig("12-bit")):
        prints = [fingerprint(*load(config, seed)) for seed in (0, 0, 1)]
        assert prints[0] == prints[1] != prints[2]


def test_several_at_once_are_those_loaded_alone() -> None:
    noisy = DataConfig("digits", labels="flipped", rate=0.3, train_size=100)
    asked = [(noisy, 0), (replace(noisy, rate=0.7), 0), (noisy, 1), (DataConfig("12-bit"), 1)]
    parts = load_each(asked)
    assert [fingerprint(*each) for each in parts] == [fingerprint(*load(*each)) for each in asked]
    inputs = [train.inputs for train, _ in parts]
    assert inputs[0] is inputs[1] is not inputs[2], "noise alone needs no inputs of its own"


def test_an_image_set_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []

    def read(name: str, root: str | None) -> tuple[Split, Split]:
        reads.append((name, root))
        return load(DataConfig("digits"), 0)

    monkeypatch.setattr("infoplane.data.images.image_set", read)
    config = DataConfig("mnist", root=str(tmp_path), train_size=100)
    load_each([(config, seed) for seed in range(3)])
    assert reads == [("mnist", str(tmp_path))]


def test_fingerprint_sees_every_field() -> None:
    x, y = torch.zeros(3, 2), torch.tensor([0, 1, 0])
    other = torch.tensor([1, 1, 0])
    splits = [
        Split(x, y, y, y, 2),
        Split(x + 1, y, y, y, 2),
        Split(x, other, y, y, 2),
        Split(x, y, other, y, 2),
        Split(x, y, y, other, 2),
    ]
    assert len({fingerprint(s) for s in splits}) == 5
    parts = b"".join(t.numpy().tobytes() for t in (x, y, y, y))
    assert fingerprint(splits[0]) == hashlib.sha256(parts).hexdigest()
    assert fingerprint(Split(x.T.contiguous().T, y, y, y, 2)) == fingerprint(splits[0])


@pytest.mark.parametrize("labels", ["resampled", "flipped", "permuted"])
def test_only_training_labels_are_corrupted_and_true_ones_stay(labels: str) -> None:
    clean, _ = load(DataConfig("digits"), seed=0)
    train, test = load(DataConfig("digits", labels=labels, rate=0.5), seed=0)
    assert torch.equal(train.labels, clean.labels)
    assert torch.equal(train.inputs, clean.inputs)
    assert 0.3 < float(train.corrupted.double().mean()) < 0.6
    assert not test.corrupted.any()


def test_twelve_bit_sizes() -> None:
    train, test = load(DataConfig("12-bit"), seed=0)
    assert (len(train), len(test)) == (3276, 820)
    assert not set(train.ids.tolist()) & set(test.ids.tolist())
    few, rest = load(DataConfig("12-bit", train_size=205), seed=0)
    assert (len(few), len(rest)) == (205, 3891)
    every, none = load(DataConfig("12-bit", train_size=4096), seed=0)
    assert (len(every), len(none)) == (4096, 0)


def test_stochastic_labels_change_labels_alone() -> None:
    train, _ = load(DataConfig("12-bit"), seed=0)
    stochastic, _ = load(DataConfig("12-bit", stochastic_labels=True), seed=0)
    assert torch.equal(stochastic.inputs, train.inputs)
    assert not torch.equal(stochastic.labels, train.labels)
    assert not stochastic.corrupted.any(), "a drawn label is a true one"


def test_subsets_are_balanced_and_keep_their_ids(tmp_path: Path) -> None:
    root = str(write_parquet(tmp_path / "root"))
    train, test = load(DataConfig("owner/small", root=root), seed=0)
    part, few = load(DataConfig("owner/small", root=root, train_size=8, test_size=4), seed=0)
    for whole, subset, each in ((train, part, 2), (test, few, 1)):
        assert torch.bincount(subset.labels).tolist() == [each] * 4
        assert torch.equal(subset.inputs, whole.inputs[subset.ids])


def test_known_names() -> None:
    assert known_names() == ("digits", "12-bit", "mnist", "fashion-mnist", "cifar10")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DataConfig("minst"), r"no data set 'minst' \(did you mean 'mnist'\?\); give one"),
        (lambda: DataConfig("zzz"), "no data set 'zzz'; give one of: digits, 12-bit, mnist"),
        (lambda: DataConfig("a/b/c"), "no data set 'a/b/c'; give one of: .* owner/name"),
        (lambda: DataConfig("digits", labels="flip"), "labels is 'flip'; give one of: true, resam"),
        (lambda: DataConfig("digits", rate=-0.1), "rate is -0.1; give a chance"),
        (lambda: DataConfig("digits", train_size=0), "train_size is 0; give at least 1"),
        (lambda: DataConfig("digits", stochastic_labels=True), "belongs to the 12-bit task"),
        (lambda: DataConfig("digits", train_size=9999), "subset of 9999 examples was asked of"),
        (
            lambda: DataConfig("12-bit", train_size=4000, test_size=820),
            "4000 patterns for training and 820 for testing were asked of 4096",
        ),
        (
            lambda: DataConfig("12-bit", train_size=5000),
            "5000 patterns for training and 0 for testing were asked of 4096",
        ),
    ],
)
def test_refusals(make, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        load(make(), seed=0)
