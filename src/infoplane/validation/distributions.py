"""All distributions that estimators are held to, by name."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from infoplane.errors import InfoplaneError
from infoplane.validation.continuous_family import continuous_family
from infoplane.validation.discrete_family import discrete_family
from infoplane.validation.distribution import Distribution
from infoplane.validation.gaussian_family import gaussian_family
from infoplane.validation.images_family import image_family
from infoplane.validation.networks_family import network_family

__all__ = ["Distribution", "distribution", "distributions"]


@cache
def distributions() -> MappingProxyType[str, Distribution]:
    """Return every distribution by its name, in the order of tables."""
    families = (
        gaussian_family, continuous_family, discrete_family, network_family, image_family,
    )  # fmt: skip
    return MappingProxyType({d.name: d for family in families for d in family()})


def distribution(name: str) -> Distribution:
    """Return one distribution.

    Raises:
        InfoplaneError: where none has this name.
    """
    named = distributions()
    if name not in named:
        raise InfoplaneError(f"there is no distribution {name!r}; give one of: {'; '.join(named)}.")
    return named[name]
