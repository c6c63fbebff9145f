"""What the tests of studies share: a study's own figures are drawn, and not those of its runs.

Those take seconds a run; that they are asked for is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module", autouse=True)
def drawn_runs() -> Iterator[list[Path]]:
    """The folders of the runs whose figures a study asked for."""
    drawn: list[Path] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "infoplane.studies.study.draw_run", lambda path, **_: drawn.append(Path(path))
        )
        yield drawn
