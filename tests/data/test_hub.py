"""The hub without a network: asked by its id, kept by its version, refused in one sentence."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from datasets.exceptions import DatasetNotFoundError
from huggingface_hub import constants
from pictures import encoded

from infoplane.data import hub
from infoplane.errors import InfoplaneError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOPLANE_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_answers", lambda _: True)


class Loaded:
    """A data set as the hub's client returns it, of a version."""

    def __init__(self, version: str, grey: int) -> None:
        self._fingerprint, self.grey, self.read = version, grey, 0

    def with_format(self, _: str) -> Loaded:
        return self

    def __getitem__(self, _: slice) -> pa.Table:
        self.read += 1
        pictures = [encoded(np.full((2, 2), self.grey, dtype=np.uint8))] * 3
        return pa.table({"image": pictures, "label": [0, 1, 2]})


@pytest.mark.usefixtures("reachable")
def test_asked_by_its_id_and_decoded_once_for_each_version(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    first, second = Loaded("v1", 10), Loaded("v2", 20)
    answers = iter([first, first, second])

    def load_dataset(hub_id: str, split: str) -> Loaded:
        asked.append((hub_id, split))
        return next(answers)

    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    greys = [int(hub.hub_part("fashion-mnist", "train")[0].max()) for _ in range(3)]
    assert greys == [10, 10, 20], "a new version on the hub must not be answered from the old"
    assert (first.read, second.read) == (1, 1)
    assert asked == [("zalando-datasets/fashion_mnist", "train")] * 3


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (DatasetNotFoundError("gone"), "the hub has no set of that name, or none open to you; con"),
        (ConnectionError("long\ntext"), r"the hub did not answer \(ConnectionError\); connect"),
        (
            ValueError('Unknown split "test".\nmore'),
            'its client says ValueError: Unknown split "test"; connect once',
        ),
        (RuntimeError(), "its client says RuntimeError; connect once"),
    ],
)
@pytest.mark.usefixtures("reachable")
def test_why_the_hub_gave_nothing(
    monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    def load_dataset(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    with pytest.raises(InfoplaneError, match=message) as raised:
        hub.hub_part("owner/set", "test")
    assert "\n" not in str(raised.value)


def test_without_a_network_it_says_so_soon_and_quietly(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The real client, its endpoint a port of this machine that nobody listens to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{port}")
    began = time.monotonic()
    message = (
        r"'mnist' is neither at hand .* no folder was given, the hub's 'ylecun/mnist' \(train\) is "
        r"not in the cache .*, and the hub cannot be reached; .* --data-root DIR"
    )
    with pytest.raises(InfoplaneError, match=message):
        hub.hub_part("mnist", "train")
    assert time.monotonic() - began < 10, "the client's retries take half a minute"
    assert capfd.readouterr().err == ""
    assert not constants.HF_HUB_OFFLINE, "put back afterwards"


def test_offline_is_asked_for_and_put_back_where_the_loading_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub, "_answers", lambda _: False)
    before = constants.HF_HUB_OFFLINE

    def fail() -> None:
        with hub.offline_if_unreachable() as offline:
            assert offline
            assert constants.HF_HUB_OFFLINE
            raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        fail()
    assert before == constants.HF_HUB_OFFLINE


def test_a_proxy_is_asked_in_place_of_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy the hub's own name often cannot be resolved."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"127.0.0.1:{proxy.getsockname()[1]}"
        for spelled in (address, f"http://{address}"):
            monkeypatch.setenv("https_proxy", spelled)
            assert hub._answers("https://hub.invalid")
    assert not hub._answers("https://hub.invalid")
