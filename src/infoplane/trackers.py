"""Scalars and figures for the experiment trackers that people have: one call for all of them."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from infoplane.errors import InfoplaneError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PREFIX = "infoplane"
FIGURE = f"{PREFIX}/plane"
NOT_IN_MLFLOW = re.compile(r"[^\w\-. /]")

Send = Callable[[Mapping[str, float], "Figure | None", int], Any]


def sender(tracker: Any) -> Send:
    """Return what sends scalars and a figure of one step to a tracker.

    Args:
        tracker: TensorBoard's ``SummaryWriter``, the module or a run of Weights & Biases or of
            trackio, the module ``mlflow``, a logger of Lightning, or any function of scalars
            (bits, by name), figure and step.

    Raises:
        InfoplaneError: for anything else.
    """
    kinds: tuple[tuple[tuple[str, ...], Callable[[Any], Send]], ...] = (
        (("add_scalar", "add_figure"), _tensorboard),
        (("log_metrics", "log_figure"), _mlflow),
        (("log_metrics", "experiment"), _lightning),
        (("log",), _wandb),
    )
    for methods, kind in kinds:
        if all(hasattr(tracker, method) for method in methods):
            return kind(tracker)
    if callable(tracker):
        return tracker
    raise InfoplaneError(
        f"tracker is {type(tracker).__name__}; give a SummaryWriter, the module or a run of wandb "
        "or trackio, the module mlflow, a logger of Lightning, or a function of scalars, figure "
        "and step."
    )


class Trackers:
    """Several trackers; one that fails is said so once, and gets nothing more."""

    def __init__(self, trackers: Any = ()) -> None:
        self._senders = [(_name(tracker), sender(tracker)) for tracker in listed(trackers)]

    def __len__(self) -> int:
        return len(self._senders)

    def send(self, scalars: Mapping[str, float], figure: Figure | None, step: int) -> None:
        """Send scalars (bits, by name) and a figure to each."""
        for name, send in list(self._senders):
            try:
                send(scalars, figure, step)
            except Exception as error:  # whatever it is, training goes on
                self._senders.remove((name, send))
                warnings.warn(
                    f"{name} took no values of infoplane at step {step} "
                    f"({type(error).__name__}: {error}), and is sent nothing more.",
                    stacklevel=2,
                )


def listed(several: Any) -> list[Any]:
    """Return one or several as a list."""
    return list(several) if isinstance(several, list | tuple) else [several]


def _name(tracker: Any) -> str:
    return getattr(tracker, "__name__", type(tracker).__name__)


def _tensorboard(writer: Any) -> Send:
    def send(scalars: Mapping[str, float], figure: Figure | None, step: int) -> None:
        for name, value in scalars.items():
            writer.add_scalar(name, value, step)
        if figure is not None:
            writer.add_figure(FIGURE, figure, step, close=False)
        writer.flush()  # nobody may close it

    return send


def _mlflow(module: Any) -> Send:
    def send(scalars: Mapping[str, float], figure: Figure | None, step: int) -> None:
        values = {NOT_IN_MLFLOW.sub("_", name): value for name, value in scalars.items()}
        module.log_metrics(values, step=step)
        if figure is not None:
            module.log_figure(figure, f"{FIGURE}-{step:06d}.png")

    return send


def _wandb(run: Any) -> Send:
    """Without a step of ours, which would have to grow together with that of the user's own."""

    def send(scalars: Mapping[str, float], figure: Figure | None, step: int) -> None:
        values: dict[str, Any] = {**scalars, f"{PREFIX}/step": step}
        package = sys.modules[str(getattr(run, "__module__", None) or run.__name__).split(".")[0]]
        if figure is not None:
            values[FIGURE] = package.Image(_picture(figure))
        run.log(values)

    return send


def _lightning(logger: Any) -> Send:
    def send(scalars: Mapping[str, float], figure: Figure | None, step: int) -> None:
        logger.log_metrics(dict(scalars), step)
        experiment = logger.experiment
        if figure is None:
            return
        if hasattr(experiment, "add_figure"):
            experiment.add_figure(FIGURE, figure, step, close=False)
        elif hasattr(logger, "log_image"):  # of Weights & Biases
            logger.log_image(FIGURE, [_picture(figure)], step)
        elif hasattr(experiment, "log_figure") and getattr(logger, "run_id", None):  # of MLflow
            experiment.log_figure(logger.run_id, figure, f"{FIGURE}-{step:06d}.png")

    return send


def _picture(figure: Figure) -> Any:
    from PIL import Image

    file = BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return Image.open(file)
