"""``infoplane figures``: which folders, which figures, and where they go."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from infoplane.commands.figures import FiguresCommand
from infoplane.errors import InfoplaneError
from infoplane.figures.run import run_figures
from infoplane.runs.storage.files import read_json, write_json
from tests.page.run_folders import CONFIG, run_tables, write_run, write_study


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return run_tables(epochs=(0, 20, 80))


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_run_is_drawn_again_into_its_folder(tmp_path: Path, tables, capsys) -> None:
    run = write_run(tmp_path / "a-run", tables)
    FiguresCommand((str(run),), format=("pdf,svg", "png"), only=("plane", "training"))()
    said = capsys.readouterr().out.split()
    assert {Path(each).name for each in said} == {
        f"{name}.{kind}" for name in ("plane", "training") for kind in ("pdf", "svg", "png")
    }
    assert all(Path(each).parent == run / "figures" / "column" for each in said)
    assert all(Path(each).is_file() for each in said)


def test_a_run_that_goes_on_lacks_tables(tmp_path: Path, tables) -> None:
    some = {name: tables[name] for name in ("measurements", "training")}
    run = write_run(tmp_path / "a-run", some)
    FiguresCommand((str(run),), only=("training",), out=tmp_path / "out", width="5.5")()
    assert files(tmp_path / "out") == {"training.pdf"}


def test_a_study_and_its_runs_have_folders_of_their_own(tmp_path: Path, tables) -> None:
    rows = tables["measurements"]
    for name in ("one", "other"):
        write_run(tmp_path / name, tables | {"measurements": rows.assign(run=name)})
    names = {"true labels": "one", "random labels": "other", "../..": "one"}
    study = write_study(tmp_path / "memorizing-quick", names)
    claims = read_json(study / "claims.json")
    FiguresCommand((str(study),), only=("plane", "memorizing"), out=tmp_path / "out" / "deep")()
    assert files(tmp_path / "out") == {
        f"deep/{name}" for name in ("memorizing-quick/memorizing.pdf", "random labels/plane.pdf")
    } | {"deep/one/plane.pdf"}  # its last name is no name of a folder
    write_json(study / "claims.json", claims | {"study": "nobody-2017"})
    with pytest.raises(InfoplaneError, match="nobody-2017"):
        FiguresCommand((str(study),), out=tmp_path / "out")()


def test_a_damaged_run_does_not_stop_the_others(tmp_path: Path, tables) -> None:
    for name in ("a", "b", "c"):
        write_run(tmp_path / name, tables)
    (tmp_path / "b" / "training.parquet").write_bytes(b"nothing")
    with pytest.raises(InfoplaneError, match=r"1 of 3 could not be drawn, all others are\. b: "):
        FiguresCommand((str(tmp_path),), only=("training",), out=tmp_path / "out")()
    assert files(tmp_path / "out") == {"a/training.pdf", "c/training.pdf"}


def test_mistakes_are_said(tmp_path: Path, tables) -> None:
    run = str(write_run(tmp_path / CONFIG.id, tables))
    known = ", ".join(run_figures(**{k: v for k, v in tables.items() if k != "seconds"}))
    with pytest.raises(InfoplaneError, match=f"no figure is called plain; there are: {known}"):
        FiguresCommand((run,), only=("plain",))()
    with pytest.raises(InfoplaneError, match="width is 'wide'; give column, text, or a number"):
        FiguresCommand((run,), width="wide")()
    with pytest.raises(InfoplaneError, match="no format 'jpg'"):
        FiguresCommand((run,), format=("jpg",), only=("training",))()
    (tmp_path / "empty").mkdir()
    with pytest.raises(InfoplaneError, match="holds no runs"):
        FiguresCommand((str(tmp_path / "empty"),))()
