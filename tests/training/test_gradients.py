"""Drift and diffusion: what autograd says of each batch, and a model that is left as it was."""

from __future__ import annotations

import pytest
import torch

from infoplane.data.split import clean_split
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import build_mlp
from infoplane.training.gradients import gradient_rows
from infoplane.training.losses import example_losses


def test_norms_are_those_of_the_gradients_of_the_batches() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(64, 5, generator=generator), torch.arange(64) % 3
    model = build_mlp(NetworkConfig(widths=(4,)), inputs=5, classes=3, seed=0, members=2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    given = {"loss": "cross-entropy", "batch_size": None, "epoch": 3, "seed": 1}
    rows = list(gradient_rows(model, clean_split(x, y, 3), **given))
    assert [(r["member"], r["layer"], r["depth"]) for r in rows] == [
        (0, "layer1", 1), (1, "layer1", 1), (0, "logits", 2), (1, "logits", 2),
    ]  # fmt: skip
    weight = model.get_parameter("layer1.weight")
    losses = example_losses(model(x), y.expand(2, -1), "cross-entropy").mean(dim=1).sum()
    whole = torch.autograd.grad(losses, weight)[0]
    for member in range(2):  # equal batches: the mean of their gradients is that of all
        assert rows[member]["mean_norm"] == pytest.approx(float(whole[member].norm()), rel=1e-4)
        assert rows[member]["std_norm"] > 0
        assert rows[member]["weight_norm"] == pytest.approx(float(weight[member].detach().norm()))
    assert all(p.grad is None for p in model.parameters())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert rows == list(gradient_rows(model, clean_split(x, y, 3), **given))
