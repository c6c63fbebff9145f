"""Runs at a URL: the same bits as in a folder, whoever goes on with them, and one owner."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from grids import BITWISE, QUICK

from infoplane.errors import HeldError, InfoplaneError
from infoplane.report import print_verdicts
from infoplane.runs import session
from infoplane.runs.grid.run_grid import run_grid
from infoplane.runs.run import Run, run
from infoplane.runs.storage import remote
from infoplane.runs.storage.folder import CHECKPOINT
from infoplane.runs.storage.remote import OWNER, Remote, RemoteFolder, last_status, local_copy
from infoplane.studies.study import Study, StudyOptions, carry_out

fsspec = pytest.importorskip("fsspec")


@pytest.fixture(scope="module")
def in_a_folder(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(QUICK, out=tmp_path_factory.mktemp("folder") / "run")


@pytest.fixture(params=["memory", "file"])
def url(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A place for runs, with a machine of one's own to work on."""
    monkeypatch.setenv("INFOPLANE_CACHE", str(tmp_path / "machine"))
    monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)
    place = "memory://runs" if request.param == "memory" else f"file://{tmp_path}/store"
    yield place
    fsspec.filesystem("memory").store.clear()


def names(url: str) -> set[str]:
    there = Remote(url)
    return {path[len(there.root) :].strip("/") for path in there.files.find(there.root)}


def same_bytes(url: str, folder: Path) -> bool:
    there = Remote(url)
    return all(
        there.files.cat_file(f"{there.root}/{n}") == (folder / n).read_bytes() for n in BITWISE
    )


def test_a_run_at_a_url(url: str, in_a_folder: Run) -> None:
    found = run_grid({"one": QUICK}, out=url)["one"]
    at = f"{url}/{QUICK.id}"
    assert found.training.equals(in_a_folder.training)
    assert same_bytes(at, in_a_folder.path)
    assert names(at) == {*BITWISE, "seconds.parquet", "manifest.json"}  # no checkpoint, no owner
    assert last_status(at)["state"] == "complete"


def test_another_machine_goes_on(
    url: str, in_a_folder: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is interrupted at its end; all that the second has is what is at the URL."""
    at, loaded = f"{url}/run", []

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(session.Session, "_finish", stop)
        with pytest.raises(KeyboardInterrupt):
            run(QUICK, out=at)
    assert CHECKPOINT in names(at)
    shutil.rmtree(local_copy(at))
    load = session.read_checkpoint
    monkeypatch.setattr(session, "read_checkpoint", lambda *a: loaded.append(a) or load(*a))
    run(QUICK, out=at)
    assert len(loaded) == 1
    assert same_bytes(at, in_a_folder.path)


def test_what_is_there_is_the_truth(url: str, in_a_folder: Run) -> None:
    """A copy that is newer, older or damaged does not count."""
    at = f"{url}/{QUICK.id}"
    run_grid({"one": QUICK}, out=url)
    (local_copy(at) / "training.parquet").write_bytes(b"damaged")
    (local_copy(at) / "stray").write_text("")
    run_grid({"one": QUICK}, out=url)
    assert (local_copy(at) / "training.parquet").read_bytes() == (
        in_a_folder.path / "training.parquet"
    ).read_bytes()
    assert not (local_copy(at) / "stray").exists()
    Remote(at).remove("status.json")  # the run is no longer done
    run_grid({"one": QUICK}, out=url)
    assert same_bytes(at, in_a_folder.path)


def test_one_owner(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at = f"{url}/run"
    Remote(at).put(OWNER, json.dumps({"owner": "elsewhere", "seen": time.time()}).encode())
    with (
        pytest.raises(HeldError, match=r"being written by another process \(elsewhere\)"),
        RemoteFolder(at).locked(),
    ):
        pass
    monkeypatch.setattr(remote, "STALE_SECONDS", -1.0)
    with RemoteFolder(at).locked():
        assert "process" in (Remote(at).read(OWNER) or {})["owner"]
    assert OWNER not in names(at)


def test_the_owner_says_that_it_lives(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "BEAT_SECONDS", 0.01)
    at = f"{url}/run"
    with RemoteFolder(at).locked():
        first = (Remote(at).read(OWNER) or {})["seen"]
        deadline = time.monotonic() + 60
        while (Remote(at).read(OWNER) or {"seen": first})["seen"] == first:
            assert time.monotonic() < deadline


def test_a_study_at_a_url(url: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    study = Study(
        name="tiny",
        title="",
        source="",
        configure=lambda _: {"one": QUICK},
        claims=lambda _: [],
        figures=lambda _: {},
    )
    verdicts = carry_out(study, StudyOptions(), out=url)
    assert verdicts.path.is_dir()
    assert "tiny-quick-digits/claims.json" in names(url)
    assert f"{QUICK.id}/figures/training.png" in names(url)
    print_verdicts(verdicts, url)
    said = capsys.readouterr().out
    assert f"figures and claims: {url}/tiny-quick-digits\n" in said
    assert f"run “one”: {url}/{QUICK.id}\n" in said
    assert str(tmp_path / "machine") not in said


def test_refusals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(InfoplaneError, match=r"nowhere://x/.* cannot be opened .*see fsspec"):
        run_grid({"one": QUICK}, out="nowhere://x")
    there = Remote(f"file://{tmp_path}/store")

    def fail(*_: object, **__: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(there.files, "pipe_file", fail)
    with pytest.raises(InfoplaneError, match=r"could not be written \(PermissionError: no\)"):
        there.put("a", b"")


def test_names_that_lead_out_of_a_store(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Remote(f"{url}/run")
    monkeypatch.setattr(store.files, "find", lambda root: [f"{root}/../../secret"])
    with pytest.raises(InfoplaneError, match=r"holds '../../secret', a name that leads out of it"):
        store.fetch(local_copy(f"{url}/run"))


def test_an_owner_of_a_clock_that_was_set_back(url: str) -> None:
    """A sign of life from the future is none: the folder would be held until then."""
    seen = {"owner": "another", "seen": time.time() + 1e6}
    Remote(f"{url}/run").put(OWNER, json.dumps(seen).encode())
    with RemoteFolder(f"{url}/run").locked():
        pass
