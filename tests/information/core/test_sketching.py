"""A sketch keeps distances, is linear, and takes each row alone."""

from __future__ import annotations

import torch

from infoplane.information.core.sketching import sketch

T = torch.randn(30, 5_000, generator=torch.Generator().manual_seed(0)).relu()


def test_squared_distances_are_kept() -> None:
    """Within the standard deviation that is claimed, and without bias."""
    pairs = torch.triu_indices(30, 30, offset=1)

    def distances(t: torch.Tensor) -> torch.Tensor:
        return torch.cdist(t, t)[*pairs] ** 2

    ratio = distances(sketch(T, 1_024)) / distances(T)
    assert abs(float(ratio.mean()) - 1) < 0.01
    assert 0.5 < float(ratio.std()) / (2 / 1_024) ** 0.5 < 1.1


def test_it_is_linear_and_takes_each_row_alone() -> None:
    a, b = T[:10], T[10:20]
    torch.testing.assert_close(
        sketch(2 * a - b, 700), 2 * sketch(a, 700) - sketch(b, 700), rtol=1e-4, atol=1e-4
    )
    stacked = sketch(torch.stack([a, b]), 700)
    torch.testing.assert_close(stacked, torch.stack([sketch(a, 700), sketch(b, 700)]))
    torch.testing.assert_close(torch.cat([sketch(a[:3], 700), sketch(a[3:], 700)]), stacked[0])


def test_every_unit_is_in_one_group() -> None:
    columns = sketch(torch.eye(50), 7)
    assert ((columns != 0).sum(dim=1) == 1).all()
    assert (columns.abs().sum(dim=0) >= 7).all()


def test_narrow_layers_are_left_alone() -> None:
    assert sketch(T, 5_000) is T
