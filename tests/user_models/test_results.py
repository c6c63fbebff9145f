"""What was measured is told, drawn, saved, and read like a run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from own_models import ResNet
from torch import nn
from torch.nn.functional import one_hot

import infoplane
from infoplane import InfoplaneError, InformationPlane, load_plane, load_runs, plant, tables
from infoplane.names import DECODERS, I_TY, STRONGEST, M
from infoplane.page.report import write_report
from infoplane.report import print_groups, print_runs

N = 1200
DRAW = torch.Generator().manual_seed(0)
Y = torch.arange(N) % 4
SEEN = torch.where(torch.arange(N) % 3 == 0, torch.randint(4, (N,), generator=DRAW), Y)
HOLDS = torch.cat([2 * one_hot(Y, 4), one_hot(SEEN, 4), torch.zeros(N, 4)], dim=1).float()
HOLDS += 0.1 * torch.randn(N, 12, generator=DRAW)
TEST = (torch.cat([HOLDS[:, :4], torch.zeros(N, 8)], dim=1), Y)


def model() -> nn.Sequential:
    """Its first layer keeps both labels, its logits the true one alone."""
    made = nn.Sequential(nn.Linear(12, 8, bias=False), nn.Linear(8, 4, bias=False))
    with torch.no_grad():
        made[0].weight.copy_(torch.eye(8, 12))
        made[1].weight.copy_(torch.eye(4, 8))
    return made


@pytest.fixture(scope="module")
def plane() -> InformationPlane:
    seen = InformationPlane(
        model(), HOLDS, Y, seen_labels=SEEN, test=TEST, estimators="ross(permutations=2)"
    )
    seen.observe(0)
    seen.observe(3)
    return seen


def test_a_layer_that_holds_seen_labels_has_m_and_one_that_does_not_has_none(
    plane: InformationPlane,
) -> None:
    table = plane.table()
    strongest = table[(table["estimator"] == STRONGEST) & (table["epoch"] == 3)]
    m = strongest[strongest["quantity"] == M].set_index(["subset", "layer"])
    assert m.loc[("train", "0"), "bits"] > 0.95 * m.loc[("train", "0"), "ceiling"]
    assert m.loc[("train", "logits"), "p_value"] > 0.05
    assert abs(m.loc[("train", "logits"), "bits"]) < 0.05
    of_test = strongest[(strongest["quantity"] == M) & (strongest["subset"] == "test")]
    assert of_test["bits"].between(-0.05, 0.05).all()
    learned = strongest[strongest["quantity"] == I_TY]
    assert set(learned["subset"]) == {"test"}
    assert (learned["bits"] > 1.95).all()
    assert set(table["estimator"]) >= {*DECODERS, "Ross"}
    assert list(table.columns) == list(tables.MEASUREMENTS)


def test_loss_and_accuracy_of_the_examples_watched(plane: InformationPlane) -> None:
    row = plane.training().set_index(["epoch", "subset"]).loc[(3, "train")]
    right = model()(HOLDS).argmax(dim=1)
    assert row["true_accuracy"] == pytest.approx(float((right == Y).double().mean()))
    assert row["accuracy"] == pytest.approx(float((right == SEEN).double().mean()))
    loss = nn.functional.cross_entropy(model()(HOLDS), SEEN).item() / torch.tensor(2.0).log().item()
    assert row["loss"] == pytest.approx(loss, rel=1e-5)


def test_labels_that_are_text_have_no_accuracy() -> None:
    names = ["abcd"[i] for i in Y]
    seen = InformationPlane(model(), HOLDS, names, bin_width=0.5)
    seen.observe(0)
    assert seen.training().empty


def test_summary_says_both_and_what_to_change(
    plane: InformationPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    plane.summary()
    said = capsys.readouterr().out
    assert "InformationPlane of Sequential (128 parameters): 3 layers" in said
    assert re.search(r"memorized I\(T;Ỹ\|Y\)", said)
    assert "Ross" in said
    text = plane._repr_html_()
    assert text.startswith('<img alt="InformationPlane')
    assert "data:image/png;base64," in text


@pytest.mark.parametrize("kind", ["saved", "again"])
def test_a_saved_plane_is_read_like_a_run(
    plane: InformationPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    folder = plane.save(tmp_path / "runs" / "mine")
    if kind == "again":
        plane.save(folder)
    back = load_plane(folder)
    id_ = plane.watched.id
    pd.testing.assert_frame_equal(back.table(), plane.table().assign(run=id_), check_dtype=False)
    assert back.advice == plane.advice
    assert repr(back) == repr(plane)
    assert {path.name for path in (folder / "figures").iterdir()} == {"plane.png", "plane.svg"}
    runs = load_runs(tmp_path / "runs")
    assert runs.configs.loc[(id_, 0), "data.rate"] == pytest.approx(
        float((SEEN != Y).double().mean())
    )
    assert len(runs.where(f"data.rate={plane.watched.rate}").measurements) == len(plane.table())
    assert runs.ends()["train accuracy"].notna().all()
    with pytest.raises(InfoplaneError, match=r"no run has network\.activation=relu"):
        runs.where("network.activation=relu")
    print_runs(tmp_path / "runs")
    print_groups(tmp_path / "runs", (), ("data.rate",))
    said = capsys.readouterr().out
    assert "own data" in said
    assert "Sequential" in said
    page = write_report([folder], out=tmp_path / "report.html")
    assert "Trained by a loop" in Path(page).read_text(encoding="utf-8")


def test_a_plane_beside_runs(plane: InformationPlane, tmp_path: Path) -> None:
    config = infoplane.RunConfig(
        data=infoplane.DataConfig("digits", train_size=40, test_size=20),
        network=infoplane.NetworkConfig(widths=(3,), activation="relu"),
        training=infoplane.TrainingConfig(epochs=1),
    )
    infoplane.run(config, out=tmp_path / "run")
    plane.save(tmp_path / "plane")
    runs = load_runs(tmp_path)
    assert len(runs) == 2
    assert len(runs.where("network.activation=relu")) == 1
    with pytest.raises(InfoplaneError, match="holds a run of infoplane, no plane"):
        load_plane(tmp_path / "run")
    with pytest.raises(InfoplaneError, match="holds another run"):
        plane.save(tmp_path / "run")


def test_what_cannot_be_saved_or_read(plane: InformationPlane, tmp_path: Path) -> None:
    fresh = InformationPlane(model(), HOLDS, Y)
    with pytest.raises(
        InfoplaneError, match=r"nothing was measured yet; call observe\(epoch\), th"
    ):
        fresh.save(tmp_path / "a")
    with pytest.raises(InfoplaneError, match="nothing was measured yet"):
        fresh.plot()
    assert fresh._repr_html_().startswith("<pre>")
    (tmp_path / "file").touch()
    with pytest.raises(InfoplaneError, match=r"file is a file; give a folder"):
        plane.save(tmp_path / "file")
    with pytest.raises(
        InfoplaneError, match=r"holds no plane; name a folder that plane\.save wrote"
    ):
        load_plane(tmp_path)
    folder = plane.save(tmp_path / "b")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["config"]["watched"]["colour"] = "red"
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(InfoplaneError, match="has changed since it was written"):
        load_plane(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(InfoplaneError, match="the record has unknown keys"):
        load_plane(folder)


def test_what_is_drawn(plane: InformationPlane) -> None:
    def labels_of(figure: Any) -> str:
        return " ".join(axes.get_xlabel() + axes.get_ylabel() for axes in figure.axes)

    assert "memorized: M" in labels_of(plane.plot())
    alone = InformationPlane(model(), HOLDS, Y, seen_labels=SEEN, memorization="linear")
    alone.observe(0)
    assert "learned: I(T;Y) on train" in labels_of(alone.plot(title="own"))
    binned = InformationPlane(model(), HOLDS, Y, bins=3)
    binned.observe(0)
    assert "I(X;T)" in labels_of(binned.plot())
    wide = InformationPlane(ResNet(), torch.randn(60, 1, 8, 8), Y[:60] % 3, memorization="linear")
    wide.observe(0)
    assert "I(T;Y)" in labels_of(wide.plot())


def advice_of(**options: Any) -> str:
    given = {"memorization": "linear", "seen_labels": SEEN, "test": TEST} | options
    network, inputs, labels = (
        given.pop(key, usual)
        for key, usual in (("model", model()), ("inputs", HOLDS), ("labels", Y))
    )
    made = InformationPlane(network, inputs, labels, **given)
    made.observe(0)
    return "\n".join(made.advice)


def dead() -> nn.Sequential:
    made = nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 4))
    with torch.no_grad():
        made[0].bias.fill_(-1e3)
    return made


def linear() -> nn.Module:
    """A network of always the same weights: of those that know nothing one in twenty says more."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(4, 4))


ADVICE: dict[str, tuple[dict[str, Any], str, bool]] = {
    "nothing to say": ({}, "", True),
    "true labels": ({"seen_labels": None}, "Every label is taken for true, so M cannot be", False),
    "equal labels": ({"seen_labels": Y}, "No seen label differs from its true one", False),
    "few wrong": (
        {"labels": plant(Y, 0.05), "seen_labels": None}, "Only 60 of the labels decoded", False,
    ),
    "no test": ({"test": None}, "There is no test part, so M has no control", False),
    "saturated": (
        {"bin_width": 1e-4, "memorization": "linear"}, "Every layer is saturated", False,
    ),
    "not saturated": ({"bin_width": 2.0, "memorization": "linear"}, "", True),
    "swallowed": (
        {"model": linear(), "inputs": torch.randn(N, 4, generator=DRAW),
         "test": (torch.randn(N, 4, generator=DRAW), Y)},
        "No layer says more than shuffled labels do of what is memorized", False,
    ),
    "dead": ({"model": dead()}, "All units are the same for every example in 1, logits", False),
    "wide": (
        {"model": nn.Sequential(nn.Linear(12, 700), nn.Linear(700, 4))},
        "fitted on 480 examples and have more units than that to read in 0:", False,
    ),
    "few examples": (
        {"memorization": infoplane.MemorizationConfig(decoder="linear", probe_size=500)},
        "500 examples are few", False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ADVICE)
def test_advice(case: str) -> None:
    options, sentence, nothing = ADVICE[case]
    said = advice_of(**options)
    assert sentence in said
    assert bool(said) != nothing


def test_memory_is_said_and_what_does_not_fit_is_refused_before_it_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wide = nn.Sequential(nn.Linear(12, 9000), nn.Linear(9000, 4))
    seen = InformationPlane(wide, HOLDS, Y)
    assert seen.memory == 4 * N * (12 + 4096 + 4)
    note = seen.layers.table().set_index("layer").loc["0", "note"]
    assert note == "decoded from a sketch of 4,096 units"
    monkeypatch.setattr("infoplane.observing.collect.MEMORY_SHARE", 1e-9)
    with pytest.raises(InfoplaneError, match="what is decoded at once of shape"):
        InformationPlane(wide, HOLDS, Y)
    with pytest.raises(InfoplaneError, match="the widest layer, for the estimators, of shape"):
        InformationPlane(wide, HOLDS, Y, estimators="ross")
    with pytest.raises(InfoplaneError, match="the widest layer, for these bins, of shape"):
        InformationPlane(wide, HOLDS, Y, bins=4)


def test_a_state_of_tensors_goes_on_as_it_was(plane: InformationPlane) -> None:
    state = plane.state_dict()
    assert all(isinstance(value, torch.Tensor) for value in state.values())
    again = InformationPlane(model(), HOLDS, Y, seen_labels=SEEN, test=TEST)
    again.load_state_dict(state)
    pd.testing.assert_frame_equal(again.table(), plane.table())
    assert again.watched.id == plane.watched.id
    assert again.epochs == [0, 3]
    other = InformationPlane(model(), HOLDS, Y, layers="0")
    with pytest.raises(InfoplaneError, match="measured before is of the layers"):
        other.load_state_dict(state)
