"""Training images as arrays: those within [0, 1] as they are, all others brought there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.runs.analyses import images
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run

CONFIG = RunConfig(data=DataConfig("digits", train_size=20, test_size=10))


@pytest.mark.parametrize(("scale", "shift"), [(2.0, 0.0), (1.0, -0.5), (0.5, 0.25)])
def test_images_are_within_0_and_1(
    scale: float, shift: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, test = load(CONFIG.data, CONFIG.seed)
    digits = train.inputs
    moved = replace(train, inputs=digits * scale + shift)
    monkeypatch.setattr(images, "load", lambda *_: (moved, test))
    drawn = torch.from_numpy(images.training_images(Run(CONFIG, tmp_path)))
    lowest, highest = (f(digits[:, 0], dim=(1, 2), keepdim=True) for f in (torch.amin, torch.amax))
    if scale < 1:
        torch.testing.assert_close(drawn, moved.inputs[:, 0])
    else:
        torch.testing.assert_close(drawn, (digits[:, 0] - lowest) / (highest - lowest))
