"""The rules of binning by name, as an estimator and a configuration ask for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infoplane.errors import InfoplaneError
from infoplane.information.binned.adaptive import AdaptiveBins
from infoplane.information.binned.ranged import ExactCodes, RangedBins
from infoplane.information.binned.rules import Bins, EqualBins, FixedWidth, IDNNsBins, QuantileBins
from infoplane.information.core.parameter_types import check_types
from infoplane.information.core.samples import check_choice

WIDTH = "width"
OVER_A_RANGE: dict[str, Callable[[int, float, float], Bins]] = {
    "equal": EqualBins,
    "idnns": IDNNsBins,
}
NUMBERED: dict[str, Callable[[int], Bins]] = {
    "quantile": QuantileBins,
    "quantile-unit": lambda number: QuantileBins(number, per="unit"),
    "adaptive": AdaptiveBins,
    "range": RangedBins,
    "range-unit": lambda number: RangedBins(number, per="unit"),
    "exact": lambda number: ExactCodes(_bits(number)),
    "exact-unit": lambda number: ExactCodes(_bits(number), per="unit"),
}
BINNINGS = (WIDTH, *OVER_A_RANGE, *NUMBERED)


TYPES = {"binning": str | None, "bin_width": float | None, "bins": int | None}
TYPES |= {"bin_range": tuple | None}


def choose_bins(
    *,
    binning: str | None = None,
    bin_width: float | None = None,
    bins: int | None = None,
    bin_range: tuple[float, float] | None = None,
) -> Bins:
    """Return a rule of binning by its name and resolution.

    Args:
        binning: a name of ``BINNINGS``. Without it, "width" where ``bin_width`` is given, "equal"
            where ``bin_range`` is, else "quantile".

            - "width": bins of ``bin_width`` anywhere on the line;
            - "equal", "idnns": ``bins`` equal bins over ``bin_range``, or as many edges, as in the
              code of 2017;
            - "quantile", "quantile-unit": ``bins`` of equal content over the layer or each unit;
            - "adaptive": entropy-based adaptive bins, equally many distinct values in each, 0
              apart;
            - "range", "range-unit": ``bins`` equal ones over the range that the layer, or each
              unit, has in the samples;
            - "exact", "exact-unit": every value its own code, of a network quantised to ``bins``
              levels a layer or a unit: 256 for 8 bits.
        bin_width: in units of activation.
        bins: how many.
        bin_range: lowest and highest value.

    Raises:
        InfoplaneError: for a name that is not known, and for a resolution that is missing, or is
            not one of the rule.
    """
    given = {"binning": binning, "bin_width": bin_width, "bins": bins, "bin_range": bin_range}
    check_types(given, TYPES, "a rule of bins")
    if binning is None:
        binning = _unnamed(bin_width, bins, bin_range)
    check_choice("binning", binning, BINNINGS)
    settings = {"bin_width": bin_width, "bins": bins, "bin_range": bin_range}
    needed = _needed(binning)
    for name, value in settings.items():
        if (value is not None) != (name in needed):
            raise InfoplaneError(
                f"{name} is {value} and binning is {binning!r}; give {' and '.join(needed)} to "
                f"{binning!r}, and nothing else."
            )
    if bin_width is not None:
        return FixedWidth(bin_width)
    assert bins is not None
    return NUMBERED[binning](bins) if bin_range is None else OVER_A_RANGE[binning](bins, *bin_range)


def parameters_of(rule: Bins) -> dict[str, Any]:
    """Return the arguments of ``choose_bins`` for a rule; empty for a rule without a name."""
    if isinstance(rule, FixedWidth):
        return {"bin_width": rule.width}
    if isinstance(rule, EqualBins):
        return {"bins": rule.number, "bin_range": (rule.low, rule.high)}
    if isinstance(rule, IDNNsBins):
        parameters = {"bins": rule.edges, "bin_range": (rule.low, rule.high)}
        return parameters | {"binning": "idnns"}
    for name, make in NUMBERED.items():
        number = 2**rule.bits if isinstance(rule, ExactCodes) else getattr(rule, "number", None)
        if number is not None and make(number) == rule:
            return {"bins": number, **({} if name == "quantile" else {"binning": name})}
    return {}


def _needed(binning: str) -> tuple[str, ...]:
    """Return the parameters that set the resolution of a rule."""
    if binning == WIDTH:
        return ("bin_width",)
    return ("bins", "bin_range") if binning in OVER_A_RANGE else ("bins",)


def _unnamed(
    bin_width: float | None, bins: int | None, bin_range: tuple[float, float] | None
) -> str:
    """Return the rule that the resolution alone implies."""
    if (bin_width is None) == (bins is None):
        raise InfoplaneError(
            f"bin_width is {bin_width} and bins is {bins}; give exactly one of the two, "
            "for instance bin_width=0.5."
        )
    if bin_width is not None:
        return WIDTH
    return "equal" if bin_range is not None else "quantile"


def _bits(levels: int) -> int:
    """Return the bits of so many levels."""
    bits = levels.bit_length() - 1
    if levels != 1 << max(bits, 0):
        raise InfoplaneError(
            f"exact codes of {levels} levels were asked for; give the levels the network was "
            "quantised to, a power of two: 256 for 8 bits."
        )
    return bits
