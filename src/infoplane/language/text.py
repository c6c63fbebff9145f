"""Texts as data: documents of a file, a folder, the hub, or such as ship with Python."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infoplane.errors import InfoplaneError
from infoplane.language.shipped import docstrings, licences

SHIPPED: dict[str, Callable[[], list[str]]] = {"docstrings": docstrings, "licences": licences}
BETWEEN = "<|endoftext|>"  # documents of one file, as GPT-2 has it
TABLES = (".parquet", ".jsonl", ".json", ".csv")
PLAIN = (".txt", ".md", ".rst", ".text", "")
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?(:[\w.-]+)?")


def documents(source: str | Path, *, column: str = "text", part: str = "train") -> list[str]:
    """Return the documents of a source of text, each once, without those that are blank.

    Args:
        source: "docstrings" or "licences", which ship with Python; a file of text, whose documents
            are what stands between <|endoftext|>, else its paragraphs; a table (.parquet, .jsonl,
            .csv) of a document a row; a folder of such files, each of plain text one document; or
            the id of a data set on the hub, with its configuration as in
            "Salesforce/wikitext:wikitext-2-raw-v1".
        column: of a table, that of the text.
        part: of a data set on the hub.

    Raises:
        InfoplaneError: where there is no such source, it holds no text, or is no UTF-8.

    Example:
        >>> any("Python" in text for text in documents("licences"))
        True
    """
    texts = _read(str(source), column, part)
    kept = list(dict.fromkeys(text for text in texts if text.strip()))
    if not kept:
        raise InfoplaneError(f"{str(source)!r} holds no text; give another file or data set.")
    return kept


def _read(source: str, column: str, part: str) -> list[str]:
    if source in SHIPPED:
        return SHIPPED[source]()
    path = Path(source).expanduser()
    if path.is_dir():
        return _of_folder(path, column)
    if path.exists():
        return _of_table(path, column) if path.suffix in TABLES else _of_file(path)
    if HUB_ID.fullmatch(source) and path.suffix not in (*TABLES, ".txt"):
        return _of_hub(source, column, part)
    raise InfoplaneError(
        f"there is no file {source!r}; give a file or folder of text, the id of a data set on the "
        f"hub, or one of: {', '.join(SHIPPED)}."
    )


def _of_folder(folder: Path, column: str) -> list[str]:
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    plain = [_plain(file) for file in files if file.suffix in PLAIN and file.name[0] != "."]
    tables = [_of_table(file, column) for file in files if file.suffix in TABLES]
    return plain + [text for table in tables for text in table]


def _of_file(path: Path) -> list[str]:
    text = _plain(path)
    return text.split(BETWEEN) if BETWEEN in text else re.split(r"\n\s*\n", text)


def _plain(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InfoplaneError(
            f"{path} cannot be read as text in UTF-8 ({type(error).__name__}); give another file."
        ) from error


def _of_table(path: Path, column: str) -> list[str]:
    import pandas as pd

    readers = {".parquet": pd.read_parquet, ".csv": pd.read_csv}
    try:
        if path.suffix in readers:
            frame = readers[path.suffix](path)
        elif path.suffix == ".jsonl":
            rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
            frame = pd.DataFrame(rows)
        else:
            frame = pd.DataFrame(json.loads(path.read_text("utf-8")))
    except Exception as error:  # what pandas and pyarrow raise is of many kinds
        raise InfoplaneError(
            f"{path} cannot be read as a table ({type(error).__name__}); give another file."
        ) from error
    return _column(list(frame.columns), column, lambda: frame[column], str(path))


def _of_hub(source: str, column: str, part: str) -> list[str]:
    import datasets

    from infoplane.data.hub import offline_if_unreachable

    name, _, configuration = source.partition(":")
    try:
        with offline_if_unreachable():
            loaded = datasets.load_dataset(name, configuration or None, split=part)
    except Exception as error:  # the hub's client raises many kinds, from many libraries
        first = (str(error).splitlines() or [""])[0]
        raise InfoplaneError(
            f"{source!r} is no file here, and its part {part!r} is neither kept here nor to be had "
            f"from the hub ({type(error).__name__}: {first:.120}); give a file or folder of text, "
            f"or one of: {', '.join(SHIPPED)}."
        ) from error
    return _column(list(loaded.column_names or []), column, lambda: loaded[column], source)


def _column(names: list[Any], column: str, values: Callable[[], Any], where: str) -> list[str]:
    if column not in names:
        raise InfoplaneError(
            f"{where} has no column {column!r}; give one of: {', '.join(map(str, names))}."
        )
    return [value for value in values() if isinstance(value, str)]
