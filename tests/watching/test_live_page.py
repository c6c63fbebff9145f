"""The live page in a browser; skipped, with the reason, where there is none."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from infoplane.data.config import DataConfig
from infoplane.networks.config import NetworkConfig
from infoplane.runs.config import RunConfig
from infoplane.runs.measuring.look import Looks
from infoplane.runs.run import run as train
from infoplane.runs.storage.folder import RunFolder
from infoplane.runs.storage.live import LiveFile
from infoplane.training.config import TrainingConfig

from ..page.axe import faults
from ..page.browser import Opened
from ..page.run_folders import HOSTILE, run_tables, write_run, write_study
from .serving import Served, served

TABLES = ("measurements", "training", "seconds")


@pytest.fixture(scope="module")
def tables() -> dict[str, Any]:
    """The tables of a run."""
    return run_tables()


@pytest.fixture
def watch(launched: Any) -> Iterator[Callable[..., Opened]]:
    """Opens the live page of folders, and holds it to its own server and to silence."""
    with ExitStack() as stack:
        opened: list[tuple[Opened, Served]] = []

        def open_page(paths: Sequence[Path], *, ready: str = ".watched li", **options) -> Opened:
            it = stack.enter_context(served(paths))
            opened.append((Opened(launched, it.url, ready=ready, **options), it))
            return opened[-1][0]

        yield open_page
        for page, it in opened:
            assert page.complaints == []
            assert all(request.startswith(it.url) for request in page.requests)
            page.context.close()


class Growing:
    """A run whose measurements come epoch by epoch."""

    def __init__(self, path: Path, tables: dict[str, Any]) -> None:
        self.path, self.tables = write_run(path, {}), tables
        RunFolder(path).write_status("running", 0)
        self.live = LiveFile(path)
        self.rows = {name: tables[name].sort_values("epoch") for name in TABLES}

    def until(self, epoch: int) -> None:
        """Measure everything up to an epoch."""
        self.live.due = 0.0
        self.live.append(
            {name: t[t.epoch <= epoch].to_dict("records") for name, t in self.rows.items()}
        )

    def end(self) -> None:
        """End as a run ends."""
        for name, frame in self.tables.items():
            RunFolder(self.path).write(name, frame)
        RunFolder(self.path).write_status("complete", 400)
        self.live.remove()


def test_points_come_while_a_run_trains(
    watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look takes as long as the page takes to ask twice."""
    look = Looks.look
    monkeypatch.setattr(Looks, "look", lambda *a, **k: time.sleep(0.5) or look(*a, **k))
    config = RunConfig(
        data=DataConfig(train_size=200, test_size=100),
        network=NetworkConfig(widths=(8, 10)),
        training=TrainingConfig(epochs=15),
    )
    it = watch([tmp_path / "run"])
    assert "holds no run yet" in it.text(".watched")
    assert it.page.locator("svg[role=application]").count() == 0
    training = threading.Thread(target=train, args=(config,), kwargs={"out": tmp_path / "run"})
    training.start()
    it.until(lambda: it.page.locator("#epoch").count() > 0)
    seen = {it.text("#epoch")}
    it.until(lambda: seen.add(it.text("#epoch")) or "1 ended" in it.text("p[role=status]"))
    training.join()
    it.until(lambda: it.text("#epoch") == "epoch 15")
    assert len(seen) > 2  # points came one after another
    assert "has ended, epoch 15 of 15" in it.text(".watched")
    assert "complete" in it.text("section[aria-labelledby=made]")


def test_a_run_that_says_nothing_may_have_been_stopped(watch, tmp_path: Path, tables) -> None:
    run = Growing(tmp_path / "run", tables)
    run.until(6)
    it = watch([tmp_path])
    it.until(lambda: "trains, epoch 6" in it.text(".watched"))
    assert "nothing new" not in it.text(".watched")
    for path in run.path.iterdir():
        os.utime(path, (time.time() - 200, time.time() - 200))
    it.until(lambda: "nothing new for 3 min: it may have been stopped" in it.text(".watched"))
    run.until(20)
    it.until(lambda: "epoch 20" in it.text(".watched"))
    assert "nothing new" not in it.text(".watched")


def test_what_the_reader_has_chosen_stays(watch, tmp_path: Path, tables) -> None:
    run = Growing(tmp_path / "run", tables)
    run.until(6)
    it = watch([tmp_path], viewport={"width": 900, "height": 600})
    it.until(lambda: it.text("#epoch") == "epoch 6")
    layers = it.figure("Learned").locator(".at").count()
    it.page.get_by_role("button", name="5 · layer5").click()
    it.page.get_by_label("linear").check()
    it.page.get_by_label("I(T;Ỹ), labels seen").check()
    it.page.get_by_text("The numbers at the chosen epoch").click()
    region = it.page.locator("#pictures details .scroll")
    region.focus()
    it.until(lambda: region.evaluate("r => { r.scrollLeft = 40; return r.scrollLeft; }") == 40)
    scrolled = it.page.evaluate("scrollY")
    run.until(20)
    it.until(lambda: it.text("#epoch") == "epoch 20")  # at the end the slider follows
    assert it.page.evaluate("scrollY") == scrolled
    assert region.evaluate("r => r === document.activeElement && r.scrollLeft") == 40
    assert it.page.get_by_role("button", name="5 · layer5").get_attribute("aria-pressed") == "false"
    assert it.page.get_by_label("linear").is_checked()
    assert it.page.get_by_label("I(T;Ỹ), labels seen").is_checked()
    assert it.figure("Learned").locator(".at").count() == layers - 1
    it.slide(1)
    chosen = it.text("#epoch")
    before = it.page.locator("#slider").get_attribute("max")
    run.end()
    it.until(lambda: it.page.locator("#slider").get_attribute("max") != before)
    assert it.text("#epoch") == chosen  # elsewhere it stays
    it.until(lambda: "1 ended" in it.text("p[role=status]"))
    assert it.page.locator("#score").is_visible()


def test_a_note_stays_at_its_point(watch, tmp_path: Path, tables) -> None:
    run = Growing(tmp_path / "run", tables)
    run.until(6)
    it = watch([tmp_path], ready="#epoch:not(:empty)")
    it.figure("Information plane").locator(".at[data-depth='3'] path.now").hover(force=True)
    assert "layer3" in it.text("#tooltip")
    run.until(7)
    it.until(lambda: it.text("#epoch") == "epoch 7")
    assert "layer3" in it.text("#tooltip")
    assert it.page.locator("circle.active").count() == 1


def test_more_runs_and_their_claims_come(watch, tmp_path: Path, tables) -> None:
    write_run(tmp_path / "b", tables)
    it = watch([tmp_path], ready="#epoch:not(:empty)")
    assert it.page.locator("#run").is_hidden()
    it.slide(2)
    chosen = it.text("#epoch")
    write_run(tmp_path / "a", tables)
    it.until(lambda: it.page.locator("#run option").count() == 2)
    assert it.page.locator("#run option:checked").inner_text() == "b"
    assert it.text("#epoch") == chosen
    write_study(tmp_path / "study", {HOSTILE: "a", "other": "b"}, statement=HOSTILE)
    it.until(lambda: it.page.locator(".claim").count() == 1)
    assert HOSTILE in it.text(".claim h3")
    assert it.page.locator("#run option:checked").inner_text() == "other"
    assert it.page.evaluate("document.title") == "memorizing · infoplane"
    assert it.page.locator("img").count() == 0


def test_hostile_names_stay_text(watch, tmp_path: Path, tables) -> None:
    name = HOSTILE.replace("/", "_")
    rows = tables["measurements"]
    rows = rows.assign(layer=rows.layer.where(rows.depth != 2, HOSTILE))
    write_run(tmp_path / name, tables | {"measurements": rows})
    it = watch([tmp_path, tmp_path / f"not there {name}"], ready="#epoch:not(:empty)")
    assert name in it.text(".watched")
    assert name in it.text("h1")
    assert it.page.get_by_role("button", name=f"2 · {HOSTILE}").is_visible()
    assert it.page.locator("img").count() == 0


def test_no_serious_fault_while_it_waits_or_shows_a_run(watch, tmp_path: Path, tables) -> None:
    """The policy is set aside for axe, which adds its scripts to the page."""
    it = watch([tmp_path / "run"], bypass_csp=True)
    assert faults(it.page) == []
    write_run(tmp_path / "run", tables)
    it.until(lambda: it.page.locator("#epoch").count() > 0)
    assert faults(it.page) == []
    it.complaints.clear()  # without its policy the browser asks for an icon, which there is not


def test_another_site_can_neither_read_nor_frame_it(watch, launched, tmp_path, tables) -> None:
    it = watch([write_run(tmp_path / "run", tables)], ready="#epoch:not(:empty)")
    stranger = launched.new_page()
    stranger.route("http://evil.example/", lambda route: route.fulfill(body="<p>evil"))
    stranger.goto("http://evil.example/")
    url = it.page.url
    read = "url => fetch(url).then(a => a.text()).catch(e => 'refused: ' + e)"
    assert stranger.evaluate(read, f"{url}changes").startswith("refused: ")
    blind = "url => fetch(url, {mode: 'no-cors'}).then(a => a.type).catch(e => 'refused')"
    assert stranger.evaluate(blind, url) in ("refused", "opaque")
    stranger.context.close()


def test_when_the_server_ends_the_page_stays(launched, tmp_path: Path, tables) -> None:
    with served([write_run(tmp_path / "run", tables)]) as it:
        page = Opened(launched, it.url)
    page.until(lambda: "does not answer" in page.text("p[role=status]"))
    assert page.figure("Information plane").is_visible()
    page.slide(0)
    assert page.text("#epoch") == "epoch 0"
    page.context.close()
