"""``infoplane text``, also as ``run --data.text``: what is typed is trained, drawn and told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from infoplane.cli import main
from infoplane.commands.text import TextCommand, on_text
from infoplane.errors import InfoplaneError
from infoplane.runs.texts.run import read_text

TYPED = """--network.preset gpt --network.layers 1 --network.width 16 --network.heads 2
--data.length 24 --data.held-out .4 --training.steps 4 --training.batch 4 --members 2 --looks 2
--blocks 60 --canaries 24 --device cpu"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "sums.txt"
    sums = (f"{a} and {b} are {a + b}, all told" for a in range(25) for b in range(10))
    path.write_text("\n\n".join(sums))
    return path


def test_it_is_trained_drawn_and_told(
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = tmp_path / "it"
    typed = ["run", f"--data.text={file}", *TYPED.split(), "--out", str(place)]
    monkeypatch.setattr(sys, "argv", ["infoplane", *typed])
    main()
    said = capsys.readouterr().out
    assert "bits a token" in said
    assert str(place) in said.replace("\n", "")
    run = read_text(place)
    assert run.config.network.width == 16
    assert sorted(run.read("planes")["step"].unique()) == [0, 4]
    drawn = {path.name for path in (place / "figures").glob("*.png")}
    assert drawn == {"planes.png", "course.png", "canaries.png", "learned.png"}


def test_a_text_given_to_run_is_one_of_text() -> None:
    assert on_text(["run", "--data.text", "a.txt"]) == ["text", "--data.text", "a.txt"]
    assert on_text(["run", "--data.text=a.txt"])[0] == "text"
    for other in (["run", "--data.name", "digits"], ["audit", "--data.text"], []):
        assert on_text(other) == other


def test_what_is_wrong_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["infoplane", "text", "--data.text", "missing.txt"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert "there is no file 'missing.txt'" in capsys.readouterr().err
    with pytest.raises(InfoplaneError, match="members is 1; give an even number"):
        _ = TextCommand(canaries=6).config


def test_help_does_not_wait_for_torch() -> None:
    script = "import sys, infoplane.cli; sys.exit(str({'torch', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.strip() == "set()"
