"""``make bench``: one table of ratios, each measured in this run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.comparing import SHARE, compare_patiently, of_modules
from benchmarks.modules import MODULES, measure
from benchmarks.table import as_markdown, machine, print_table, read_machine, read_ratios


def main() -> None:
    """Measure, print the table, and write or check it where asked."""
    options = _options()
    committed = _committed(options.check) if options.check else None
    rows = []
    for module in options.only or MODULES:
        print(f"measuring {module} …", file=sys.stderr, flush=True)
        rows += measure(module)
    print_table(rows)
    if options.write:
        options.write.write_text(as_markdown(rows, machine()), encoding="utf-8")
    if committed is not None:
        ratios = {row.key: row.ratio for row in rows}
        expected = of_modules(committed, options.only) if options.only else committed
        sys.exit(_check(expected, ratios, options.worse_by))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=MODULES, metavar="NAME", help="some modules")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table as Markdown")
    parser.add_argument("--check", type=Path, metavar="FILE", help="name what is worse than in it")
    parser.add_argument("--worse-by", type=float, default=SHARE, metavar="SHARE")
    options = parser.parse_args()
    if options.only and options.write:
        parser.error("--write keeps the table of one run whole; leave out --only")
    if not 0 < options.worse_by < 1:
        parser.error(f"--worse-by is {options.worse_by}; give a share between 0 and 1")
    return options


def _committed(path: Path) -> dict[str, float]:
    try:
        text = path.read_text(encoding="utf-8")
        ratios = read_ratios(text)
    except (OSError, ValueError) as error:
        raise SystemExit(f"{path} cannot be compared with: {error}") from None
    print(f"{path} was measured on {read_machine(text)}", file=sys.stderr)
    return ratios


def _check(committed: dict[str, float], ratios: dict[str, float], share: float) -> int:
    """Say what got worse and what is on one side alone; return the exit status."""

    def again(module: str) -> dict[str, float]:
        print(f"measuring {module} again …", file=sys.stderr, flush=True)
        return {row.key: row.ratio for row in measure(module)}

    comparison = compare_patiently(committed, ratios, again, share=share)
    for key in comparison.not_measured:
        print(f"{key}: committed, but not measured in this run")
    for key in comparison.not_committed:
        print(f"{key}: measured, but not in the committed table")
    for key, (before, now) in comparison.worse.items():
        print(f"{key}: WORSE, {1 - now / before:.0%} of its ratio lost ({before:.3g} → {now:.3g})")
    if not comparison.worse:
        print(f"nothing is worse by more than {share:.0%}")
    return 1 if comparison.worse else 0


if __name__ == "__main__":
    main()
