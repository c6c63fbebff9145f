"""Ensembles on a few digits: what is trained, what is kept, and that they go on where they were."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
import tyro

from infoplane import seeds
from infoplane.commands.ensemble import EnsembleCommand
from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.errors import InfoplaneError
from infoplane.networks.build import build_network
from infoplane.networks.config import NetworkConfig
from infoplane.report import print_verified
from infoplane.runs.config import from_dict
from infoplane.runs.ensembles import stack
from infoplane.runs.ensembles.config import EnsembleConfig
from infoplane.runs.ensembles.ensemble import (
    EXAMPLES,
    RECORD,
    Ensemble,
    read_ensemble,
    run_ensemble,
)
from infoplane.runs.ensembles.stack import TABLE, label_log2_p
from infoplane.runs.ensembles.table import rounded
from infoplane.training.config import TrainingConfig
from infoplane.training.loop import Training

CONFIG = EnsembleConfig(
    data=DataConfig("digits", train_size=60, test_size=40),
    network=NetworkConfig(widths=(8,), activation="relu"),
    training=TrainingConfig(epochs=4, batch_size=10, learning_rate=0.01),
    networks=6,
    per_stack=4,
)


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> Ensemble:
    return run_ensemble(CONFIG, out=tmp_path_factory.mktemp("ensemble") / "it")


def tables_of(ensemble: Ensemble) -> list[bytes]:
    names = [CONFIG.stack(i).name for i in range(CONFIG.stacks)]
    return [(ensemble.path / name / TABLE).read_bytes() for name in names]


def test_every_network_says_something_of_every_example(ensemble: Ensemble) -> None:
    train, test = ensemble.outcomes(), ensemble.outcomes("test")
    assert train.seen.shape == (6, 60)
    assert test.seen.shape == (6, 40)
    assert train.seen.sum() == 6 * 30
    assert not test.seen.any()
    labels = ensemble.examples.set_index("subset")["seen_label"]
    for part, subset in ((train, "train"), (test, "test")):
        np.testing.assert_array_equal(part.correct, part.prediction == labels[subset].to_numpy())
        np.testing.assert_array_less(part.log2_p, 1e-9)
    right = [train.correct[mask].mean() for mask in (train.seen, ~train.seen)]
    assert right[0] > right[1]
    assert ensemble.pairs().shape == (30, 2)


def test_a_network_is_one_trained_alone_on_its_subset(ensemble: Ensemble) -> None:
    seed = seeds.number(0, "ensemble", 1) >> 32
    train, test = load(CONFIG.data, 0)
    seen = torch.from_numpy(ensemble.outcomes().seen[4:])
    model = build_network(CONFIG.network, input_shape=(1, 8, 8), classes=10, seed=seed, members=2)
    list(Training(model, [train.select(s) for s in seen], CONFIG.training, seed=seed).epochs())
    with torch.no_grad():
        log2_p = model(test.inputs).log_softmax(dim=1)[:, test.labels, torch.arange(40)]
    ours = ensemble.outcomes("test").log2_p[4:]
    np.testing.assert_allclose(ours, log2_p / math.log(2), rtol=2e-3, atol=1e-5)


def test_done_it_is_returned_at_once(ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "build_network", pytest.fail)
    again = run_ensemble(CONFIG, out=ensemble.path)
    np.testing.assert_array_equal(again.outcomes().log2_p, ensemble.outcomes().log2_p)


def test_killed_it_goes_on_with_the_same_bits(
    ensemble: Ensemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = []

    def killed_at_the_second(*given, **options):
        trained.append(1)
        if len(trained) == 2:
            raise KeyboardInterrupt
        return build_network(*given, **options)

    monkeypatch.setattr(stack, "build_network", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        run_ensemble(CONFIG, out=tmp_path / "it")
    with pytest.raises(InfoplaneError, match=f"{TABLE} cannot be read"):
        read_ensemble(tmp_path / "it").outcomes()
    resumed = run_ensemble(CONFIG, out=tmp_path / "it")
    assert len(trained) == 3  # the first stack was there
    assert tables_of(resumed) == tables_of(ensemble)


def test_a_damaged_stack_is_named_and_trained_again(ensemble: Ensemble, tmp_path: Path) -> None:
    copy = shutil.copytree(ensemble.path, tmp_path / "it")
    assert print_verified(tmp_path)
    table = copy / "stack-0001" / TABLE
    table.write_bytes(table.read_bytes()[:-100] + b"1" * 100)
    assert not print_verified(tmp_path)
    with pytest.raises(InfoplaneError, match=f"{TABLE} has changed since it was written"):
        read_ensemble(copy).outcomes()
    assert tables_of(run_ensemble(CONFIG, out=copy)) == tables_of(ensemble)
    assert print_verified(tmp_path)


@pytest.mark.parametrize("name", [EXAMPLES, RECORD])
def test_an_edited_ensemble_is_refused(ensemble: Ensemble, tmp_path: Path, name: str) -> None:
    copy = shutil.copytree(ensemble.path, tmp_path / "it")
    (copy / name).write_bytes((copy / name).read_bytes().replace(b"60", b"50") + b" ")
    with pytest.raises(InfoplaneError, match=f"{name} has changed since it was written"):
        read_ensemble(copy)


def test_other_ensembles_and_folders_are_refused(ensemble: Ensemble, tmp_path: Path) -> None:
    with pytest.raises(InfoplaneError, match="holds an ensemble of other data or networks"):
        run_ensemble(replace(CONFIG, seed=1), out=ensemble.path)
    (tmp_path / "mine.txt").touch()
    with pytest.raises(InfoplaneError, match=r"is not an ensemble's folder \(it holds 'mine.txt'"):
        run_ensemble(CONFIG, out=tmp_path)
    part = Ensemble(replace(CONFIG, ratio=0.7), ensemble.path, ensemble.examples)
    with pytest.raises(InfoplaneError, match=r"hold 0.7 of the examples, and only halves are of p"):
        part.pairs()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"networks": 1}, "networks is 1; give 2 or more"),
        ({"networks": "8"}, "networks is '8'; give a whole number"),
        ({"networks": 7}, r"networks is 7; .* an even number at ratio \.5"),
        ({"ratio": 1.0}, "ratio is 1.0; give a share"),
        ({"per_stack": 0}, "per_stack is 0; give 1 or more"),
        ({"training": TrainingConfig(patience=2)}, "training.patience is 2, which holds examples"),
    ],
)
def test_refusals_of_configurations(changed: dict, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        replace(CONFIG, **changed)


def test_the_network_is_the_one_that_is_named() -> None:
    default = EnsembleConfig().network
    assert (default.widths, default.activation, default.initialisation) == (
        (512, 256),
        "relu",
        "he",
    )
    resnet = EnsembleConfig(network=NetworkConfig("resnet")).network
    assert resnet.convolutional
    assert EnsembleConfig(network=NetworkConfig(widths=(8,))).network == NetworkConfig(widths=(8,))
    wide = EnsembleConfig(network=NetworkConfig(dropout=0.5, initialisation="xavier")).network
    assert (wide.widths, wide.dropout, wide.initialisation) == ((512, 256), 0.5, "xavier")


@pytest.mark.parametrize(
    ("option", "values", "named"),
    [
        ("preset", ["resnet"], {"preset": "resnet"}),
        ("widths", ["8", "4"], {"widths": (8, 4)}),
        ("module", ["network.py:make"], {"module": "network.py:make"}),
    ],
)
def test_the_command_line_names_a_network(
    option: str, values: list[str], named: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A preset came with the widths of the default, and those won without a word."""
    monkeypatch.chdir(tmp_path)
    Path("network.py").write_text("def make(): ...")
    command = tyro.cli(EnsembleCommand, args=[f"--network.{option}", *values])
    assert command.config.network == NetworkConfig(**named)
    assert tyro.cli(EnsembleCommand, args=[]).config == EnsembleConfig()


def test_a_configuration_is_its_id(tmp_path: Path) -> None:
    elsewhere = replace(
        CONFIG,
        data=replace(CONFIG.data, name="mnist", root="a"),
        training=replace(CONFIG.training, device="cuda"),
    )
    here = replace(CONFIG, data=replace(CONFIG.data, name="mnist"))
    assert elsewhere.id == here.id != CONFIG.id
    assert CONFIG.stack(1).id == CONFIG.id
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "network.py").write_text("def make(): ...")
    own = [NetworkConfig(module=f"{tmp_path}/{folder}/network.py:make") for folder in "ab"]
    assert len({replace(CONFIG, network=network).id for network in own}) == 1
    assert from_dict(json.loads(json.dumps(asdict(CONFIG))), EnsembleConfig) == CONFIG
    assert [list(CONFIG.stack(i).members) for i in range(2)] == [[0, 1, 2, 3], [4, 5]]


def test_log_probabilities_are_exact_where_p_is_all_but_one() -> None:
    logits = torch.tensor([[[30.0, -80.0, 0.0], [0.0, 0.0, 0.0], [-9.0, 5.0, 0.0]]])  # [1, 3, 3]
    ours = label_log2_p(logits, torch.tensor([0, 0, 1]))[0]
    odds = [math.exp(-30) + math.exp(-39), math.exp(80) + math.exp(85), 2.0]  # of other classes
    np.testing.assert_allclose(ours, [-math.log1p(o) / math.log(2) for o in odds], rtol=1e-5)
    assert rounded(ours.numpy())[0] < 0


def test_at_a_url_it_is_the_same(
    ensemble: Ensemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFOPLANE_CACHE", str(tmp_path / "machine"))
    store = f"file://{tmp_path}/store/it"
    assert tables_of(run_ensemble(CONFIG, out=store)) == tables_of(ensemble)
    assert (tmp_path / "store" / "it" / "stack-0001" / TABLE).exists()
    monkeypatch.setenv("INFOPLANE_CACHE", str(tmp_path / "another machine"))
    monkeypatch.setattr(stack, "build_network", pytest.fail)
    assert tables_of(run_ensemble(CONFIG, out=store)) == tables_of(ensemble)
