"""What ``infoplane text`` draws and prints of a run."""

from __future__ import annotations

from infoplane.figures import language_course, language_planes, save
from infoplane.names import TEST, TRAIN
from infoplane.runs.texts.run import TextRun
from infoplane.studies.canaries.study import drawn
from infoplane.terminal import plain_console, plain_table


def draw(run: TextRun) -> None:
    """Draw the planes at the end, their course, and the canaries of a run with such."""
    planes, folder = run.read("planes"), run.path / "figures"
    last = planes[(planes["step"] == planes["step"].max()) & (planes["member"] == 0)]
    save(language_planes(last), folder / "planes")
    if planes["step"].nunique() > 1:
        save(language_course(planes), folder / "course")
    if run.config.canaries is not None:
        for name, figure in drawn(run).items():
            save(figure, folder / name)


def print_text_run(run: TextRun) -> None:
    """Print the losses of text at every look, the mean over networks, and where all is."""
    training = run.read("training")
    table = plain_table("bits a token, the mean over networks")
    for name in ("step", "epochs", "training text", "held-out text"):
        table.add_column(name, justify="right")
    for (step, epoch), rows in training.groupby(["step", "epoch"]):
        loss = rows.groupby("subset")["loss"].mean()
        table.add_row(str(step), f"{epoch:.1f}", f"{loss[TRAIN]:.3f}", f"{loss[TEST]:.3f}")
    console = plain_console()
    console.print(table)
    console.print(f"tables and figures: {run.path}", soft_wrap=True)
