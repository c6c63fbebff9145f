"""Pointwise information where a class is narrower than can be told."""

from __future__ import annotations

import torch

from infoplane.information.projected.pointwise_sliced import pointwise_sliced


def test_the_scale_of_a_layer_does_not_matter_where_a_class_is_a_point() -> None:
    """One sample of the other class lies on that point: how narrow it is decides its value."""
    t = torch.randn(60, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = torch.arange(60) % 2
    t[y == 0] = t[1].clone()
    each = pointwise_sliced(t, y, slices=5)
    torch.testing.assert_close(pointwise_sliced(t * 1024, y, slices=5), each)
    assert each[1] < -10
