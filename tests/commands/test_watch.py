"""``infoplane watch`` from the command line."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from infoplane.cli import main
from infoplane.commands import watch as command

COMMAND = [sys.executable, "-m", "infoplane.cli", "watch"]


def test_it_says_where_it_is_and_ends_with_one_line(tmp_path: Path) -> None:
    pytest.importorskip("uvicorn", reason="no uvicorn: pip install 'infoplane[watch]'")
    watching = subprocess.Popen(
        [*COMMAND, str(tmp_path), "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    assert watching.stdout is not None
    lines = [watching.stdout.readline() for _ in range(3)]
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/[\w-]{20,}/\n", lines[0])
    assert found is not None
    assert lines[2].startswith(f"ssh -L {found[1]}:127.0.0.1:{found[1]} ")
    with urllib.request.urlopen(lines[0].strip(), timeout=20) as answer:
        assert b"infoplane" in answer.read()
    watching.send_signal(signal.SIGINT)
    out, error = watching.communicate(timeout=20)
    assert (out, error) == ("No longer watching; what trains goes on.\n", "")
    assert watching.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["s3://bucket/run"], "is a URL, and runs are watched in folders"),
        ([], "no run was named"),
    ],
)
def test_what_cannot_be_watched(monkeypatch, capsys, arguments, message: str) -> None:
    monkeypatch.setattr("sys.argv", ["infoplane", "watch", *arguments])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert message in capsys.readouterr().err


def test_without_its_packages_it_says_how_to_get_them(monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "infoplane.watching.server", raising=False)
    monkeypatch.setattr("sys.argv", ["infoplane", "watch", str(tmp_path)])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "pip install 'infoplane[watch]'" in capsys.readouterr().err
    assert command.WatchCommand((str(tmp_path),)).port is None
