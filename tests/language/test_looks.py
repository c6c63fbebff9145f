"""A look: the usual plane, other resolutions, centred layers, and decoders, of one network."""

from __future__ import annotations

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from infoplane.errors import InfoplaneError
from infoplane.language.looks import CENTRED, USUAL, PlaneConfig, look_at
from infoplane.language.plane import language_plane

TOKENS = torch.randint(0, 6, (30, 12), generator=torch.manual_seed(0))
FAR = 100.0  # from 0: what all outputs have in common
OTHER = "soft-entropy(references=20)"


def far(tokens: Tensor, mask: Tensor) -> list[Tensor]:
    """One layer that tells the token, far away from 0."""
    del mask
    return [torch.nn.functional.one_hot(tokens, 6).float() + FAR]


@pytest.fixture(scope="module")
def planes() -> pd.DataFrame:
    config = PlaneConfig(others=(OTHER,), texts=30, other_texts=20, centred=True)
    return look_at(nn.Identity(), TOKENS, config, hidden_states=far)["planes"]


def test_the_usual_plane_is_that_of_language_plane(planes: pd.DataFrame) -> None:
    usual = planes[(planes["estimator"] == USUAL) & (planes["texts"] == 30)]
    plane = language_plane(nn.Identity(), TOKENS, hidden_states=far)
    pd.testing.assert_frame_equal(usual.drop(columns=["estimator", "texts"]), plane)


def test_others_read_fewer_texts(planes: pd.DataFrame) -> None:
    named = planes.groupby(["estimator", "texts"]).size()
    assert set(named.index) == {(USUAL, 30), (USUAL, 20), (OTHER, 20), (CENTRED, 20)}
    assert planes.loc[planes["estimator"] == OTHER, "resolution"].str.startswith("m = 20").all()


def test_only_centred_is_it_seen_what_a_far_layer_tells(planes: pd.DataFrame) -> None:
    own = planes[(planes["label"] == "before") & (planes["order"] == 1) & (planes["texts"] == 20)]
    bits = own.set_index("estimator")["above_null"]
    assert bits[USUAL] < 0.01
    assert bits[CENTRED] > 1


def test_without_others_the_plane_is_measured_once() -> None:
    found = look_at(nn.Identity(), TOKENS, PlaneConfig(), hidden_states=far)
    assert found["planes"]["texts"].unique().tolist() == [30]
    assert set(found["decoded"]["offset"]) == {-1, 0, 1}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"texts": 0}, "texts is 0; give 1 or more"),
        ({"looks": ()}, r"looks is \(\); give steps, 0 or more"),
        ({"looks": (-1, 3)}, "give steps, 0 or more"),
        ({"others": ("ksg",)}, "planes of language models are by soft-entropy"),
    ],
)
def test_refusals(setting: dict, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        PlaneConfig(**setting)
