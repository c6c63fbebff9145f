"""``infoplane ensemble``: what is typed is what is trained."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infoplane.cli import main
from infoplane.runs.ensembles.ensemble import read_ensemble

TYPED = """ensemble --networks 2 --per-stack 1 --ratio .25 --seed 3 --data.train-size 40
--data.test-size 10 --network.widths 4 --training.epochs 1 --training.batch-size 5"""


def test_it_is_trained_and_said_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "it"
    monkeypatch.setattr(sys, "argv", ["infoplane", *TYPED.split(), "--out", str(place)])
    main()
    assert capsys.readouterr().out == f"2 networks: {place}\n"
    ensemble = read_ensemble(place)
    assert (ensemble.config.seed, ensemble.config.network.widths) == (3, (4,))
    assert ensemble.config.data.whiten
    assert ensemble.outcomes().seen.sum(axis=1).tolist() == [10, 10]
