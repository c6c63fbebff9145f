"""Saved activations say what the network itself says; they resume, and refuse what does not fit."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import save_file
from torch import nn

from infoplane import InformationPlane, MemorizationConfig, load_plane, load_runs
from infoplane.errors import InfoplaneError
from infoplane.saved_activations.estimating import EstimateOptions, estimate

N, M = 300, 200
DRAW = torch.Generator().manual_seed(0)
Y, Y_TEST = torch.arange(N) % 3, torch.arange(M) % 3
X = torch.randn(N, 5, generator=DRAW) + Y[:, None]
X_TEST = torch.randn(M, 5, generator=DRAW) + Y_TEST[:, None]
SEEN = torch.where(torch.arange(N) % 4 == 0, (Y + 1) % 3, Y)


def network(epoch: int) -> nn.Sequential:
    """Return a network of three layers whose weights depend on the epoch."""
    torch.manual_seed(epoch)
    layers = {"one": nn.Linear(5, 8), "two": nn.Tanh(), "three": nn.Linear(8, 3)}
    model = nn.Sequential()
    for name, layer in layers.items():
        model.add_module(name, layer)
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Activations of two epochs by layer, of train and test, with labels."""
    folder = tmp_path_factory.mktemp("saved")
    for part, x in (("train", X), ("test", X_TEST)):
        for epoch in (2, 10):
            model, values = network(epoch), x
            (folder / part / f"epoch-{epoch}").mkdir(parents=True)
            for name, layer in zip(("one", "two", "logits"), model, strict=True):
                values = layer(values).detach()
                np.save(folder / part / f"epoch-{epoch}" / f"{name}.npy", values.numpy())
    for name, labels in (("y", Y), ("seen", SEEN), ("test-y", Y_TEST)):
        np.save(folder / f"{name}.npy", labels.numpy())
    return folder


@pytest.fixture(scope="module")
def options(folder: Path) -> EstimateOptions:
    return EstimateOptions(
        files=(f"{folder}/train/epoch-{{epoch}}/{{layer}}.npy",),
        labels=f"{folder}/y.npy",
        seen_labels=f"{folder}/seen.npy",
        test=(f"{folder}/test/epoch-{{epoch}}/{{layer}}.npy",),
        test_labels=f"{folder}/test-y.npy",
        decoder="linear",
        estimators=("ross(permutations=2)",),
        examples=150,
    )


@pytest.fixture(scope="module")
def measured(options: EstimateOptions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "plane"
    estimate(options, out)
    return out


COLUMNS = ["epoch", "layer", "subset", "estimator", "quantity", "bits", "null_mean", "ceiling"]


class OfPlaces(nn.Module):
    """A network of samples by their places: folds are dealt in the order of inputs."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.network, self.x = network(epoch), torch.cat([X, X_TEST])

    def forward(self, places: torch.Tensor) -> torch.Tensor:
        return self.network(self.x[places[:, 0]])


def test_the_numbers_are_those_of_the_network(measured: Path) -> None:
    places = torch.arange(N + M)[:, None]
    given = {
        "seen_labels": SEEN,
        "test": (places[N:], Y_TEST),
        "memorization": MemorizationConfig(decoder="linear", probe_size=150),
        "estimators": ("ross(permutations=2)",),
        "layers": ("network.one", "network.two", "logits"),
    }
    tables = []
    for epoch in (2, 10):
        plane = InformationPlane(OfPlaces(epoch), places[:N], Y, **given)
        plane.observe(epoch)
        tables.append(plane.table())
    expected = pd.concat(tables, ignore_index=True)
    expected["layer"] = expected["layer"].str.removeprefix("network.")
    saved = load_plane(measured).table()
    by = ["epoch", "layer", "subset", "estimator", "quantity"]
    mine, theirs = (t[COLUMNS].sort_values(by).reset_index(drop=True) for t in (saved, expected))
    assert len(mine) > 30
    pd.testing.assert_frame_equal(mine, theirs)
    assert load_plane(measured).training()["accuracy"].notna().all()


def test_the_folder_is_read_like_that_of_a_run(measured: Path) -> None:
    assert len(load_runs(measured.parent).measurements) == len(load_plane(measured).table())
    assert "saved activations: 3 layers, 150 of 300" in repr(load_plane(measured))


@pytest.mark.parametrize("kind", ["npz", "safetensors", "parquet", "compressed"])
def test_other_files_say_the_same(folder: Path, tmp_path: Path, kind: str) -> None:
    layers = {p.stem: np.load(p) for p in (folder / "train" / "epoch-2").glob("*.npy")}
    path = tmp_path / f"epoch-2.{kind if kind != 'compressed' else 'npz'}"
    if kind == "npz":
        np.savez(path, **layers)
    elif kind == "compressed":
        np.savez_compressed(path, **layers)
    elif kind == "safetensors":
        save_file(layers, path)
    else:
        table = pd.DataFrame({name: list(values) for name, values in layers.items()})
        table.to_parquet(path, row_group_size=70)
    options = EstimateOptions(
        files=(str(tmp_path / f"epoch-{{epoch}}{path.suffix}"),),
        labels=f"{folder}/y.npy",
        bin_width=0.5,
    )
    plain = replace(options, files=(f"{folder}/train/epoch-2/{{layer}}.npy",))
    found = estimate(options, tmp_path / "a").table()[[*COLUMNS[1:]]]
    assert set(found["layer"]) == {"one", "two", "logits"}
    expected = estimate(plain, tmp_path / "b").table()[[*COLUMNS[1:]]]
    if kind == "parquet":  # kept as float64: other bits, and the same bins but on an edge
        assert np.allclose(found["bits"], expected["bits"], atol=0.05)
    else:
        assert found.equals(expected)


def test_it_goes_on_and_takes_epochs_that_came_since(
    options: EstimateOptions,
    measured: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    looks = []
    observe = InformationPlane.observe

    def once(self, epoch: int, step: int = 0) -> None:
        if looks:
            raise KeyboardInterrupt
        looks.append(epoch)
        observe(self, epoch, step)

    with monkeypatch.context() as patch:
        patch.setattr(InformationPlane, "observe", once)
        with pytest.raises(KeyboardInterrupt):
            estimate(options, tmp_path / "out")
    estimate(options, tmp_path / "out")
    assert "goes on from epoch 10: 1 of 2 are there" in capsys.readouterr().err
    mine, whole = load_plane(tmp_path / "out").table(), load_plane(measured).table()
    assert mine.drop(columns="run").equals(whole.drop(columns="run"))
    monkeypatch.setattr(InformationPlane, "observe", lambda *_: pytest.fail("measured again"))
    estimate(options, tmp_path / "out")


def test_files_that_changed_and_other_options_are_refused(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "one.npy"
    kept.write_bytes((folder / "train" / "epoch-2" / "one.npy").read_bytes())
    asked = EstimateOptions(files=(str(kept),), labels=f"{folder}/y.npy", bins=5)
    estimate(asked, tmp_path / "out")
    with pytest.raises(InfoplaneError, match="holds something else, or of other labels or"):
        estimate(replace(asked, bins=6), tmp_path / "out")
    np.save(kept, np.load(kept) + 1)
    with pytest.raises(InfoplaneError, match=r"holds estimates of .*one.npy as it was"):
        estimate(asked, tmp_path / "out")
    with pytest.raises(InfoplaneError, match="is a file; give a folder"):
        estimate(asked, kept)


def test_what_does_not_belong_together_is_refused(
    options: EstimateOptions, folder: Path, tmp_path: Path
) -> None:
    for change, message in (
        ({"test_labels": None}, "test labels belong together"),
        ({"labels": f"{folder}/test-y.npy"}, "holds 200 labels for 300 samples"),
        ({"test": (f"{folder}/test/epoch-{{epoch}}/one.npy",)}, "test files have other layers"),
        ({"layers": ("tow",)}, "no layer 'tow'"),
        ({"estimators": ("rsos",)}, "rsos"),
    ):
        with pytest.raises(InfoplaneError, match=message):
            estimate(replace(options, **change), tmp_path / "out")


def test_hostile_and_awkward_names_of_layers(folder: Path, tmp_path: Path) -> None:
    values = np.load(folder / "train" / "epoch-2" / "one.npy")
    names = ["train", "input", "a", "a.b", "a.b.forward", "<script>", "n", "[red]x"]
    np.savez(tmp_path / "all.npz", **{n: values + i for i, n in enumerate(names)})
    options = EstimateOptions((str(tmp_path / "all.npz"),), f"{folder}/y.npy", bins=4)
    table = estimate(options, tmp_path / "out").table()
    assert set(table["layer"]) == {"input (saved)", *names} - {"input"}


LARGE = """
import resource, sys
from infoplane.saved_activations.estimating import EstimateOptions, estimate
from pathlib import Path
folder = Path(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
options = EstimateOptions((str(folder / "large.npy"),), str(folder / "y.npy"), bin_width=0.5)
estimate(options, folder / "out")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.slow
def test_what_is_larger_than_the_memory_it_takes(tmp_path: Path) -> None:
    n, d = 200_000, 512  # 400 MB
    large = np.lib.format.open_memmap(tmp_path / "large.npy", "w+", np.float32, (n, d))
    large[:: n // 1000] = np.random.default_rng(0).standard_normal((len(large[:: n // 1000]), d))
    del large
    np.save(tmp_path / "y.npy", np.arange(n) % 3)
    done = subprocess.run(
        [sys.executable, "-c", LARGE, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert float(done.stdout.splitlines()[-1]) < 150


def test_the_command(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "infoplane.cli", "estimate"]
    pattern = f"{folder}/train/epoch-{{epoch}}/{{layer}}.npy"
    given = [pattern, "--labels", f"{folder}/y.npy", "--decoder", "knn", "--out"]
    done = subprocess.run(
        [*command, *given, str(tmp_path / "out")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith(f"open {tmp_path / 'out' / 'report.html'}")
    assert (tmp_path / "out" / "measurements.parquet").exists()
    wrong = subprocess.run(
        [*command, f"{folder}/none-*.npy", "--labels", f"{folder}/y.npy"],
        capture_output=True,
        text=True,
    )
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
