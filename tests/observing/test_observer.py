"""Observing sees what is there, changes nothing, and leaves nothing behind."""

from __future__ import annotations

import math

import pytest
import torch
from oracle import entropy_of, mutual_information_of, rows_of
from torch import nn

from infoplane import InformationPlane
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.binned.rules import FixedWidth, QuantileBins
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import build_mlp
from infoplane.observing import observer
from infoplane.observing.bins import make_bins
from infoplane.observing.capture import hooked, layer_names, stream
from infoplane.observing.collect import check_memory
from infoplane.observing.config import ObservingConfig
from infoplane.observing.observer import Observer, make_probe
from infoplane.tables import MEASUREMENTS

INPUTS = torch.randn(300, 6, generator=torch.Generator().manual_seed(0))
LABELS = (INPUTS[:, 0] > 0).long()


class Convolutional(nn.Module):
    """A model with what own models have: images, dropout, batch norm, reuse, two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.pair = Pair()
        self.again = nn.ReLU()
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(4, 2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h, _ = self.pair(self.features(x))
        return self.head(self.again(self.again(h).mean(dim=(2, 3))))


class Pair(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, int]:
        return x, 0


def state_of(model: nn.Module) -> dict:
    return {name: value.clone() for name, value in model.state_dict().items()}


def hooks_of(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) for m in model.modules())


def test_values_are_those_of_the_layers() -> None:
    model = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 2))
    plane = InformationPlane(model, INPUTS, LABELS, bin_width=0.3)
    plane.observe(epoch=5, step=17)
    table = plane.table()
    assert list(table.columns) == list(MEASUREMENTS)
    assert (table["epoch"] == 5).all()
    assert (table["step"] == 17).all()
    activations = {"input": INPUTS, "1": model[:2](INPUTS), "logits": model(INPUTS)}
    for layer, t in activations.items():
        rows = rows_of(torch.floor(t.detach() / 0.3).numpy())
        here = table[(table["layer"] == layer) & (table["estimator"] == "bins")]
        bits = here.set_index("quantity")["bits"]
        assert bits["I(X;T)"] == pytest.approx(entropy_of(rows), abs=1e-9)
        expected = mutual_information_of(rows, LABELS.tolist())
        assert bits["I(T;Y)"] == pytest.approx(expected, abs=1e-9)
        assert (here["width"] == t.shape[1]).all()


def test_a_stack_is_measured_member_by_member() -> None:
    stack = build_mlp(NetworkConfig(widths=(5, 4)), inputs=6, classes=2, seed=0, members=3)
    watching = Observer(stack, INPUTS, FixedWidth(0.3))
    assert watching.layers == ["input", "layer1", "layer2", "logits"]
    rows = list(watching.observe(make_probe("train", INPUTS, LABELS), epoch=0))
    for member in range(3):
        codes = torch.floor(stack(INPUTS)[member].T.detach() / 0.3)
        expected = entropy_of(rows_of(codes.numpy()))
        found = [
            r["bits"]
            for r in rows
            if r["member"] == member and r["layer"] == "logits" and r["quantity"] == "H(T)"
        ]
        assert found[0] == pytest.approx(expected, abs=1e-9)
    assert {r["depth"] for r in rows} == {0, 1, 2, 3}


@pytest.mark.parametrize("rule", [FixedWidth(0.2), QuantileBins(5), QuantileBins(5, per="unit")])
def test_chunk_size_does_not_matter(rule, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = build_mlp(NetworkConfig(widths=(5,)), inputs=6, classes=2, seed=0, members=2).double()
    probe = make_probe("train", INPUTS.double(), LABELS)

    def measured() -> list[float]:
        seen = Observer(stack, INPUTS.double(), rule).observe(probe, epoch=0)
        return [row["bits"] for row in seen]

    whole = measured()
    monkeypatch.setattr(observer, "CHUNK", 11)
    assert measured() == whole


def test_seen_labels_are_measured_beside_the_true_ones() -> None:
    model = nn.Linear(6, 2)
    plane = InformationPlane(
        model, INPUTS, LABELS, seen_labels=LABELS.flip(0), test=(INPUTS, LABELS), bins=5
    )
    plane.observe(0)
    table = plane.table()
    quantities = table.groupby("subset")["quantity"].unique()
    assert "I(T;Ỹ)" in quantities["train"]
    assert "I(T;Ỹ)" not in quantities["test"]
    assert table[table["quantity"] == "I(T;Ỹ)"]["null_std"].notna().all()


def test_observing_changes_nothing() -> None:
    model = Convolutional().train()
    model.head.eval()
    images, labels = torch.randn(40, 1, 8, 8), torch.arange(40) % 2
    before, random = state_of(model), torch.get_rng_state()
    modes = [m.training for m in model.modules()]
    plane = InformationPlane(model, images, labels)
    plane.observe(0)
    assert all(torch.equal(value, before[name]) for name, value in state_of(model).items())
    assert torch.equal(torch.get_rng_state(), random)
    assert [m.training for m in model.modules()] == modes
    assert hooks_of(model) == 0
    assert all(p.grad is None for p in model.parameters())


def test_training_with_and_without_observation_ends_with_the_same_bits() -> None:
    def train(observe: bool) -> dict:
        torch.manual_seed(0)
        model = Convolutional()
        images, labels = torch.randn(40, 1, 8, 8), torch.arange(40) % 2
        plane = InformationPlane(model, images, labels)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(3):
            if observe:
                plane.observe(epoch)
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return state_of(model)

    watched, alone = train(True), train(False)
    assert all(torch.equal(watched[name], alone[name]) for name in alone)


def test_layers_of_any_model_in_the_order_they_run() -> None:
    """Modules that run twice, give no tensor, or give the model's own output are left out."""
    names = layer_names(Convolutional(), torch.randn(1, 1, 8, 8))
    expected = ["input", "features.0", "features.1", "features.2", "head.0", "logits"]
    assert names == expected


def test_layers_by_name() -> None:
    model = Convolutional()
    images, labels = torch.randn(10, 1, 8, 8), torch.arange(10) % 2
    plane = InformationPlane(model, images, labels, layers=("logits", "features.2"))
    assert plane.layers == ["features.2", "logits"]
    plane.observe(0)
    assert set(plane.table()["depth"]) == {3, 6}  # after the two calls of "again"
    message = r"no layer 'features.9' \(did you mean 'features.\d'\?\); give some of: input"
    with pytest.raises(InfoplaneError, match=message):
        InformationPlane(model, images, labels, layers=("features.9",))


def test_hooks_are_gone_and_modes_back_after_an_error() -> None:
    model = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 2)).train()

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stream(model, INPUTS, {"1": fail}, chunk=10)
    with pytest.raises(AttributeError), hooked(model, {"0": print, "nothing": print}):
        pass
    assert hooks_of(model) == 0
    assert all(m.training for m in model.modules())


@pytest.mark.parametrize("rule", [FixedWidth(0.5), QuantileBins(5)])
def test_activations_that_are_not_finite_name_layer_and_epoch(rule) -> None:
    stack = build_mlp(NetworkConfig(widths=(5, 4)), inputs=6, classes=2, seed=0)
    with torch.no_grad():
        stack.get_submodule("layer2").weight[0, 0, 0] = math.nan
    probe = make_probe("train", INPUTS, LABELS)
    with pytest.raises(NonFiniteError, match="layer 'layer2' at epoch 7: values are NaN"):
        list(Observer(stack, INPUTS, rule).observe(probe, epoch=7))


def test_a_layer_without_a_row_for_each_sample_is_refused() -> None:
    with pytest.raises(InfoplaneError, match=r"layer 'logits' puts out \[\] for 10 samples"):
        stream(Summing(), INPUTS, {"logits": lambda rows, t: None}, chunk=10)


class Summing(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.sum()


def test_refuses_what_does_not_fit_in_memory() -> None:
    with pytest.raises(InfoplaneError, match="GiB whole, of"):
        check_memory("layer 'layer1'", (10**9, 10**6))


def test_refuses_labels_that_do_not_match() -> None:
    with pytest.raises(InfoplaneError, match="train has 300 inputs and 299 labels"):
        InformationPlane(nn.Linear(6, 2), INPUTS, LABELS[1:])


@pytest.mark.parametrize(("bytes_", "passes"), [(1 << 28, 1), (4 * 60 * 9, 2), (0, 4)])
def test_layers_small_together_are_gathered_in_one_pass(
    bytes_: int, passes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 4)).eval()
    inputs = torch.randn(60, 4)
    watching = Observer(model, inputs, FixedWidth(0.5))
    monkeypatch.setattr(observer, "GATHERED", bytes_)
    calls = []
    model.register_forward_pre_hook(lambda _, args: calls.append(len(args[0])))
    layers = {name: t[0] for name, _, t in watching.whole_layers(inputs)}
    assert calls.count(60) == passes - (not bytes_)  # the input alone needs no pass
    assert list(layers) == ["input", "0", "1", "logits"]
    assert torch.equal(layers["1"], torch.tanh(model[0](inputs)))
    assert torch.equal(layers["logits"], model(inputs))


def test_peak_memory_is_one_layer_at_most() -> None:
    """Streaming keeps one hash a row: nothing of the size of the layers is allocated."""
    stack = build_mlp(NetworkConfig(widths=(512, 512, 512)), inputs=6, classes=2, seed=0)
    inputs = torch.randn(20_000, 6)
    largest = 0

    def visit(_: slice, activations: torch.Tensor) -> None:
        nonlocal largest
        largest = max(largest, activations.numel())

    stream(stack, inputs, {f"layer{i}": visit for i in (1, 2, 3)}, chunk=observer.CHUNK)
    assert largest <= observer.CHUNK * 512


@pytest.mark.parametrize("bins", ["width", "equal", "quantile", "quantile-unit", "idnns"])
def test_every_rule_has_a_name_in_the_configuration(bins: str) -> None:
    config = ObservingConfig(bins=bins)
    assert make_bins(config).resolution
