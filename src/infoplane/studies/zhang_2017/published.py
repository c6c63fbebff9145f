"""The numbers of Zhang et al. 2017: figure 1 b and c (read off, ± .03 of the axis) and Table 1."""

from __future__ import annotations

import pandas as pd

RATES = tuple(i / 10 for i in range(11))

SLOWDOWN = {  # figure 1 b: time to overfit at each of the rates, of that at rate 0
    "inception": (1, 1.6, 1.9, 2.2, 2.4, 2.5, 2.7, 2.9, 3.1, 3.6, 3.6),
    "mlp-1x512": (1, 1.28, 1.43, 1.57, 1.68, 1.79, 1.93, 1.93, 1.97, 2.0, 1.97),
    "alexnet": (1, 1.07, 1.10, 1.16, 1.23, 1.26, 1.32, 1.36, 1.42, 1.52, 1.55),
}

TEST_ERROR = {  # figure 1 c
    "inception": (0.13, 0.28, 0.41, 0.525, 0.63, 0.71, 0.785, 0.84, 0.88, 0.90, 0.90),
    "alexnet": (0.30, 0.41, 0.52, 0.62, 0.69, 0.765, 0.82, 0.855, 0.885, 0.89, 0.90),
    "mlp-1x512": (0.495, 0.585, 0.66, 0.72, 0.76, 0.795, 0.865, 0.865, 0.885, 0.895, 0.90),
}

TABLE_1 = {  # accuracy on train and on test, per cent, by network and cell
    ("inception", "crop and weight decay"): (100.0, 89.05),
    ("inception", "crop"): (100.0, 89.31),
    ("inception", "weight decay"): (100.0, 86.03),
    ("inception", "true labels"): (100.0, 85.75),
    ("inception", "random labels"): (100.0, 9.78),
    ("inception-without-bn", "weight decay"): (100.0, 83.00),
    ("inception-without-bn", "true labels"): (100.0, 82.00),
    ("inception-without-bn", "random labels"): (100.0, 10.12),
    ("alexnet", "crop and weight decay"): (99.90, 81.22),
    ("alexnet", "crop"): (99.82, 79.66),
    ("alexnet", "weight decay"): (100.0, 77.36),
    ("alexnet", "true labels"): (100.0, 76.07),
    ("alexnet", "random labels"): (99.82, 9.86),
    ("mlp-3x512", "weight decay"): (100.0, 53.35),
    ("mlp-3x512", "true labels"): (100.0, 52.39),
    ("mlp-3x512", "random labels"): (100.0, 10.48),
    ("mlp-1x512", "weight decay"): (99.80, 50.39),
    ("mlp-1x512", "true labels"): (100.0, 50.51),
    ("mlp-1x512", "random labels"): (99.34, 10.61),
}


def published_by_rate() -> pd.DataFrame:
    """Return figure 1 b and c as columns ``network, rate, slowdown, test_error``."""
    parts = [
        pd.DataFrame(
            {
                "network": network,
                "rate": RATES,
                "slowdown": SLOWDOWN[network],
                "test_error": TEST_ERROR[network],
            }
        )
        for network in SLOWDOWN
    ]
    return pd.concat(parts, ignore_index=True)


def slowdown_at(network: str, rate: float) -> str:
    """Return the published slow-down as text, "–" where there is none."""
    if network not in SLOWDOWN:
        return "–"
    return f"{SLOWDOWN[network][round(10 * rate)]:g} (figure 1 b, read off)"


def accuracies(network: str, cell: str) -> str:
    """Return train and test accuracy of Table 1 as text, "–" where it has none."""
    row = TABLE_1.get((network, cell))
    return "–" if row is None else f"{row[0]:g} % / {row[1]:g} %"
