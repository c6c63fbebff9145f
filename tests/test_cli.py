"""The command line as a stranger meets it: help, refusals, and what is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import tyro

from infoplane.cli import main
from infoplane.commands.run import RunCommand

pytestmark = pytest.mark.long

TINY = [
    *("run", "--data.train-size", "60", "--data.test-size", "40", "--network.widths", "6", "4"),
    *("--training.epochs", "2", "--observing.schedule", "every"),
    *("--observing.permutations", "2", "--memorization.permutations", "2"),
]


def infoplane(
    arguments: list[str], capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, str, str]:
    """Run a command in this process; return exit status, stdout, stderr."""
    monkeypatch.setattr(sys, "argv", ["infoplane", *arguments])
    try:
        main()
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    return status, *capsys.readouterr()


@pytest.fixture
def command(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: infoplane(list(arguments), capsys, monkeypatch)


def test_a_run_from_start_to_list(command, tmp_path: Path) -> None:
    status, out, _ = command(*TINY, "--data.labels", "flipped", "--data.rate", "0.5")
    assert status == 0
    assert "learned I(T;Y)  memorized I(T;Ỹ|Y)" in out
    assert "I(T;Ỹ)" in out
    assert "differ from the true ones; H(Ỹ|Y) = 2.585 bits, I(Y;Ỹ) = 0.737 bits" in out
    (folder,) = (tmp_path / "runs").iterdir()
    assert out.splitlines()[-1] == f"open {Path('runs') / folder.name / 'report.html'}"
    assert (folder / "report.html").stat().st_size > 50_000
    assert {p.name for p in (folder / "figures").iterdir()} == {
        f"{name}.{kind}"
        for name in (
            *("plane", "plane-test", "information", "training"),
            *("memorization", "label-bits", "dataset-map", "scores"),
        )
        for kind in ("png", "svg")
    }
    status, out, _ = command("runs")
    assert status == 0
    assert "complete" in out
    (folder / "config.json").write_text("{")
    status, out, _ = command("runs", str(tmp_path / "runs"))
    assert status == 0
    assert "damaged" in out


def test_members_that_differ(command, tmp_path: Path) -> None:
    """Also in data and noise, which every figure of the run has to bear."""
    own = ("--members", "2", "--each.learning-rates", "0.1", "0.01")
    noisy = ("--data.labels", "flipped", "--each.own-data", "--each.rates", "0", "0.5")
    assert command(*TINY, *own)[0] == 0
    assert command(*TINY, *own, *noisy, "--out", "noisy")[0] == 0
    status, out, _ = command("runs", str(tmp_path / "noisy"))
    assert status == 0
    assert "flipped 0–0.5" in out


def test_at_a_url_it_is_said_and_not_where_its_copy_is(command, tmp_path: Path, monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    monkeypatch.setenv("INFOPLANE_CACHE", str(tmp_path / "machine"))
    try:
        status, out, _ = command(*TINY, "--out", "memory://far/run")
        for name in ("figures/training.png", "report.html"):
            assert fsspec.filesystem("memory").exists(f"/far/run/{name}")
    finally:
        fsspec.filesystem("memory").store.clear()
    assert status == 0
    assert out.splitlines()[-2:] == [
        "tables and figures: memory://far/run",
        "open memory://far/run/report.html",
    ]
    assert "machine" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["reproduce", "memorising"], "no study 'memorising' (did you mean 'memorizing'?)"),
        (["reproduce", "memorizing", "--data", "minst"], "no data set 'minst' (did you mean"),
        (["reproduce", "memorizing", "--workers", "0"], "workers is 0; give 1 or more"),
        ([*TINY, "--data.name", "minst"], "no data set 'minst' (did you mean 'mnist'?)"),
        ([*TINY, "--data.name", "mnist", "--data.root", "."], "'mnist' was looked for"),
        ([*TINY, "--data.rate", "-1"], "rate is -1.0; give a chance between 0 and 1"),
        ([*TINY, "--observing.layers", "layer7"], "no layer 'layer7'"),
        ([*TINY, "--observing.bin-width", "0"], "bin_width is 0.0; give a width above 0"),
        ([*TINY, "--observing.bins", "equal", "--observing.bin-number", "9999999"], "9999999 bins"),
        ([*TINY, "--each.learning-rates", "0.1", "0.2"], "holds 2 values for 1 members; give one"),
        ([*TINY, "--members", "0"], "members is 0; give 1 or more"),
        ([*TINY, "--training.device", "gpu7"], "device 'gpu7' cannot be used here"),
        (["runs", "nowhere"], "there is no folder nowhere"),
        (["runs", "."], "holds no runs"),
        (["runs", "memory://foo"], "memory://foo is a URL, and runs are read from folders; copy"),
        (["runs", "s3://a/b", "--by", "seed"], "s3://a/b is a URL, and runs are read from folders"),
    ],
)
def test_wrong_input_is_one_sentence_and_status_2(command, arguments, message: str) -> None:
    status, _, err = command(*arguments)
    assert status == 2
    last = err.strip().splitlines()[-1]
    assert last.startswith("infoplane: ")
    assert message in last
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fly"], "fly"),
        (["run", "--colour", "red"], "Unrecognized options: --colour"),
        (["run", "--network.activation", "tan"], "invalid choice 'tan'"),
        (["run", "--seed", "x"], "seed"),
    ],
)
def test_unknown_options_are_refused_by_the_parser(command, arguments, message: str) -> None:
    status, _, err = command(*arguments)
    assert status == 2
    assert message in err
    assert "Traceback" not in err


def test_alone_it_says_what_to_try_first(command) -> None:
    status, out, err = command()
    assert (status, err) == (0, "")
    assert "Try first\n  infoplane reproduce memorizing" in out


def test_all_options_are_shown_where_they_are_asked_for(command) -> None:
    status, out, _ = command("run", "--help-all")
    assert status == 0
    assert "--observing.permutations" in out
    assert "--observing.permutations" not in command("run", "--help")[1]


def test_a_folder_of_another_configuration(command) -> None:
    assert command(*TINY, "--out", "here")[0] == 0
    status, _, err = command(*TINY, "--out", "here", "--seed", "3")
    assert status == 2
    assert "here holds another run" in err


def test_a_loss_that_is_not_finite(command) -> None:
    status, _, err = command(
        *TINY, "--training.optimizer", "sgd", "--training.learning-rate", "1e38"
    )
    assert status == 1
    assert "infoplane: " in err


def test_interrupted(command, monkeypatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("infoplane.runs.run.run", interrupt)
    status, _, err = command(*TINY)
    assert status == 130
    assert "the same command goes on from here" in err


@pytest.mark.parametrize("arguments", [[], ["run", "--help-all"]])
def test_a_reader_that_leaves_ends_it_without_a_word(arguments: list[str]) -> None:
    script = "from infoplane.cli import main; main()"
    asked = subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert asked.stdout is not None
    asked.stdout.close()
    _, said = asked.communicate()
    assert (asked.returncode, said) == (141, b"")


def test_another_pipe_that_breaks_is_told() -> None:
    script = (
        "from infoplane import cli\n"
        "def broken(_): raise BrokenPipeError(32, 'Broken pipe')\n"
        "cli.check_command = broken\ncli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "runs"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "BrokenPipeError" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "network"),
    [
        ([], "tanh 1024-20-20-20"),
        (["--network.preset", "mlp-1x512"], "relu 512"),
        (["--network.preset", "mlp-1x512", "--network.activation", "tanh"], "tanh 512"),
        (["--network.preset", "alexnet"], "relu alexnet"),
    ],
)
def test_a_preset_brings_its_activation(arguments: list[str], network: str) -> None:
    assert tyro.cli(RunCommand, args=arguments).config.network.name == network


@pytest.mark.parametrize("arguments", [[], ["run"], ["reproduce"], ["runs"]])
def test_help_needs_neither_torch_nor_pandas(arguments: list[str]) -> None:
    """What is not imported cannot be waited for."""
    script = (
        "import sys\nfrom infoplane.cli import main\n"
        f"sys.argv = ['infoplane', *{arguments!r}, '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'pandas', 'sklearn', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--help" in done.stdout
