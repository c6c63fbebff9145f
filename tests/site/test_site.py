"""The site: it builds without a warning, needs no network, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
FETCHED = {"link": "href", "script": "src", "img": "src", "source": "src", "iframe": "src"}

pytest.importorskip("sphinx", reason="no Sphinx: pip install 'infoplane[docs]'")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site without its computed figures, which `make docs` computes: they take minutes."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    options = ["-D", "plot_gallery=0", "-d", str(out / "doctrees")]
    built = subprocess.run(
        [*command, *options, str(ROOT / "docs"), str(out / "html")], capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    return out / "html"


class Page(HTMLParser):
    """What a page fetches, what it links to, and the places in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.places |= {given[name] or "" for name in ("id", "name") if name in given}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")
        address = given.get(FETCHED.get(tag, ""))
        if address and given.get("rel") not in ("canonical", "next", "prev"):
            self.fetched.append(address)


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text("utf-8")) for path in site.rglob("*.html")}


def test_nothing_is_fetched_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert not [url for url in page.fetched if re.match(r"(https?:)?//", url)], path
    for sheet in site.rglob("*.css"):
        text = sheet.read_text("utf-8")
        assert not re.search(r"(@import|url\()\s*['\"]?(https?:)?//", text), sheet


def local(pages: dict[Path, Page]) -> Iterator[tuple[Path, str, Path, str]]:
    """Yield each link into the site: the page, the link, the file and the place it leads to."""
    for path, page in pages.items():
        for link in page.links:
            if not re.match(r"[a-z]+:", link):
                address, _, place = link.partition("#")
                yield path, link, (path.parent / unquote(address) if address else path), place


def test_every_link_leads_to_a_place_that_there_is(pages: dict[Path, Page]) -> None:
    known = {path.resolve(): page for path, page in pages.items()}
    broken = []
    for path, link, target, place in local(pages):
        page = known.get(target.resolve())
        if not target.exists() or (place and page and unquote(place) not in page.places):
            broken.append(f"{path.name}: {link}")
    assert not broken


def test_the_site_can_be_searched_from_a_folder(site: Path) -> None:
    index = (site / "searchindex.js").read_text("utf-8")
    assert index.startswith("Search.setIndex(")  # a script, which a browser loads from a file too
    for word in ("satur", "resnet", "decod"):
        assert f'"{word}' in index


def test_every_page_of_the_parts_is_there(site: Path) -> None:
    from infoplane.studies.catalogue import STUDIES

    for study in STUDIES:
        assert (site / "studies" / "generated" / f"{study}.html").exists()
    for part in ("get-going", "understand", "choose", "studies", "how-to", "extend", "reference"):
        assert (site / part / "index.html").exists()


def test_a_study_without_a_result_says_so_and_one_with_has_its_verdicts(site: Path) -> None:
    results = {path.parent.name for path in (ROOT / "docs/results/studies").glob("*/result.json")}
    for page in (site / "studies" / "generated").glob("*.html"):
        text = page.read_text("utf-8")
        has = any(name.startswith(f"{page.stem}-") for name in results)
        assert ("Claims and verdicts" in text) == has
        assert ("No result of this study is committed yet" in text) != has


def test_formulas_are_drawn_by_the_browser_itself(site: Path) -> None:
    text = (site / "understand" / "plot_5_learned_memorized.html").read_text("utf-8")
    assert "<math" in text
    assert "mathjax" not in text.lower()
