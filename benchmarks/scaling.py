"""How cost grows: time and memory against samples, width, members and layers, with exponents."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.exponents import Fit, fit_exponent
from benchmarks.growing import GROWTHS, Growth, Work
from benchmarks.measuring import peak_growth
from benchmarks.table import machine, number, quantity

SPENT, MOST_REPEATS = 0.5, 20  # seconds and calls that a median time is worth
MOST_OF_MEMORY = 1.0  # exponent
TOLERANCE = 0.25  # above its exponent, that caches and noise may add
LEAST_MEBIBYTES = 1.0  # less is the allocator's
INTRODUCTION = f"""\
# How cost grows

Written by `python -m benchmarks.scaling --write docs/reference/scaling.md`, on synthetic samples.
*Time* is the median of a few calls; *memory* is by how much one call lets the peak of its process
grow, the input apart ({LEAST_MEBIBYTES:.0f} MiB stands for anything less). Every size has a fresh
process. The exponent p of cost ∝ size^p is fitted by least squares on logarithms over the part in
brackets: from where on every cost is ten times the least one, so that at most a tenth of it is
fixed, or else the last three sizes, of which fixed costs may be much. *At most* is what the time
of the method itself grows with; memory may grow in proportion and no faster, as nothing is
samples × samples. An exponent that is more than {TOLERANCE} above is marked.
"""


@dataclass(frozen=True)
class Grown:
    """What the sizes of a growth took, in seconds and MiB."""

    growth: Growth
    seconds: list[float]
    mebibytes: list[float]

    @property
    def fits(self) -> tuple[Fit, Fit]:
        """The exponents of time and memory."""
        sizes = self.growth.sizes
        return fit_exponent(sizes, self.seconds), fit_exponent(sizes, self.mebibytes)

    @property
    def surprises(self) -> tuple[bool, bool]:
        """Whether time grows faster than the method says, and memory faster than in proportion."""
        most = (self.growth.most, MOST_OF_MEMORY)
        time_, memory = (f.exponent > m + TOLERANCE for f, m in zip(self.fits, most, strict=True))
        return time_, memory


def main() -> None:
    """Measure, print the tables, write them where asked; exit with 1 at a surprise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--only", metavar="TEXT", default="", help="works whose name has this text")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the tables as Markdown")
    options = parser.parse_args()
    if options.only and options.write:
        parser.error("--write keeps the tables of one run whole; leave out --only")
    chosen = [i for i, growth in enumerate(GROWTHS) if options.only in growth.name]
    if not chosen:
        parser.error(f"no work has {options.only!r} in its name")
    grown = list(measure(chosen))
    page = as_markdown(grown, machine())
    print(page)
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    sys.exit(any(any(work.surprises) for work in grown))


def measure(chosen: Sequence[int]) -> Iterator[Grown]:
    """Measure some growths by their numbers, each size in a process that has done nothing yet.

    The processes are forked from one that has imported everything and run nothing.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.growing"])
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as processes:
        for number_ in chosen:
            growth = GROWTHS[number_]
            print(f"measuring {growth.name} …", file=sys.stderr, flush=True)
            numbers = [number_] * len(growth.sizes)
            pairs = list(processes.map(measure_size, numbers, growth.sizes))
            yield Grown(growth, [s for s, _ in pairs], [m for _, m in pairs])


def measure_size(number: int, size: int) -> tuple[float, float]:
    """Return the seconds and the MiB of one size."""
    growth = GROWTHS[number]
    growth.prepare(growth.sizes[0])()  # libraries and threads are started
    work = growth.prepare(size)
    mebibytes = max(LEAST_MEBIBYTES, peak_growth(work))
    return _median_seconds(work), mebibytes


def _median_seconds(work: Work) -> float:
    times: list[float] = []
    while sum(times) < SPENT and len(times) < MOST_REPEATS:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def as_markdown(grown: Sequence[Grown], machine: str) -> str:
    """Return a table of exponents, and below it what each size took."""
    heads = ("work", "grows with", "exponent of time", "at most", "exponent of memory")
    lines = [_line(heads), _line(["---"] * len(heads))]
    lines += [_line(_summary(work)) for work in grown]
    parts = [INTRODUCTION, f"Measured on: {machine}\n", "\n".join(lines) + "\n"]
    return "\n".join([*parts, *(_sizes(work) for work in grown)])


def _summary(grown: Grown) -> tuple[str, ...]:
    growth = grown.growth
    seconds, mebibytes = map(_fit, grown.fits, grown.surprises)
    return (growth.name, growth.variable, seconds, f"{growth.most:g}", mebibytes)


def _fit(fit: Fit, surprising: bool) -> str:
    mark = " **(more)**" if surprising else ""
    return f"{fit.exponent:.2f} ({fit.first:,.0f} to {fit.last:,.0f}){mark}"


def _sizes(grown: Grown) -> str:
    growth = grown.growth
    lines = [
        _line([growth.variable, *(f"{size:,}" for size in growth.sizes)]),
        _line(["---"] + ["---:"] * len(growth.sizes)),
        _line(["time", *(quantity(value, "s") for value in grown.seconds)]),
        _line(["memory, MiB", *(number(value) for value in grown.mebibytes)]),
    ]
    return f"## {growth.name[0].upper()}{growth.name[1:]}\n\n" + "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
