"""Figures of single examples: the dataset map, histograms of scores, grids of images."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score

from infoplane.errors import InfoplaneError
from infoplane.figures import (
    dataset_map,
    example_scores,
    image_grid,
    most_and_least,
    score_histograms,
)
from infoplane.figures.examples.scores import DRAWN, auroc
from infoplane.scores import BY_NAME
from infoplane.tables import EXAMPLES, table

N = 200


def followed(*, members: int = 2, corrupted: float = 0.4) -> pd.DataFrame:
    """Return an examples table: corrupted examples are learned late, with little confidence."""
    draw = np.random.default_rng(0)
    rows = []
    for member in range(members):
        for i in range(N):
            bad = i < corrupted * N
            confidence = float(np.clip(draw.normal(0.4 if bad else 0.85, 0.1), 0.01, 0.99))
            rows.append(
                {
                    **{"run": "r", "member": member, "subset": "train", "id": 1000 - i},
                    **{"label": i % 10, "seen_label": (i + bad) % 10, "corrupted": bad},
                    **{"prediction": i % 10, "loss": 0.1, "forgetting_events": float(i % 3)},
                    **{"epoch_learned": 5.0 + 10 * bad, "aum": confidence - 0.5},
                    **{"confidence": confidence, "variability": 0.2, "correctness": confidence},
                    **{"cumulative_loss": -np.log2(confidence) * 20, "el2n": 1 - confidence},
                    "gradient_norm": np.nan,
                }
            )
    return table(rows, EXAMPLES)


def texts(figure: Figure) -> str:
    parts = [figure, *figure.subfigs]
    words = [text.get_text() for part in parts for text in part.texts]
    words += [part.get_suptitle() for part in parts]
    for axes in figure.axes:
        words += [text.get_text() for text in axes.texts] + [axes.get_title(loc="right")]
    return " ".join(words)


def test_every_score_is_drawn() -> None:
    assert set(DRAWN) == set(BY_NAME)


def test_an_example_that_members_saw_labelled_otherwise_has_a_row_for_each_label() -> None:
    examples = followed()
    other = (examples["member"] == 1) & (examples["id"] == 1000)
    examples.loc[other, ["seen_label", "corrupted"]] = 0, False
    scores = example_scores(examples)
    assert len(scores) == N + 1
    rows = scores[scores["id"] == 1000]
    assert sorted(rows["corrupted"]) == [False, True]
    own = examples.loc[other, "confidence"].item()
    assert rows.loc[~rows["corrupted"], "confidence"].item() == own


def test_scores_are_means_over_members_and_leave_out_what_was_not_measured() -> None:
    examples = followed()
    scores = example_scores(examples)
    assert len(scores) == N
    assert "gradient_norm" not in scores
    first = examples[examples["id"] == 1000]
    assert scores.loc[0, "confidence"] == pytest.approx(first["confidence"].mean())


def test_auroc_is_that_of_scikit_learn() -> None:
    values = pd.Series(np.random.default_rng(0).integers(0, 20, 300))
    positive = pd.Series(np.random.default_rng(1).random(300) < 0.3)
    assert auroc(values, positive) == pytest.approx(roc_auc_score(positive, values))
    assert np.isnan(auroc(values, positive & False))


@pytest.mark.parametrize(
    "examples",
    [followed(), followed(members=1), followed(corrupted=0.0), followed(corrupted=1.0)],
    ids=["usual", "one member", "none corrupted", "all corrupted"],
)
def test_draws(examples: pd.DataFrame) -> None:
    assert "200 training examples" in texts(dataset_map(examples))
    figure = score_histograms(examples)
    mixed = examples["corrupted"].nunique() == 2
    assert ("AUROC" in texts(figure)) == mixed


def test_the_map_takes_its_colour_from_correctness_where_asked() -> None:
    assert len(dataset_map(followed(), colour="correctness").axes) == 4
    with pytest.raises(InfoplaneError, match="colour is 'red'; give 'corrupted' or 'correctness'"):
        dataset_map(followed(), colour="red")


def test_what_was_not_followed_is_refused() -> None:
    examples = followed()
    with pytest.raises(InfoplaneError, match="no example of subset 'test' has a value"):
        example_scores(examples, subset="test")
    with pytest.raises(InfoplaneError, match="several times for one member"):
        example_scores(pd.concat([examples, examples]))


def test_the_most_memorized_images_come_first() -> None:
    examples = followed(members=1)
    images = np.linspace(0, 1, N * 4).reshape(N, 2, 2)
    figure = most_and_least(examples, images, count=4, columns=2)
    worst = examples["cumulative_loss"].idxmax()
    first = np.asarray(figure.axes[0].images[0].get_array())
    np.testing.assert_allclose(first, images[worst])
    assert "most memorized" in texts(figure)
    label, seen = examples.loc[worst, ["label", "seen_label"]]
    assert f"{label} seen as {seen}" in texts(figure)
    with pytest.raises(InfoplaneError, match="3 images were given for 200 training examples"):
        most_and_least(examples, images[:3])


def test_a_grid_takes_grey_and_colour_images_of_any_range() -> None:
    assert len(image_grid(np.zeros((3, 4, 4), dtype=np.uint8), list("abc")).axes) == 3
    assert len(image_grid(np.random.default_rng(0).normal(size=(2, 4, 4, 3)), ["a", "b"]).axes) == 2
    with pytest.raises(InfoplaneError, match="give \\[n, h, w\\] or \\[n, h, w, 3\\]"):
        image_grid(np.zeros((3, 4)), list("abc"))
    with pytest.raises(InfoplaneError, match="2 captions were given for 3 images"):
        image_grid(np.zeros((3, 4, 4)), ["a", "b"])
