"""How fast a large page is: 50 networks, 10 layers, 500 epochs, in this machine's browser.

``python -m benchmarks.page [--members 50] [--layers 10] [--epochs 500]`` prints the seconds that
writing the page takes, those from opening it to its first picture, and the frames a second while
the slider moves through all epochs; of both the median of some tries. No test: times are a
machine's, and a browser's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.page_tables import large_run
from infoplane.page import report_html, write_report
from infoplane.page.content import run_content
from infoplane.page.reading import read_growing_run

BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
TRIES = 5
OPENED = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(
    () => done(performance.now()))))"""
SLIDE = """() => new Promise(done => {
  const slider = document.getElementById('slider');
  const steps = Number(slider.max), times = [];
  let step = 0, last = null;
  const tick = now => {
    if (last !== null) times.push(now - last);
    last = now;
    if (step > steps) return done(times);
    slider.value = step++;
    slider.dispatchEvent(new Event('input'));
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
})"""


def main() -> None:
    """Write a large run and its page, open it, and move through it."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        run = large_run(Path(folder) / "run", options.members, options.layers, options.epochs)
        began = time.perf_counter()
        page = write_report([run])
        wrote = time.perf_counter() - began
        began = time.perf_counter()
        read = read_growing_run(run, "run")
        assert read is not None
        run_content(read)
        live = time.perf_counter() - began
        opened, frames = _in_a_browser(page)
        size = page.stat().st_size / 1e6
    empty = len(report_html({"title": "", "runs": [], "studies": []})) / 1e6
    rows = {
        "the page is written in": f"{wrote:.1f} s ({size:.2f} MB, {empty:.2f} of them script)",
        "the live page is brought up to date in": f"{live:.2f} s",
        "it opens in": f"{opened:.2f} s, median of {TRIES}",
        "the slider moves at": f"{1000 / float(np.median(frames)):.0f} frames a second, "
        f"95 % of frames within {np.percentile(frames, 95):.0f} ms",
    }
    print(pd.Series(rows).to_string())


def _in_a_browser(page: Path) -> tuple[float, list[float]]:
    """Return the median seconds to open it, and the milliseconds of all frames of the slider."""
    from playwright.sync_api import sync_playwright

    path = next(path for path in BROWSERS if Path(path).exists())
    times, frames = [], []
    with sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for _ in range(TRIES):
            tab: Any = launched.new_page(viewport={"width": 1300, "height": 900})
            tab.goto(page.resolve().as_uri())
            times.append(tab.evaluate(OPENED) / 1000)
            frames += tab.evaluate(SLIDE)
            tab.close()
        launched.close()
    return median(times), frames


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--members", type=int, default=50)
    parser.add_argument("--layers", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=500)
    return parser.parse_args()


if __name__ == "__main__":
    main()
