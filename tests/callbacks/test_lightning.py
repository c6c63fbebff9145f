"""Lightning's own Trainer, with one line more: all is watched, and nothing changes."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from checking import unchecked
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

pl: Any = pytest.importorskip("lightning.pytorch", reason="Lightning is not installed")

from infoplane import ExampleTracker, InfoplaneError, load_plane  # noqa: E402
from infoplane.callbacks import InformationPlaneCallback  # noqa: E402

PASSING = "lightning.fabric.utilities.warnings.PossibleUserWarning"
pytestmark = [
    pytest.mark.filterwarnings(f"ignore::{PASSING}"),
    pytest.mark.filterwarnings("ignore:.isinstance.treespec"),
    pytest.mark.filterwarnings("ignore:Checkpoint directory"),
]

N = 120
DRAW = torch.Generator().manual_seed(0)
Y = torch.randint(3, (N,), generator=DRAW)
X = torch.randn(N, 4, generator=DRAW) + 2 * nn.functional.one_hot(Y, 4)
DATA = TensorDataset(X, Y)
CHEAP = {"memorization": "knn"}


class Module(pl.LightningModule):
    """As people write them: no forward, the network an attribute, dropout, statistics."""

    rate = 0.05

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3)
        )
        self.loss = nn.CrossEntropyLoss()

    def training_step(self, batch: Any, _: int) -> Any:
        x, y = batch
        return self.loss(self.net(x), y)

    def validation_step(self, batch: Any, _: int) -> None:
        self.log("val_loss", self.loss(self.net(batch[0]), batch[1]))

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam(self.parameters(), self.rate)


class Several(Module):
    def validation_step(self, batch: Any, _: int, dataloader_idx: int = 0) -> None:
        super().validation_step(batch, _)


def loader(data: Any = DATA, **options: Any) -> DataLoader:
    return DataLoader(data, **({"batch_size": 32, "shuffle": True} | options))


def fit(
    folder: Path, *callbacks: Any, module: Any = None, train: Any = None, val: Any = None, **o: Any
) -> tuple[Any, Any]:
    torch.manual_seed(0)
    module = module or Module()
    path = o.pop("ckpt_path", None)
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
    given = {"max_epochs": 2, "logger": False, "enable_checkpointing": False} | quiet | o
    trainer = pl.Trainer(default_root_dir=folder, callbacks=list(callbacks), **given)
    trainer.fit(module, train or loader(), val, ckpt_path=path)
    return trainer, module


@pytest.mark.parametrize("workers", [0, 1])
def test_one_line_watches_layers_and_examples(tmp_path: Path, workers: int) -> None:
    callback = InformationPlaneCallback(folder=tmp_path / "plane", **CHEAP)
    train = loader(num_workers=workers)
    sampler = train.batch_sampler.sampler
    _, module = fit(tmp_path, callback, train=train, val=loader(shuffle=False))
    table = callback.plane.table()
    assert sorted(set(table["epoch"])) == [0, 1, 2]
    assert set(table["subset"]) == {"train", "test"}
    tracker = callback.tracker
    assert isinstance(tracker, ExampleTracker)
    assert (tracker._sums[:, 0] == 2).all()  # each example once an epoch …
    assert (tracker._label == Y.numpy()).all()  # … under its own id
    assert load_plane(tmp_path / "plane").table()["bits"].equals(table["bits"])
    assert not any(m._forward_hooks for m in module.modules())
    assert train.batch_sampler.sampler is sampler


def test_several_validation_loaders_are_no_test_part(tmp_path: Path) -> None:
    callback = InformationPlaneCallback(**CHEAP)
    fit(tmp_path, callback, module=Several(), val=[loader(shuffle=False)] * 2)
    assert set(callback.plane.table()["subset"]) == {"train"}


def test_training_is_the_same_bit_for_bit(tmp_path: Path) -> None:
    _, alone = fit(tmp_path, val=loader(shuffle=False))
    _, watched = fit(tmp_path, InformationPlaneCallback(**CHEAP), val=loader(shuffle=False))
    state = alone.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in watched.state_dict().items())


def test_scalars_can_be_monitored_and_go_to_the_loggers(tmp_path: Path) -> None:
    logger = pl.loggers.CSVLogger(tmp_path)
    stop = pl.callbacks.EarlyStopping("infoplane/learned/logits", mode="max", patience=9)
    callback = InformationPlaneCallback(test=(X, Y), every=2, **CHEAP)
    trainer, _ = fit(
        tmp_path, callback, stop, max_epochs=3, logger=logger, check_val_every_n_epoch=2
    )
    assert callback.plane.epochs == [0, 2, 3]
    last = callback.plane.scalars()["infoplane/learned/logits"]
    assert trainer.callback_metrics["infoplane/learned/logits"].item() == pytest.approx(last)
    logged = pd.read_csv(Path(logger.log_dir) / "metrics.csv")["infoplane/learned/logits"].dropna()
    assert len(logged) == 3
    assert logged.iloc[-1] == pytest.approx(last)


def test_resumed_it_goes_on_from_the_checkpoint(tmp_path: Path) -> None:
    keep = pl.callbacks.ModelCheckpoint(tmp_path, filename="{epoch}", save_top_k=-1)
    first = InformationPlaneCallback(**CHEAP)
    fit(tmp_path, first, keep, enable_checkpointing=True)
    again, path = (
        InformationPlaneCallback(folder=tmp_path / "plane", **CHEAP),
        tmp_path / "epoch=1.ckpt",
    )
    fit(tmp_path, again, keep, max_epochs=3, enable_checkpointing=True, ckpt_path=path)
    assert again.plane.epochs == [0, 1, 2, 3]
    table, before = again.plane.table(), first.plane.table()
    pd.testing.assert_frame_equal(table[table["epoch"] < 3], before)
    assert again.plane.watched.id == first.plane.watched.id
    assert (again.tracker._sums[:, 0] == 3).all()


class Diverging(Module):
    rate = float("inf")


def test_a_network_that_diverges_is_said_and_training_goes_on(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trainer, _ = fit(tmp_path, InformationPlaneCallback(**CHEAP), module=Diverging())
    said = [str(w.message) for w in caught]
    assert trainer.current_epoch == 2
    assert any("nothing was measured after epoch 1" in each for each in said)
    assert sum("not followed: logits are NaN" in each for each in said) == 1


class Whole(Module):
    def forward(self, x: Any) -> Any:
        return {"logits": self.net(x)}

    def training_step(self, batch: Any, _: int) -> Any:
        return self.loss(self(batch["x"])["logits"], batch["labels"])


class Records(torch.utils.data.Dataset):
    def __len__(self) -> int:
        return N

    def __getitem__(self, i: int) -> Any:
        return {"x": X[i], "labels": Y[i]}


def test_a_module_with_a_forward_that_puts_out_a_dictionary(tmp_path: Path) -> None:
    callback = InformationPlaneCallback(X, Y, output="logits", **CHEAP)
    fit(tmp_path, callback, module=Whole(), train=loader(Records()))
    assert "net.4" not in callback.plane.layers
    assert "logits" in callback.plane.layers
    assert (callback.tracker._label == Y.numpy()).all()


class Two(Module):
    def __init__(self) -> None:
        super().__init__()
        self.other = nn.Linear(4, 3)


class Idle(Two):
    """Never calls the network that is watched."""

    def training_step(self, batch: Any, _: int) -> Any:
        return self.loss(self.other(batch[0]), batch[1])


class Nameless(torch.utils.data.Dataset):
    def __len__(self) -> int:
        return N

    def __getitem__(self, i: int) -> Any:
        return {"a": X[i], "b": Y[i]}


class OfNameless(Module):
    def training_step(self, batch: Any, _: int) -> Any:
        return self.loss(self.net(batch["a"]), batch["b"])


class Batches:
    """Batches of a sampler of its own."""

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Any:
        return iter([[0, 1, 2], [3, 4, 5]])


@pytest.mark.parametrize(
    ("module", "train", "options", "reason"),
    [
        (Idle, {}, {"model": "net"}, "did not call the network"),
        (OfNameless, {"data": Nameless()}, {}, "its labels are not plain"),
        (
            Module,
            {"batch_sampler": Batches(), "batch_size": 1, "shuffle": None},
            {},
            "has no batch sampler of torch",
        ),
        (
            Module,
            {},
            {"batch_labels": lambda batch: batch[1][:5]},
            "the model put out .* for 5 labels",
        ),
    ],
)
def test_examples_that_cannot_be_followed_are_said_once(
    tmp_path: Path, module: Any, train: Any, options: Any, reason: str
) -> None:
    callback = InformationPlaneCallback(X, Y, **CHEAP, **options)
    with pytest.warns(UserWarning, match=reason) as caught:
        fit(tmp_path, callback, module=module(), train=loader(**train))
    assert sum("not followed" in str(w.message) for w in caught) == 1
    assert callback.plane.epochs == [0, 1, 2]


def test_labels_by_a_function(tmp_path: Path) -> None:
    callback = InformationPlaneCallback(X, Y, batch_labels=lambda batch: batch["b"], **CHEAP)
    fit(tmp_path, callback, module=OfNameless(), train=loader(Nameless()))
    assert (callback.tracker._label == Y.numpy()).all()


@pytest.mark.slow
def test_of_a_compiled_network_layers_are_watched(tmp_path: Path) -> None:
    module = Module()
    module.net = torch.compile(module.net, backend="eager")
    callback = InformationPlaneCallback(X, Y, **CHEAP)
    with unchecked(), pytest.warns(UserWarning, match="a compiled network"):
        fit(tmp_path, callback, module=module)
    assert callback.plane.epochs == [0, 1, 2]
    assert callback.tracker is None


def test_examples_are_left_alone_where_not_asked_for(tmp_path: Path) -> None:
    callback = InformationPlaneCallback(X, Y, examples=False, **CHEAP)
    fit(tmp_path, callback)
    assert callback.tracker is None


class Failing(Module):
    def on_train_epoch_end(self) -> None:
        raise ValueError("of the user")


def test_an_exception_of_the_user_leaves_no_trace_and_the_plane_saved(tmp_path: Path) -> None:
    callback, train, module = (
        InformationPlaneCallback(folder=tmp_path / "p", **CHEAP),
        loader(),
        Failing(),
    )
    sampler = train.batch_sampler.sampler
    with pytest.raises(ValueError, match="of the user"):
        fit(tmp_path, callback, module=module, train=train)
    assert train.batch_sampler.sampler is sampler
    assert not any(m._forward_hooks for m in module.modules())
    assert load_plane(tmp_path / "p").epochs == [0, 1]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"every": 0}, "every is 0"),
        ({"every": "2"}, "every is '2'"),
        ({"folder": __file__}, "is a file"),
        ({"trackers": [3]}, "tracker is int"),
    ],
)
def test_wrong_options_are_refused(options: Any, reason: str) -> None:
    with pytest.raises(InfoplaneError, match=reason):
        InformationPlaneCallback(**options)


@pytest.mark.parametrize(
    ("module", "options", "reason"),
    [
        (Two, {}, r"no forward and 2 networks \(net, other\)"),
        (Module, {"model": "nett"}, "no network 'nett'; it has net, loss"),
        (Module, {"layers": "none"}, "none"),
    ],
)
def test_what_cannot_be_watched_is_refused_before_training(
    tmp_path: Path, module: Any, options: Any, reason: str
) -> None:
    with pytest.raises(InfoplaneError, match=reason):
        fit(tmp_path, InformationPlaneCallback(X, Y, **CHEAP, **options), module=module())


def test_other_layers_than_before_are_refused(tmp_path: Path) -> None:
    keep = pl.callbacks.ModelCheckpoint(tmp_path, filename="{epoch}")
    fit(tmp_path, InformationPlaneCallback(**CHEAP), keep, enable_checkpointing=True)
    again, path = InformationPlaneCallback(layers="0", **CHEAP), tmp_path / "epoch=1.ckpt"
    with pytest.raises(InfoplaneError, match="measured before is of the layers"):
        fit(tmp_path, again, keep, max_epochs=3, enable_checkpointing=True, ckpt_path=path)


@pytest.mark.slow
def test_of_two_processes_the_first_observes(tmp_path: Path) -> None:
    callback = InformationPlaneCallback(X, Y, folder=tmp_path / "plane", examples=False, **CHEAP)
    fit(tmp_path, callback, devices=2, strategy="ddp_fork")
    assert load_plane(tmp_path / "plane").epochs == [0, 1, 2]
