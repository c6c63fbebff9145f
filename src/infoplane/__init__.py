"""infoplane: what a neural network learns and what it merely memorizes, layer by layer, in bits."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infoplane import figures as figures
    from infoplane.data.config import DataConfig as DataConfig
    from infoplane.errors import InfoplaneError as InfoplaneError
    from infoplane.errors import NonFiniteError as NonFiniteError
    from infoplane.information.core.estimate import Estimate as Estimate
    from infoplane.information.listing import estimators as estimators
    from infoplane.information.mutual_information import entropy as entropy
    from infoplane.information.mutual_information import mutual_information as mutual_information
    from infoplane.language.plane import language_plane as language_plane
    from infoplane.memorization.config import MemorizationConfig as MemorizationConfig
    from infoplane.memorization.examples import ExampleTracker as ExampleTracker
    from infoplane.memorization.label_errors import suspects as suspects
    from infoplane.memorization.plane import learned_part as learned_part
    from infoplane.memorization.plane import memorized_part as memorized_part
    from infoplane.networks.config import NetworkConfig as NetworkConfig
    from infoplane.observing.config import ObservingConfig as ObservingConfig
    from infoplane.runs.config import RunConfig as RunConfig
    from infoplane.runs.per_member import EachConfig as EachConfig
    from infoplane.runs.query.loaded_runs import load_runs as load_runs
    from infoplane.runs.run import Run as Run
    from infoplane.runs.run import run as run
    from infoplane.training.config import TrainingConfig as TrainingConfig
    from infoplane.user_models.plane import InformationPlane as InformationPlane
    from infoplane.user_models.plane import load_plane as load_plane
    from infoplane.user_models.planting import plant as plant

__version__ = "0.1.0"

_HOME = {  # loaded on first use: `import infoplane` alone loads neither torch nor pandas
    "Estimate": "infoplane.information.core.estimate",
    "entropy": "infoplane.information.mutual_information",
    "estimators": "infoplane.information.listing",
    "mutual_information": "infoplane.information.mutual_information",
    "language_plane": "infoplane.language.plane",
    "ExampleTracker": "infoplane.memorization.examples",
    "learned_part": "infoplane.memorization.plane",
    "suspects": "infoplane.memorization.label_errors",
    "memorized_part": "infoplane.memorization.plane",
    "InformationPlane": "infoplane.user_models.plane",
    "load_plane": "infoplane.user_models.plane",
    "plant": "infoplane.user_models.planting",
    "DataConfig": "infoplane.data.config",
    "EachConfig": "infoplane.runs.per_member",
    "MemorizationConfig": "infoplane.memorization.config",
    "NetworkConfig": "infoplane.networks.config",
    "ObservingConfig": "infoplane.observing.config",
    "RunConfig": "infoplane.runs.config",
    "TrainingConfig": "infoplane.training.config",
    "Run": "infoplane.runs.run",
    "load_runs": "infoplane.runs.query.loaded_runs",
    "run": "infoplane.runs.run",
    "InfoplaneError": "infoplane.errors",
    "NonFiniteError": "infoplane.errors",
}
__all__ = [*_HOME, "figures"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name == "figures":
        return import_module("infoplane.figures")
    if name not in _HOME:
        raise AttributeError(f"module 'infoplane' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
