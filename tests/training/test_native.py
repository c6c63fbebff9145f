"""C code is compiled once, where there is a compiler, and nothing breaks where there is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from infoplane.training import native

needs_a_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use a cache of this test's own."""
    native.library.cache_clear()
    monkeypatch.setenv("INFOPLANE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CC", "cc")
    return tmp_path / "cache" / "compiled"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "three.c"
    path.write_text('#include "number.h"\nint number(void) { return NUMBER; }\n')
    (tmp_path / "number.h").write_text("#define NUMBER 3\n")
    return path


def number(source: Path) -> int:
    native.library.cache_clear()  # as in another process
    library = native.library(source)
    assert library is not None
    return library.number()


@needs_a_compiler
def test_compiles_once_and_again_when_something_changes(source: Path, folder: Path) -> None:
    assert number(source) == 3
    (kept,) = folder.iterdir()
    written = kept.stat().st_mtime_ns
    assert number(source) == 3
    assert kept.stat().st_mtime_ns == written
    (source.parent / "number.h").write_text("#define NUMBER 4\n")
    assert number(source) == 4
    assert len(list(folder.iterdir())) == 2


@needs_a_compiler
def test_what_the_compiler_knows_of_the_machine_is_in_the_name(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert number(source) == 3
    monkeypatch.setenv("CC", "cc -DOF_ANOTHER_MACHINE")
    assert number(source) == 3
    assert len(list(folder.iterdir())) == 2


@needs_a_compiler
def test_a_damaged_library_is_done_without(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "_compile", lambda command, source, path: path.write_bytes(b"ELF"))
    assert native.library(source) is None


@needs_a_compiler
def test_what_others_could_have_written_is_not_loaded(source: Path, folder: Path) -> None:
    assert number(source) == 3
    folder.chmod(0o777)
    native.library.cache_clear()
    assert native.library(source) is None


@needs_a_compiler
def test_a_cache_that_cannot_be_written_is_done_without(source: Path, folder: Path) -> None:
    folder.parent.write_text("a file where the folder should be")
    assert native.library(source) is None


@needs_a_compiler
def test_what_does_not_compile_is_done_without(source: Path, folder: Path) -> None:
    source.write_text("int number(void) { return }\n")
    assert native.library(source) is None
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("compiler", ["no-such-compiler", "", "false", 'cc "'])
def test_nothing_breaks_without_a_compiler(
    source: Path, compiler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", compiler)
    assert native.library(source) is None
