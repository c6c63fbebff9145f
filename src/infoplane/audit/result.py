"""What an audit found: suspects, how many labels are wrong, and how sure that is."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from torch import Tensor

from infoplane.audit.presentations import Presentations, Told
from infoplane.errors import InfoplaneError
from infoplane.memorization.label_errors import noise_matrix, ranked, wrong_rate
from infoplane.runs.progress import say
from infoplane.runs.storage.files import (
    as_json,
    read_json,
    read_table,
    write_atomically,
    write_json,
    write_table,
)
from infoplane.runs.storage.manifest import check_files, write_manifest

if TYPE_CHECKING:
    from infoplane.audit.auditing import Audited

SUMMARY, SUSPECTS, MATRIX = "summary.json", "suspects.parquet", "noise_matrix.parquet"
CSV = "suspects.csv"


@dataclass(frozen=True)
class Audit:
    """The result of an audit.

    Attributes:
        suspects: all examples, most suspect first: id (place in the data), source (file), label,
            suggested, score (mean margin of logits until the best epoch, AUM; lower is more
            suspect), direction, suspect (the share ``rate`` of the lowest scores), bits_memorized
            (log2 p of the label at the end beyond that of neighbours that have not seen it),
            flipped (on purpose, by the audit).
        matrix: p(seen|true), one row a pair of classes: true, seen, probability, low, high.
        summary: examples, classes, network, epochs, best_epoch, rate (of wrong labels, by the
            confident joint), rate_low and rate_high (over all epochs that tell flipped labels apart
            as well within a standard error, and the share of examples of which another class has
            the higher mean logit, each with two standard errors of n), flipped, found (share of
            those flipped that are among as many of the lowest scores as labels are wrong, they
            included), found_low, found_high, auc (of flipped ones against
            all others), seconds.
    """

    suspects: pd.DataFrame
    matrix: pd.DataFrame
    summary: dict[str, Any]

    def write(self, folder: Path) -> None:
        """Write tables, digests and summary; it last, as it says that all is there."""
        write_table(folder / SUSPECTS, self.suspects)
        write_atomically(folder / CSV, lambda path: self.suspects.to_csv(path, index=False))
        write_table(folder / MATRIX, self.matrix)
        pending = {SUMMARY: as_json(self.summary).encode()}
        write_manifest(folder, (SUSPECTS, CSV, MATRIX), pending=pending)
        write_json(folder / SUMMARY, self.summary)

    @classmethod
    def read(cls, folder: Path) -> Audit | None:
        """Return the audit of a folder; None where it is not there, or damaged, which is said."""
        if not (folder / SUMMARY).exists():
            return None
        try:
            check_files(folder)
            summary = read_json(folder / SUMMARY)
            return cls(read_table(folder / SUSPECTS), read_table(folder / MATRIX), summary)
        except InfoplaneError as error:
            say(f"audited again, as the folder is damaged: {error}")
            return None


def audit_of(
    audited: Audited,
    presentations: Presentations,
    *,
    log2_p: Tensor,
    reference: Tensor,
    network: str,
    epochs: int,
    seconds: float,
) -> Audit:
    """Return the result of an audit from what was collected in training.

    Args:
        audited: the examples.
        presentations: their margins and probabilities over training.
        log2_p, reference: of the label trained on, at the end and of one who has not seen it [n].
        network, epochs, seconds: how it was trained.
    """
    best = presentations.told[presentations.best - 1]
    keep = np.ones(len(audited.examples), dtype=bool)
    flipped = presentations.flipped.numpy()
    keep[flipped] = False
    n = int(keep.sum())
    rate = wrong_rate(best.joint)
    score = presentations.best_margins.numpy()
    suspects = ranked(
        score,
        presentations.labels.numpy(),
        presentations.suggested().numpy(),
        rate=rate,
        names=audited.names,
    )
    ids = suspects["id"].to_numpy()
    if audited.sources:
        suspects.insert(1, "source", np.asarray(audited.sources)[ids])
    suspects["bits_memorized"] = (log2_p - reference).clamp(min=0).numpy()[ids]
    suspects["flipped"] = ~keep[ids]
    as_trained = presentations.best_seen_margins.numpy()
    cutoff = np.sort(as_trained)[round(rate * n) + len(flipped) - 1]
    recall = float((as_trained[flipped] <= cutoff).mean())
    rates = [wrong_rate(told.joint) for told in presentations.plausible]
    low, high = _interval([*rates, best.negative], n)
    recall_low, recall_high = _wilson(recall, len(flipped))
    summary = {
        "examples": len(audited.examples),
        "classes": len(audited.names),
        "network": network,
        "epochs": epochs,
        "best_epoch": presentations.best,
        "rate": rate,
        "rate_low": low,
        "rate_high": high,
        "flipped": len(flipped),
        "found": recall,
        "found_low": recall_low,
        "found_high": recall_high,
        "auc": best.auc,
        "seconds": seconds,
    }
    matrix = _matrix(best, presentations.plausible, audited.names, n)
    return Audit(suspects, matrix, json.loads(json.dumps(summary)))


def _matrix(best: Told, plausible: list[Told], names: tuple[str, ...], n: int) -> pd.DataFrame:
    """Return p(seen|true) with what it may be: over plausible epochs, two standard errors each."""
    by_epoch = np.stack([noise_matrix(told.joint) for told in plausible])
    of_true = np.stack([told.joint.sum(axis=0) * n for told in plausible])[:, :, None]
    error = 2 * np.sqrt(by_epoch * (1 - by_epoch) / np.maximum(of_true, 1))
    k = len(names)
    true, seen = np.divmod(np.arange(k * k), k)
    return pd.DataFrame(
        {
            "true": np.asarray(names)[true],
            "seen": np.asarray(names)[seen],
            "probability": noise_matrix(best.joint).ravel(),
            "low": (by_epoch - error).min(axis=0).clip(0).ravel(),
            "high": (by_epoch + error).max(axis=0).clip(max=1).ravel(),
        }
    )


def _interval(rates: list[float], n: int) -> tuple[float, float]:
    """Return the range of rates, two standard errors of n examples wider."""
    errors = [2 * math.sqrt(max(rate * (1 - rate), 0) / n) for rate in rates]
    low = min(rate - error for rate, error in zip(rates, errors, strict=True))
    return max(low, 0.0), min(max(map(sum, zip(rates, errors, strict=True))), 1.0)


def _wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of n (Wilson 1927)."""
    z = 1.96
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(middle - half, 0.0), min(middle + half, 1.0)
