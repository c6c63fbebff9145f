"""What is packed: all that the tests of an unpacked archive need, and nothing that is generated."""

from __future__ import annotations

import re
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import infoplane

ROOT = Path(__file__).parents[2]
builders = pytest.importorskip(
    "hatchling.builders.sdist", reason="no hatchling: pip install hatchling"
)
NEEDED = {
    *("README.md", "LICENSE", "CITATION.cff", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile"),
    *("pyproject.toml", "constraints.txt", "docs/conf.py", "docs/index.md", "tests/conftest.py"),
    *("src/infoplane/py.typed", "src/infoplane/training/narrow.c", "benchmarks/table.py"),
    *("docs/results/dimensions.csv", "docs/images/learned-memorized.png"),
    "examples/understand/plot_1_resolution.py",
}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """The files of the source archive and of the wheel."""
    from hatchling.builders.wheel import WheelBuilder

    out = tmp_path_factory.mktemp("dist")
    source = next(builders.SdistBuilder(str(ROOT)).build(directory=str(out)))
    wheel = next(WheelBuilder(str(ROOT)).build(directory=str(out), versions=["standard"]))
    with tarfile.open(source) as archive:
        files = {name.partition("/")[2] for name in archive.getnames()}
    return files, set(zipfile.ZipFile(wheel).namelist())


def test_the_source_archive_holds_what_its_tests_need(packed: tuple[set[str], set[str]]) -> None:
    source, _ = packed
    assert source >= NEEDED
    for folder in ("src", "tests", "benchmarks", "docs/how-to", "docs/extend", "examples"):
        for path in (ROOT / folder).rglob("*.*"):
            if "__pycache__" not in path.parts:
                assert path.is_dir() or str(path.relative_to(ROOT)) in source


def test_nothing_that_is_generated_is_packed(packed: tuple[set[str], set[str]]) -> None:
    generated = r"docs/(_build|generated|understand|class|studies/generated)/|__pycache__|^runs/"
    assert not [name for files in packed for name in files if re.search(generated, name)]


def test_the_wheel_holds_the_package_whole_and_alone(packed: tuple[set[str], set[str]]) -> None:
    _, wheel = packed
    there = {
        f"infoplane/{path.relative_to(ROOT / 'src/infoplane')}"
        for path in (ROOT / "src/infoplane").rglob("*.*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there <= wheel
    assert {name.split("/")[0].split("-")[0] for name in wheel} == {"infoplane"}


def test_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert project["version"] == infoplane.__version__
    assert f"\nversion: {infoplane.__version__}\n" in citation
    assert f"## {infoplane.__version__}" in changes


def test_what_is_stated_as_needed_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pins = (ROOT / "constraints.txt").read_text("utf-8").lower().replace("_", "-")
    pinned = {line.split("==")[0] for line in pins.splitlines()}
    for stated in (project["dependencies"], *project["optional-dependencies"].values()):
        for requirement in stated:
            name = re.split(r"[\[>=<]", requirement)[0].lower()
            assert name in pinned | {"infoplane"}


def test_an_extra_that_is_missing_is_said_in_one_sentence() -> None:
    """Wherever a package of an extra is loaded, its absence names the extra."""
    said = "".join(path.read_text("utf-8") for path in (ROOT / "src/infoplane").rglob("*.py"))
    for extra in ("ray", "watch"):
        assert f"pip install 'infoplane[{extra}]'" in said
