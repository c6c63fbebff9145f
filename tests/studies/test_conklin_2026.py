"""The study of planes of language models, tiny; and what would fail each of its claims."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infoplane.language.looks import CENTRED, USUAL
from infoplane.names import AFTER, BEFORE
from infoplane.runs.texts.config import TextRunConfig
from infoplane.studies.claims import Claim
from infoplane.studies.conklin_2026 import study
from infoplane.studies.conklin_2026.claims import TOKENS, judged
from infoplane.studies.conklin_2026.measures import decoded_fall, null_shares, phases_table, usual
from infoplane.studies.conklin_2026.study import STUDY
from infoplane.studies.study import StudyOptions, Verdicts, carry_out

STEPS = (0, 10, 100, 1000)


def tiny(options: StudyOptions) -> dict[str, TextRunConfig]:
    """Return the run of the study on a few lines, of few steps."""
    small = {"length": 16, "tokenizer": "bytes", "held_out": 0.4}
    return {
        name: dataclasses.replace(
            config,
            text=dataclasses.replace(config.text, **small),
            network=dataclasses.replace(config.network, layers=1, width=8, heads=2),
            training=dataclasses.replace(config.training, steps=4, batch=4),
            planes=dataclasses.replace(config.planes, looks=(0, 2, 4), texts=20, other_texts=12),
            members=2,
        )
        for name, config in study.texts(options).items()
        if config.planes is not None
    }


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    folder = tmp_path_factory.mktemp("conklin")
    lines = [f"line {i} of these is told, and another {i % 7} follows." for i in range(60)]
    (folder / "lines.txt").write_text("\n\n".join(lines))
    options = StudyOptions(data=str(folder / "lines.txt"), device="cpu")
    return carry_out(dataclasses.replace(STUDY, texts=tiny), options, out=folder / "runs")


def test_every_claim_is_judged_in_every_network(verdicts: Verdicts) -> None:
    said = [claim.statement for claim in verdicts.claims]
    assert len(set(said)) == len(said) == 3 * 6 + 3 + 1 + 3 * 3 + 2
    assert all(len(claim.values) == 2 for claim in verdicts.claims)


def test_files_are_written(verdicts: Verdicts) -> None:
    names = {path.name for path in verdicts.path.iterdir()}
    figures = {f"{name}.png" for name in ("conklin-2026", "course", "decoded", "planes")}
    assert {*figures, "phases.csv", "layers.csv", "decoded.csv", "losses.csv"} <= names
    phases = verdicts.tables["phases"]
    assert len(phases) == 2 * 3 * 2 * (1 + 4)  # members, orders, values; usual, and four on fewer
    assert verdicts.path.name == "conklin-2026-quick-lines.txt"


def test_scales_are_configured() -> None:
    quick, paper = (
        study.texts(StudyOptions(scale=scale))["small GPTs on text"] for scale in ("quick", "paper")
    )
    for config in (quick, paper):
        assert config.planes is not None
        assert max(config.planes.looks) == config.training.steps
        assert config.members >= 3
    assert paper.network.width > quick.network.width
    assert study.texts(StudyOptions(members=7, seed=3))["small GPTs on text"].members == 7


def planes(x: dict[int, list[float]], null: float, y: float = 0.5) -> pd.DataFrame:
    """Return planes of one layer whose I(X;T) takes these courses above a null, by order."""
    looks = itertools.product(range(2), [(USUAL, 500), (USUAL, 125), (CENTRED, 125)], x)
    rows = [
        {"member": m, "estimator": e, "texts": n, "order": order, "step": step, "depth": 1}
        | {"layer": "layer1", "label": label, "above_null": above, "null_mean": null}
        | {"bits": above + null, "shared": 0.0, "once": 0.5, "n": n}
        for m, (e, n), order in looks
        for step, value in zip(STEPS, x[order], strict=True)
        for label, above in ((BEFORE, value), (AFTER, y * value))
    ]
    return pd.DataFrame(rows)


def decoded(course: list[float]) -> pd.DataFrame:
    """Return what is decoded of the last token and of that before, in one layer."""
    rows = [
        {"member": m, "offset": offset, "step": step, "depth": 1, "bits": bits}
        for m, offset in itertools.product(range(2), (-1, 0, 1))
        for step, bits in zip(STEPS, course, strict=True)
    ]
    return pd.DataFrame(rows)


def verdict(claims: list[Claim], *parts: str) -> set[str]:
    found = {c.verdict for c in claims if all(part in c.statement for part in parts)}
    assert found
    return found


RISES, FALLS, STAYS = [1.0, 0.2, 1.5, 2.0], [1.0, 0.2, 2.0, 1.5], [2.0, 2.0, 2.0, 2.0]


def test_a_fall_is_compression_and_a_rise_is_not() -> None:
    falls = judged(planes(dict.fromkeys(TOKENS, FALLS), null=0.1), decoded(FALLS))
    rises = judged(planes(dict.fromkeys(TOKENS, RISES), null=0.1), decoded(RISES))
    for part in ("compresses, ", "linear decoder"):
        assert verdict(falls, part) == {"holds"}
        assert verdict(rises, part) == {"does not hold"}
    for claims in (falls, rises):
        assert verdict(claims, "expands") == {"holds"}
        assert verdict(claims, "is the same by", CENTRED) == {"holds"}
    still = judged(planes(dict.fromkeys(TOKENS, STAYS), null=0.1), decoded(RISES))
    assert verdict(still, "expands") == {"does not hold"}


def test_a_null_may_hide_a_fall() -> None:
    claims = judged(planes(dict.fromkeys(TOKENS, FALLS), null=20.0), decoded(FALLS))
    assert verdict(claims, "compresses, ", "as estimated") == {"does not hold"}
    assert verdict(claims, "compresses, ", "above its null") == {"holds"}
    assert verdict(claims, "what shuffled labels give") == {"holds"}
    assert verdict(claims, "the two axes") == {"holds"}
    without = judged(planes(dict.fromkeys(TOKENS, FALLS), null=0.0), decoded(FALLS))
    assert verdict(without, "what shuffled labels give") == {"does not hold"}
    assert verdict(without, "the two axes") == {"does not hold"}


def test_another_resolution_may_disagree() -> None:
    table = planes(dict.fromkeys(TOKENS, FALLS), null=0.1)
    other = planes(dict.fromkeys(TOKENS, RISES), null=0.1)
    mixed = pd.concat([table[table["estimator"] == USUAL], other[other["estimator"] == CENTRED]])
    assert verdict(judged(mixed, decoded(FALLS)), "is the same by") == {"does not hold"}


def test_optimality_is_after_training_less_before() -> None:
    table = planes(dict.fromkeys(TOKENS, FALLS), null=0.0)
    last = (table["step"] == 1000) & (table["label"] == AFTER)
    better = table.assign(
        bits=np.where(last, 1.4, table["bits"]), above_null=np.where(last, 1.4, table["above_null"])
    )
    assert verdict(judged(better, decoded(FALLS)), "nearer to 1") == {"holds"}
    assert verdict(judged(table, decoded(FALLS)), "nearer to 1") == {"does not hold"}


def test_tables_are_of_the_looks_named() -> None:
    table = planes(dict.fromkeys(TOKENS, FALLS), null=0.5)
    shares = null_shares(usual(table))
    last = shares[shares["step"] == 1000]["share"]
    np.testing.assert_allclose(last, 0.5 / 2.0)
    assert set(phases_table(table)["texts"]) == {125, 500}
    np.testing.assert_allclose(decoded_fall(decoded(FALLS), 0), 0.25)


def test_the_page_is_written_where_there_is_no_run(verdicts: Verdicts) -> None:
    page = (Path(verdicts.path) / "report.html").read_text("utf-8")
    assert "I(X;T) expands" in page
