"""Courses of training that stop by held-out samples."""

from __future__ import annotations

import torch
from torch import Tensor

from infoplane.information.decoders.early_stopped import Search
from infoplane.information.decoders.samples import Fold, Samples

N = 200


class Line:
    """A model of one labeling: its logits are the only coordinate, less and plus."""

    def __init__(self, slope: float) -> None:
        self.slope = slope

    def logits(self, x: Tensor, some: Tensor | None = None) -> Tensor:
        z = self.slope * x[:, :1]
        return torch.stack([-z, z], dim=2)


def test_every_course_begins_at_the_prior() -> None:
    """So what an earlier one has reached stops no later one, and the best of all is kept."""
    y = torch.arange(N) % 2
    t = 2.0 * y[:, None] - 1
    samples = Samples(t, y[None], given=y * 0, group=torch.arange(N), classes=2, kinds=1)
    search = Search(Fold(samples, samples, seed=0), patience=1)
    for _ in range(2):
        kept = search.begin(ridge=0.0)
        sign = float((kept[:, 0] * t[search.fold.parts[0], 0]).sum().sign())
        assert search.see(Line(3 * sign)).tolist() == [True], "better than the prior"
        assert search.see(Line(sign)).tolist() == [False], "and worse than the course"
    assert search.calibrated().log2_p.mean() > -0.01
