"""The study of capacity, tiny: what is memorized, judged, kept and drawn, and what would fail."""

from __future__ import annotations

import dataclasses
import itertools
import math
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

from infoplane.errors import InfoplaneError
from infoplane.figures.memorization.descent import descent_figure, descent_points
from infoplane.networks.transformer import TransformerConfig
from infoplane.runs.config import RunConfig
from infoplane.studies.capacity import anchors, measures
from infoplane.studies.capacity.claims import (
    _course,
    _cover,
    _descent,
    _logistic,
    _transformer,
)
from infoplane.studies.capacity.measures import (
    SWEEP,
    VARIANTS,
    parameters,
    perceptrons,
    with_ceiling,
)
from infoplane.studies.capacity.study import STUDY, configure
from infoplane.studies.capacity.text import descent, peaks, sequences
from infoplane.studies.capacity.tokens import TokenConfig, TokenStack, memorized_tokens
from infoplane.studies.study import StudyOptions, Verdicts, carry_out

SIZE = TransformerConfig(vocabulary=8, length=4, layers=1, width=8, heads=2)
TOKENS = TokenConfig(SIZE, sequences=(4, 8), members=2, steps=150, learning_rate=1e-2)

CHARACTERS = dataclasses.replace(
    TOKENS,
    network=TransformerConfig(vocabulary=16, length=8, layers=1, width=8, heads=2),
    sequences=(4, 16, 64),
)


def tiny(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the runs of the study on at most 320 examples, of few epochs."""
    return {
        name: dataclasses.replace(
            config,
            data=dataclasses.replace(config.data, train_size=min(config.data.train_size, 320)),
            training=dataclasses.replace(config.training, epochs=200),
            members=2,
        )
        for name, config in configure(options).items()
        if name in (f"80 {SWEEP}", f"320 {SWEEP}", *VARIANTS[-2:])
    }


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    study = dataclasses.replace(STUDY, configure=tiny)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measures, "SMALL", TOKENS)
        patch.setattr(measures, "TEXT", CHARACTERS)
        patch.setattr(anchors, "separable", partial(anchors.separable, draws=20, d=10))
        patch.setattr(anchors, "logistic", partial(anchors.logistic, draws=3, d=10))
        return carry_out(study, StudyOptions(), out=tmp_path_factory.mktemp("capacity"))


def test_every_claim_is_judged(verdicts: Verdicts) -> None:
    said = [claim.statement for claim in verdicts.claims]
    assert sum("Cover's" in s or "Logistic" in s for s in said) == 2
    assert sum("all bits are memorized" in s for s in said) == 2
    assert sum("within 30%" in s for s in said) == 2
    assert sum("published range" in s for s in said) == 1
    for claim in verdicts.claims:
        assert len(claim.values) == (2 if claim.of == "members" else len(claim.values))


def test_bits_are_what_is_saved_over_uniform_labels(verdicts: Verdicts) -> None:
    points = perceptrons(verdicts.runs)
    run = verdicts.runs[f"80 {SWEEP}"]
    own = points[points["run"] == f"80 {SWEEP}"]
    told = run.examples[run.examples["subset"] == "train"].groupby("member")["loss"].sum()
    np.testing.assert_allclose(own["bits"], 80 * math.log2(10) - told, rtol=1e-4)
    assert (points["bits"] <= points["data_bits"]).all()
    assert parameters(run) == 64 * 8 + 8 + 8 * 10 + 10


def test_files_are_written(verdicts: Verdicts) -> None:
    names = {path.name for path in verdicts.path.iterdir()}
    assert {"bits.png", "cover.csv", "logistic.csv", "plateaus.csv", "transformers.csv"} <= names


def test_what_transformers_memorize_is_kept(
    verdicts: Verdicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "memorized_tokens", pytest.fail)
    assert len(measures.transformers(verdicts.runs)) == 4


def test_few_tokens_are_memorized_and_no_more_than_there_are(verdicts: Verdicts) -> None:
    found = verdicts.tables["transformers"]
    few = found[found["sequences"] == 4]
    assert (few["data_bits"] == 4 * 4 * 3).all()
    assert (few["ceiling"] == 4 * (4 * 3 - 2)).all()  # which of the four it is takes 2 bits
    assert (few["bits"] > 0.9 * few["ceiling"]).all()
    assert (found["bits"] <= found["ceiling"]).all()
    assert (found["bits"] <= found["positive_bits"]).all()
    assert (found["mixture_bits"] <= found["positive_bits"]).all()


def test_without_training_nothing_is_memorized() -> None:
    found = memorized_tokens(dataclasses.replace(TOKENS, steps=0), seed=0)
    assert (found["bits"].abs() < 0.05 * found["data_bits"]).all()
    assert (found["positive_bits"] > 0).all()  # the published sum is above 0 by chance
    fewest, _, published = _transformer(8, "float32", with_ceiling(found))
    assert fewest.verdict == published.verdict == "does not hold"


def test_members_differ_and_do_not_depend_on_one_another() -> None:
    pair = memorized_tokens(TOKENS, seed=0)
    assert pair.groupby("sequences")["bits"].nunique().eq(2).all()
    alone = memorized_tokens(dataclasses.replace(TOKENS, sequences=(8,), members=1), seed=0)
    first = pair[(pair["sequences"] == 8) & (pair["member"] == 0)]
    np.testing.assert_allclose(alone["bits"], first["bits"], rtol=1e-2)


def test_batches_hold_every_sequence_once_an_epoch() -> None:
    tokens = torch.randint(8, (2, 8, 4), generator=torch.Generator().manual_seed(0))
    stack = TokenStack(dataclasses.replace(TOKENS, batch=3), tokens, 0, "cpu")
    batches = list(itertools.islice(stack._batches(), 3))
    assert [batch.shape[1] for batch in batches] == [3, 3, 2]
    for seen, tokens in zip(torch.cat(batches, dim=1), stack.tokens, strict=True):
        assert sorted(seen.tolist()) == sorted(tokens.tolist())


def test_bfloat16_holds_less() -> None:
    found = memorized_tokens(dataclasses.replace(TOKENS, dtype="bfloat16"), seed=0)
    assert set(found["dtype"]) == {"bfloat16"}
    assert (found["bits"] > 0.3 * found["data_bits"]).all()


def test_claims_of_the_anchors_can_fail() -> None:
    cover = anchors.separable(draws=20, d=10)
    assert _cover(cover).verdict == "holds"
    assert _cover(cover.assign(exact=cover["exact"] - 0.5)).verdict != "holds"
    printed = anchors.logistic(draws=3, d=20)
    assert printed["bits"].iloc[0] == printed["printed"].iloc[0] == 1  # all bits are memorized
    assert _logistic(printed.assign(printed=printed["bits"])).verdict == "holds"
    assert _logistic(printed.assign(bits=printed["bits"] + 3)).verdict == "does not hold"


def test_bits_that_go_on_growing_are_no_plateau() -> None:
    points = pd.DataFrame(
        {
            "data_bits": [10, 20, 40],
            "bits": [10.0, 15.0, 15.5],
            "member": 0,
            "ceiling": [10, 20, 40],
        }
    )
    assert [c.verdict for c in _course("network", "labels", points)] == ["holds", "holds"]
    grown = points.assign(bits=points["data_bits"] * 0.9)
    assert [c.verdict for c in _course("network", "labels", grown)] == ["does not hold"] * 2


def test_linear_programs_are_solved_once() -> None:
    assert anchors.separable(draws=20, d=10) is anchors.separable(draws=20, d=10)
    assert anchors.logistic(draws=3, d=10) is anchors.logistic(draws=3, d=10)


def losses(test: list[float], train: list[float]) -> pd.DataFrame:
    """Return the losses of one member on 8, 16, 32 … sequences of 10 tokens."""
    sizes = [8 * 2**i for i in range(len(test))]
    return pd.DataFrame(
        {"sequences": sizes, "train": train, "test": test, "length": 10, "member": 0}
    )


def test_what_is_memorized_of_text_is_beyond_what_other_text_teaches() -> None:
    points = descent(losses([9.0, 12.0, 8.0, 3.0], [0.0, 0.5, 2.5, 3.0]))
    np.testing.assert_allclose(points["data_bits"], [240, 480, 960, 1920])
    np.testing.assert_allclose(points["bits"], [240, 400, 160, 0])
    np.testing.assert_allclose(points["load"], [0.6, 1.2, 2.4, 4.8])
    (found,) = peaks(points).to_dict("records")
    assert found == {"member": 0, "load": pytest.approx(1.2), "inside": True}
    at_the_peak, falls = _descent(points)
    assert at_the_peak.verdict == falls.verdict == "holds"
    assert falls.mean == 9


@pytest.mark.parametrize("test", [[12.0, 9.0, 8.0, 3.0], [3.0, 4.0, 8.0, 9.0]])
def test_a_loss_that_only_rises_or_falls_has_no_peak(test: list[float]) -> None:
    at_the_peak, falls = _descent(descent(losses(test, [0.0, 0.5, 1.0, 1.5])))
    assert at_the_peak.verdict == "does not hold"
    assert falls.verdict == ("holds" if test[-1] == 3 else "does not hold")


def test_text_is_cut_into_sequences_in_a_seeded_order() -> None:
    first, again, other = (sequences(16, 8, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(first.flatten().bincount(), other.flatten().bincount())
    assert first.shape[1] == 8
    assert set(first.unique().tolist()) == set(range(16))


def test_members_learn_texts_of_their_own_and_are_asked_about_others(verdicts: Verdicts) -> None:
    table = verdicts.tables["text"]
    assert table.groupby("sequences")["train"].nunique().eq(2).all()
    assert (table["test"] > table["train"]).all()
    assert (table.groupby("member")["capacity"].nunique() == 1).all()
    assert (verdicts.path / "descent.png").exists()


def test_the_losses_that_are_drawn_are_means_over_members() -> None:
    two = pd.concat([losses([4.0, 2.0], [1.0, 1.5]).assign(member=m, load=1.0) for m in (0, 1)])
    two.loc[two["member"] == 1, "test"] += 2
    points = descent_points(two).set_index(["of", "sequences"])
    assert points.loc[("test", 8), ["mean", "min", "max"]].tolist() == [5, 4, 6]
    with pytest.raises(InfoplaneError, match="descent"):
        descent_figure(two[:0])
