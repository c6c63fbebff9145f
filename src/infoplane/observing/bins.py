"""From the configuration to the rule of binning."""

from __future__ import annotations

from infoplane.information.binned.by_name import OVER_A_RANGE, WIDTH, choose_bins
from infoplane.information.binned.rules import Bins
from infoplane.observing.config import ObservingConfig


def make_bins(config: ObservingConfig) -> Bins:
    """Return the rule a configuration names."""
    if config.bins == WIDTH:
        return choose_bins(bin_width=config.bin_width)
    bin_range = (config.bin_low, config.bin_high) if config.bins in OVER_A_RANGE else None
    return choose_bins(binning=config.bins, bins=config.bin_number, bin_range=bin_range)
