"""infoplane: what a neural network learns and what it merely memorizes, layer by layer, in bits."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infoplane.errors import InfoplaneError as InfoplaneError
    from infoplane.errors import NonFiniteError as NonFiniteError
    from infoplane.information.door import entropy as entropy
    from infoplane.information.door import mutual_information as mutual_information
    from infoplane.information.estimate import Estimate as Estimate
    from infoplane.observing.plane import InformationPlane as InformationPlane
    from infoplane.runs.across import load_runs as load_runs

__version__ = "0.1.0"

_HOME = {  # loaded on first use: `import infoplane` alone loads neither torch nor pandas
    "Estimate": "infoplane.information.estimate",
    "InfoplaneError": "infoplane.errors",
    "InformationPlane": "infoplane.observing.plane",
    "NonFiniteError": "infoplane.errors",
    "entropy": "infoplane.information.door",
    "load_runs": "infoplane.runs.across",
    "mutual_information": "infoplane.information.door",
}
__all__ = list(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'infoplane' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOME]
