"""Documents of files, folders, the hub and Python itself, and what is said where there are none."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from infoplane.errors import InfoplaneError
from infoplane.language import text
from infoplane.language.shipped import docstrings, licences
from infoplane.language.text import documents


def test_python_ships_with_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Path(os.__file__).parent
    for name in ("argparse.py", "test/__init__.py", "json/encoder.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(library / name, tmp_path / name)
    (tmp_path / "older.py").write_text("print 'of another version'")
    monkeypatch.setattr(os, "__file__", str(tmp_path / "os.py"))  # all of it takes seconds
    texts = docstrings()
    assert any(text.startswith("Extensible JSON") for text in texts)
    assert len(texts) > 10
    assert min(map(len, texts)) >= 200
    assert any("PYTHON" in each.upper() for each in licences())


def test_a_file_is_of_paragraphs_or_of_what_stands_between_marks(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("one\nline\n\n \ntwo\n\n\n\ntwo")
    assert documents(file) == ["one\nline", "two"]
    file.write_text("one\n\nstill<|endoftext|>two")
    assert documents(str(file)) == ["one\n\nstill", "two"]


def test_a_folder_is_of_files_and_rows(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.md").write_text("of a file\n\nstill")
    (tmp_path / "c.jsonl").write_text(json.dumps({"text": "of a row"}) + "\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff")
    assert documents(tmp_path) == ["of a file\n\nstill", "of a row"]


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl", ".json"])
def test_tables_hold_a_document_a_row(tmp_path: Path, suffix: str) -> None:
    frame = pd.DataFrame({"body": ["a", "b", None], "n": [1, 2, 3]})
    path = tmp_path / f"t{suffix}"
    match suffix:
        case ".parquet":
            frame.to_parquet(path)
        case ".csv":
            frame.to_csv(path)
        case _:
            frame.to_json(path, orient="records", lines=suffix == ".jsonl")
    assert documents(path, column="body") == ["a", "b"]
    with pytest.raises(InfoplaneError, match=r"no column 'text'; give one of: .*body, n"):
        documents(path)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    binary, blank, table = (tmp_path / name for name in ("a.txt", "b.txt", "c.parquet"))
    binary.write_bytes(b"\xff\xfe\x00")
    blank.write_text(" \n\n \n")
    table.write_text("no parquet")
    with pytest.raises(InfoplaneError, match="cannot be read as text in UTF-8"):
        documents(binary)
    with pytest.raises(InfoplaneError, match="holds no text; give another"):
        documents(blank)
    with pytest.raises(InfoplaneError, match="cannot be read as a table"):
        documents(table)
    with pytest.raises(InfoplaneError, match=r"there is no file '.*missing.txt'"):
        documents(tmp_path / "missing.txt")


def test_the_hub_is_asked_by_name_configuration_and_part(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    asked = []

    def load(*name: object, split: str) -> datasets.Dataset:
        asked.append((*name, split))
        return datasets.Dataset.from_dict({"text": ["a", " ", "a", "b"]})

    monkeypatch.setattr(datasets, "load_dataset", load)
    assert documents("owner/name:raw") == ["a", "b"]
    assert documents("owner/name", part="test") == ["a", "b"]
    assert asked == [("owner/name", "raw", "train"), ("owner/name", None, "test")]


def test_a_set_that_is_not_to_be_had_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from infoplane.data import hub

    monkeypatch.setattr(hub, "_answers", lambda endpoint: False)
    with pytest.raises(InfoplaneError, match="'no/such' is no file here, and its part 'train'"):
        documents("no/such")


def test_names_of_what_ships_come_first() -> None:
    assert set(text.SHIPPED) == {"docstrings", "licences"}
