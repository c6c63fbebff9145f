"""One attempt at a run of a grid, in any process; it returns the outcome."""

from __future__ import annotations

import os
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infoplane.errors import HeldError, InfoplaneError, NonFiniteError
from infoplane.runs.config import RunConfig
from infoplane.runs.ensembles.config import StackConfig

State = Literal["finished", "failed", "held", "died"]


@dataclass(frozen=True)
class Outcome:
    """Outcome of an attempt; the caller sets ``died`` when the worker process disappears."""

    state: State
    message: str = ""
    mistake: bool = False  # of the user: whether no other try can help
    trace: str = ""  # of an error that is not the user's


def attempt(
    config: RunConfig | StackConfig, out: Path | str, name: str, *, threads: int | None = None
) -> Outcome:
    """Run a configuration and return the outcome, also of a failure.

    Args:
        config: what to run: a run, or a stack of an ensemble.
        out: the run's folder.
        name: what to call it on the progress bar.
        threads: how many this process may use from now on; as many as before unless given.
    """
    if threads is not None:  # before torch and scikit-learn are loaded, which read it once
        os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        import torch

        from infoplane.runs.ensembles.stack import train_stack
        from infoplane.runs.run import run

        if threads is not None:
            torch.set_num_threads(threads)
        if isinstance(config, StackConfig):
            train_stack(config, out=out, name=name)
        else:
            run(config, out=out, name=name)
    except HeldError as error:
        return Outcome("held", str(error))
    except InfoplaneError as error:
        return Outcome("failed", str(error), mistake=not isinstance(error, NonFiniteError))
    except Exception as error:  # a bug, or a GPU without room: the other runs go on
        return Outcome("failed", f"{type(error).__name__}: {error}", trace=traceback.format_exc())
    return Outcome("finished")
