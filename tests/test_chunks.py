"""A pass takes what fits: of a processor's cache, of a GPU's memory."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from infoplane.chunks import examples_at_once

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)


@pytest.mark.parametrize(
    ("values", "examples"), [(1, 4096), (1024, 2048), (4096, 512), (10**6, 256), (10**9, 256)]
)
def test_on_a_processor_they_fit_its_cache(values: int, examples: int) -> None:
    assert examples_at_once(CPU, values, cached=1 << 21, most=4096, least=256) == examples


def test_on_a_gpu_they_fit_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    card = SimpleNamespace(total_memory=80 << 30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: card)
    options = {"cached": 1 << 21, "most": 4096, "least": 256}
    assert examples_at_once(GPU, 2 * 1024, **options) > 60_000  # two networks of MNIST, whole
    assert examples_at_once(GPU, 28 * 28 * 96, **options) * 28 * 28 * 96 * 4 <= (80 << 30) / 64
    assert examples_at_once(GPU, 10**9, **options) == 256
