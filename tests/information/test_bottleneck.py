"""The bottleneck's limit: a channel with a known curve, and what holds of any."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from infoplane.data.twelve_bit import label_information, label_probabilities
from infoplane.errors import InfoplaneError
from infoplane.information.bottleneck import bottleneck_limit


def h(p: float) -> float:
    return float(-(p * np.log2(p) + (1 - p) * np.log2(1 - p))) if 0 < p < 1 else 0.0


def test_binary_symmetric_channel_follows_mrs_gerber() -> None:
    noise = 0.1
    channel = np.array([[1 - noise, noise], [noise, 1 - noise]])
    curve = bottleneck_limit(np.array([0.5, 0.5]), channel, betas=np.geomspace(200, 1.7, 40))
    for kept, known in zip(curve.i_xt, curve.i_ty, strict=True):
        if kept < 0.01:
            continue
        a = brentq(lambda p, rest=1 - kept: h(p) - rest, 0, 0.5) if kept < 1 - 1e-9 else 0.0
        assert known == pytest.approx(1 - h(a * (1 - noise) + (1 - a) * noise), abs=1e-6)


def test_the_limit_of_the_twelve_bit_task() -> None:
    p = label_probabilities()
    curve = bottleneck_limit(
        np.full(4096, 1 / 4096), np.stack([1 - p, p], axis=1), betas=np.geomspace(500, 1, 60)
    )
    assert (np.diff(curve.i_xt) <= 1e-9).all()
    assert (np.diff(curve.i_ty) <= 1e-9).all()
    assert (curve.i_ty <= curve.i_xt + 1e-9).all()
    assert curve.i_ty[0] == pytest.approx(label_information(p), abs=1e-3)
    assert curve.i_ty[-1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("p_x", "p_y_given_x"),
    [
        ([0.5, 0.6], np.eye(2)),
        ([0.5, 0.5], np.eye(2) * 2),
        ([0.0, 1.0], np.eye(2)),
        ([1.0], np.eye(2)),
    ],
)
def test_refuses_what_are_no_probabilities(p_x: list[float], p_y_given_x: np.ndarray) -> None:
    with pytest.raises(InfoplaneError, match="no probabilities"):
        bottleneck_limit(np.array(p_x), p_y_given_x)
