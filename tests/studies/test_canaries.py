"""The study of canaries, tiny: every claim is judged, and can fail; figures and tables are kept."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from infoplane.commands.drawing_again import _of_study
from infoplane.figures.canaries import canary_figure, canary_points
from infoplane.language.blocks import TextConfig
from infoplane.language.canaries.making import CanaryConfig
from infoplane.language.training import GPTTraining
from infoplane.names import STRONGEST
from infoplane.runs.texts.config import GPTConfig, TextRunConfig
from infoplane.studies.canaries import claims, measures
from infoplane.studies.canaries.claims import TEXT
from infoplane.studies.canaries.measures import agreement, by_layer, by_position, of_canaries
from infoplane.studies.canaries.study import STUDY
from infoplane.studies.study import StudyOptions, Verdicts, carry_out, texts_of


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    folder = tmp_path_factory.mktemp("canaries")
    sums = (f"{a} and {b} are {a + b}, all told" for a in range(25) for b in range(10))
    (folder / "sums.txt").write_text("\n\n".join(sums))

    def tiny(options: StudyOptions) -> dict[str, TextRunConfig]:
        (config,) = STUDY.texts(options).values()
        small = dataclasses.replace(
            config,
            text=TextConfig(str(folder / "sums.txt"), length=16, held_out=0.3),
            network=GPTConfig(layers=2, width=32, heads=2),
            training=GPTTraining(steps=150, batch=16, learning_rate=1e-2),
            canaries=CanaryConfig(count=24, tokens=4, least=5),
            blocks=150,
            members=2,
        )
        return {TEXT: small}

    study = dataclasses.replace(STUDY, texts=tiny)
    return carry_out(study, StudyOptions(device="cpu"), out=folder / "runs")


def test_every_claim_is_judged_in_every_network(verdicts: Verdicts) -> None:
    assert len(verdicts.claims) == 14
    for claim in verdicts.claims:
        assert len(claim.values) == 2
    others = [claim for claim in verdicts.claims if "Spearman" not in claim.statement]
    assert len(others) == 12
    assert all(np.isfinite(claim.mean) for claim in others)


def test_what_is_seen_often_is_memorized_and_extracted(verdicts: Verdicts) -> None:
    layers = by_layer(texts_of(verdicts.runs)[TEXT])
    last = layers[(layers["depth"] == 2) & (layers["decoder"] == STRONGEST)]
    bits = last.groupby("times")["bits"].mean()
    assert bits[16] > 2.5 > bits[1] > bits[0] - 0.1
    assert abs(bits[0]) < 0.4
    of = of_canaries(texts_of(verdicts.runs)[TEXT])
    seen = of[of["seen"] & (of["inserted"] == 16)]
    assert seen["extraction"].mean() > 2
    assert seen[measures.COUNTERFACTUAL].mean() > 0.5


def test_files_are_written_and_name_their_run(verdicts: Verdicts) -> None:
    names = {path.name for path in verdicts.path.iterdir()}
    tables = ("layers", "learned", "positions", "measures", "agreement", "losses")
    assert {f"{table}.csv" for table in tables} | {"canaries.png", "claims.json"} <= names
    kept = json.loads((verdicts.path / "claims.json").read_text())
    assert list(kept["texts"]) == [TEXT]
    assert (verdicts.path.parent / f"text-{kept['texts'][TEXT]}").is_dir()
    drawn = _of_study(verdicts.path, kept)
    assert isinstance(drawn["canaries"](), Figure)


def test_what_is_drawn_is_the_mean_over_networks(verdicts: Verdicts) -> None:
    run = texts_of(verdicts.runs)[TEXT]
    layers, learned = by_layer(run), run.read("learned")
    points = canary_points(layers, learned)
    rows = layers[(layers["decoder"] == STRONGEST) & (layers["times"] == 4)]
    drawn = points[points["times"] == 4].sort_values("depth")["memorized"]
    np.testing.assert_allclose(drawn, rows.groupby("depth")["bits"].mean())
    assert set(points["times"]) == {0, 1, 4, 16}
    figure = canary_figure(layers, learned, by_position(run), agreement(run), alphabet=30)
    assert len(figure.axes) == 4


def layers_of(values: dict[tuple[int, int], float], **more: float) -> pd.DataFrame:
    """M of one network by depth and number of times, by one decoder, with its error."""
    rows = [
        {"member": 0, "times": times, "layer": f"layer{depth}", "depth": depth, "bits": bits}
        for (depth, times), bits in values.items()
    ]
    return pd.DataFrame(rows).assign(decoder=STRONGEST, standard_error=0.1, **more)


def test_claims_fail_where_nothing_is_memorized() -> None:
    nothing = layers_of({(d, t): 0.0 for d in (1, 2) for t in (0, 1, 4, 16)})
    assert claims._control(nothing).verdict == "holds"
    assert claims._times(nothing, (1, 4, 16)).verdict == "does not hold"
    assert claims._once(nothing, 1).verdict == "does not hold"
    leaking = layers_of({(d, t): 0.3 for d in (1, 2) for t in (0, 1, 4, 16)})
    assert claims._control(leaking).verdict == "does not hold"


def test_claims_hold_where_it_is_memorized_late() -> None:
    grown = layers_of({(d, t): d * t / 32 for d in (1, 2) for t in (0, 1, 4, 16)})
    assert claims._times(grown, (1, 4, 16)).verdict == "holds"
    assert claims._once(layers_of({(2, 0): 0.0, (2, 1): 0.3}), 1).verdict == "holds"
    learned = layers_of({(1, 0): 1.8, (2, 0): 2.0})
    assert claims._later(grown, learned, 16).values[0] == pytest.approx(0.9 - 0.5)
    assert claims._later(grown, learned.assign(bits=[0.8, 2.0]), 16).verdict == "does not hold"


def learned_at(bits: dict[int, float]) -> pd.DataFrame:
    """What the last of two layers learned by some number, in one network."""
    rows = [
        {"member": 0, "layer": f"layer{d}", "depth": d, "start": start, "bits": b * (d - 1), "n": n}
        for n, (start, b) in enumerate(bits.items(), start=1)
        for d in (1, 2)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("contexts", "frequencies", "verdicts"),
    [
        ({1: 0.5, 2: 0.7, 32: 1.0}, {0: 0.2, 1: 1.0, 2: 2.0}, ["holds"] * 3),
        ({1: 1.0, 2: 0.7, 32: 0.5}, {0: 1.6, 1: 1.0, 2: 2.0}, [*["does not hold"] * 2, "holds"]),
        ({1: 1.0, 2: 3.0, 32: 1.0}, {0: -0.1, 1: 1.0}, ["does not hold", "holds", "does not hold"]),
    ],
)
def test_claims_on_where_it_is_learned_can_fail(
    contexts: dict[int, float], frequencies: dict[int, float], verdicts: list[str]
) -> None:
    judged = claims._learned_where(learned_at(contexts), learned_at(frequencies))
    assert [claim.verdict for claim in judged] == verdicts


def test_exposure_of_chance_is_that_of_a_random_rank() -> None:
    ranks = np.arange(1, 65)
    table = pd.DataFrame({"exposure_sampled": 6 - np.log2(ranks)})
    assert claims._chance(table) == pytest.approx(table["exposure_sampled"].mean())


def test_paper_scale_is_larger() -> None:
    (quick,), (paper,) = (
        STUDY.texts(StudyOptions(scale=scale)).values() for scale in ("quick", "paper")
    )
    assert paper.network.width == 512 > quick.network.width
    assert paper.canaries.count % 6 == quick.canaries.count % 6 == 0
    (asked,) = STUDY.texts(StudyOptions(data="licences", members=2, seed=3)).values()
    assert (asked.text.text, asked.members, asked.seed) == ("licences", 2, 3)
    assert STUDY.configure(StudyOptions()) == {}
