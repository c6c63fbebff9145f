"""From the configuration to the rule of binning."""

from __future__ import annotations

from infoplane.information.bins import Bins, EqualBins, FixedWidth, IDNNsBins, QuantileBins
from infoplane.observing.config import ObservingConfig


def make_bins(config: ObservingConfig) -> Bins:
    """Return the rule a configuration names."""
    match config.bins:
        case "width":
            return FixedWidth(config.bin_width)
        case "equal":
            return EqualBins(config.bin_number, config.bin_low, config.bin_high)
        case "idnns":
            return IDNNsBins(config.bin_number, config.bin_low, config.bin_high)
        case "quantile":
            return QuantileBins(config.bin_number, per="layer")
        case _:
            return QuantileBins(config.bin_number, per="unit")
