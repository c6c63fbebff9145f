"""Folders as runs and studies leave them, made without training."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from decoded_runs import LAYERS, decoded
from typical_tables import measurements, training

from infoplane.runs.config import RunConfig, to_dict
from infoplane.runs.storage.files import write_json
from infoplane.runs.storage.folder import RunFolder
from infoplane.tables import EXAMPLES, HISTORIES, SECONDS, table

CONFIG = replace(RunConfig(), members=2)
HOSTILE = "<script>document.title='broken'</script><img src=x onerror=alert(1)>"
EPOCHS = (0, 2, 6, 20, 80)


def examples(*, members: int = 2, n: int = 60) -> pd.DataFrame:
    """Return an examples table: a third is corrupted, and learned late."""
    draw = np.random.default_rng(0)
    rows = []
    for member in range(members):
        for i in range(n):
            bad = i % 3 == 0
            confidence = float(np.clip(draw.normal(0.4 if bad else 0.85, 0.1), 0.01, 0.99))
            rows.append(
                {
                    **dict.fromkeys(EXAMPLES, np.nan),
                    **{"run": "r", "member": member, "subset": "train", "id": 500 - i},
                    **{"label": i % 10, "seen_label": (i + bad) % 10, "corrupted": bad},
                    **{"prediction": (i + bad * member) % 10, "loss": 0.1},
                    **{"confidence": confidence, "cumulative_loss": -20 * np.log2(confidence)},
                }
            )
    return table(rows, EXAMPLES)


def followed(*, n: int = 60) -> pd.DataFrame:
    """Return an examples table with the scores of the map: the lower the id, the more memorized."""
    table = examples(members=1, n=n)
    wrong = table.corrupted.to_numpy()
    confidence = np.where(wrong, 0.1, 0.6) + 0.3 * np.linspace(0, 1, n)[::-1]
    return table.assign(
        confidence=confidence, variability=0.5 - np.abs(confidence - 0.53),
        cumulative_loss=-20 * np.log2(confidence),
    )  # fmt: skip


def histories(examples: pd.DataFrame, epochs: list[int]) -> pd.DataFrame:
    """Return a history for each row of an examples table, drawn by a fixed seed."""
    draw = np.random.default_rng(1)
    rows = [
        {
            **{"run": "r", "member": row.member, "id": row.id, "epochs": np.array(epochs)},
            "confidence": draw.uniform(0, 1, len(epochs)).astype(np.float32),
            "predictions": draw.integers(0, 10, len(epochs)),
        }
        for row in examples.itertuples()
    ]
    return table(rows, HISTORIES)


def run_tables(*, members: int = 2, epochs: tuple[int, ...] = EPOCHS) -> dict[str, pd.DataFrame]:
    """Return the tables of a run on corrupted labels."""
    bins = measurements(members=members, layers=len(LAYERS) - 1, epochs=epochs)
    looks = decoded(members=members, epochs=epochs[:: max(1, len(epochs) // 5)])
    seconds = [{"run": "r", "epoch": e, "training": 0.5, "observing": 0.25} for e in epochs]
    return {
        "measurements": pd.concat([bins, looks], ignore_index=True).assign(run="r", flags=""),
        "training": training(members=members),
        "examples": examples(members=members),
        "seconds": table(seconds, SECONDS),
    }


def write_run(path: Path, tables: dict[str, pd.DataFrame], config: RunConfig = CONFIG) -> Path:
    """Write the folder of a complete run."""
    folder = RunFolder(path)
    about = {"data_fingerprint": "f1ngerpr1nt", "versions": {"torch": "2.13.0", "numpy": "2.4"}}
    write_json(path / "config.json", {"id": config.id, "config": to_dict(config), **about})
    for name, rows in tables.items():
        folder.write(name, rows)
    folder.write_status("complete", config.training.epochs)
    return path


def write_study(folder: Path, runs: dict[str, str], **changed: Any) -> Path:
    """Write the claims of a study beside its runs."""
    claim = {
        "statement": "M grows", "published": "1.5 bits", "measured": "1.7 ± 0.1 bits",
        "verdict": "holds", "mean": 1.7, "spread": 0.1, "interval": [1.6, 1.8], "null": "0 bits",
        "refuted_by": "M inside its null", "unit": "bits", "values": [1.6, 1.8],
        "holds": [True, True], "of": "members",
    }  # fmt: skip
    study = {"study": "memorizing", "source": "a paper", "scale": "quick", "runs": runs}
    write_json(folder / "claims.json", {**study, "claims": [claim | changed]})
    return folder


def data_in(page: str) -> dict[str, Any]:
    """Return the numbers that a page holds."""
    _, found = page.split('<script type="application/json" id="data">')
    return json.loads(found.split("</script>")[0])


def unpacked(packed: dict[str, Any]) -> pd.DataFrame:
    """Return a table as it was before it was packed."""
    frame = pd.DataFrame({k: v for k, v in packed["columns"].items() if isinstance(v, list)})
    frame = frame.reindex(range(packed["rows"]))
    return frame.assign(**{k: v for k, v in packed["columns"].items() if not isinstance(v, list)})[
        list(packed["columns"])
    ]
