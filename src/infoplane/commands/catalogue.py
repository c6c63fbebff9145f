"""All commands, by what they are for."""

from __future__ import annotations

from infoplane.commands.audit import AuditCommand
from infoplane.commands.completion import CompletionCommand
from infoplane.commands.ensemble import EnsembleCommand
from infoplane.commands.estimate import EstimateCommand
from infoplane.commands.figures import FiguresCommand
from infoplane.commands.film import FilmCommand
from infoplane.commands.gallery import GalleryCommand
from infoplane.commands.report import ReportCommand
from infoplane.commands.reproduce import ReproduceCommand
from infoplane.commands.run import RunCommand
from infoplane.commands.runs import RunsCommand
from infoplane.commands.text import TextCommand
from infoplane.commands.validate import ValidateCommand
from infoplane.commands.watch import WatchCommand

BY_PURPOSE: dict[str, dict[str, type]] = {
    "train and watch networks": {
        "run": RunCommand,
        "reproduce": ReproduceCommand,
        "watch": WatchCommand,
        "ensemble": EnsembleCommand,
        "text": TextCommand,
    },
    "your own labels and activations": {"audit": AuditCommand, "estimate": EstimateCommand},
    "what came of runs": {
        "report": ReportCommand,
        "runs": RunsCommand,
        "figures": FiguresCommand,
        "film": FilmCommand,
        "gallery": GalleryCommand,
    },
    "the instruments, and your shell": {
        "validate": ValidateCommand,
        "completion": CompletionCommand,
    },
}
COMMANDS = {name: kind for kinds in BY_PURPOSE.values() for name, kind in kinds.items()}
