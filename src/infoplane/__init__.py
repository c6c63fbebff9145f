"""infoplane: what a neural network learns and what it merely memorizes, layer by layer, in bits."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infoplane.errors import InfoplaneError as InfoplaneError
    from infoplane.errors import NonFiniteError as NonFiniteError
    from infoplane.information.core.estimate import Estimate as Estimate
    from infoplane.information.mutual_information import entropy as entropy
    from infoplane.information.mutual_information import mutual_information as mutual_information
    from infoplane.observing.plane import InformationPlane as InformationPlane
    from infoplane.runs.query.loaded_runs import load_runs as load_runs

__version__ = "0.1.0"

_HOME = {  # loaded on first use: `import infoplane` alone loads neither torch nor pandas
    "Estimate": "infoplane.information.core.estimate",
    "InfoplaneError": "infoplane.errors",
    "InformationPlane": "infoplane.observing.plane",
    "NonFiniteError": "infoplane.errors",
    "entropy": "infoplane.information.mutual_information",
    "load_runs": "infoplane.runs.query.loaded_runs",
    "mutual_information": "infoplane.information.mutual_information",
}
__all__ = list(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'infoplane' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOME]
