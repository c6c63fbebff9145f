"""The pictures of a film: which epochs, where each layer is, and nothing left of the one before."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from decoded_runs import decoded
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from typical_tables import measurements

from infoplane.errors import InfoplaneError
from infoplane.figures import learned_memorized_points, plane_points
from infoplane.figures.drawing.style import layer_colours
from infoplane.figures.film.scene import film_epochs, pictures
from infoplane.figures.film.tracks import tracks
from infoplane.names import I_TY, I_TY_SEEN, I_XT

EPOCHS = (0, 2, 6, 20, 80)


@pytest.fixture(scope="module")
def run() -> pd.DataFrame:
    """Bins at every epoch, decoders at every other."""
    bins = measurements(members=3, layers=6, epochs=EPOCHS, random_labels=True)
    looks = decoded(members=3, epochs=EPOCHS[::2], of_input=0.3)
    return pd.concat([bins, looks], ignore_index=True).assign(run="r")


def pixels_of(picture: np.ndarray, colour: str) -> int:
    """How many pixels have exactly this colour."""
    rgb = (np.array(to_rgb(colour)) * 255).round().astype(np.uint8)
    return int((picture == rgb).all(axis=2).sum())


@given(st.sets(st.integers(0, 10**6), min_size=1), st.integers(1, 60))
def test_epochs_are_measured_ones_and_no_more_than_asked(epochs: set[int], most: int) -> None:
    shown = film_epochs(epochs, most)
    assert shown == sorted(set(shown))
    assert set(shown) <= epochs
    assert len(shown) == len(epochs) if len(epochs) <= most else 1 <= len(shown) <= most
    assert shown[-1] == max(epochs)


def test_many_epochs_are_even_in_log_time_and_use_the_room() -> None:
    shown = film_epochs(range(4001), 300)
    assert 280 <= len(shown) <= 300
    assert shown[0] == 0
    steps = np.diff(np.log1p(shown[100:]))
    assert steps.max() < 2.2 * steps.min()


def test_the_numbers_are_those_of_the_stills(run: pd.DataFrame) -> None:
    information, memorized = tracks(run)
    points = plane_points(run, label=I_TY_SEEN)
    pd.testing.assert_frame_equal(information.points[points.columns], points)
    still = learned_memorized_points(run)
    assert list(memorized.points["x"]) == list(still["learned"])
    assert list(memorized.points["y"]) == list(still["memorized"])
    for track in (information, memorized):
        means = track.members.groupby(["depth", "epoch"])[["x", "y"]].mean()
        there = track.points.set_index(["depth", "epoch"])[["x", "y"]]
        pd.testing.assert_frame_equal(
            means, there.sort_index(), check_names=False, check_column_type=False
        )


def test_each_layer_is_there_in_its_colour(run: pd.DataFrame) -> None:
    *_, last = pictures(tracks(run), EPOCHS)
    assert last.shape == (640, 1280, 3)
    for depth, colour in layer_colours(set(run["depth"])).items():
        assert pixels_of(last, colour) > 30, depth


def test_what_says_nothing_is_hollow(run: pd.DataFrame) -> None:
    hollow = run.assign(p_value=1.0)
    (full,), (empty,) = (
        list(pictures(tracks(each, ["information"]), [80])) for each in (run, hollow)
    )
    colour = layer_colours(set(run["depth"]))[6]
    assert pixels_of(empty, colour) < 0.8 * pixels_of(full, colour)


def test_a_picture_keeps_nothing_of_the_one_before(run: pd.DataFrame) -> None:
    there = tracks(run)
    forth = list(pictures(there, EPOCHS))
    (alone,) = pictures(there, EPOCHS[-1:])
    assert (alone == forth[-1]).all()
    assert not (forth[0] == forth[1]).all()


def test_one_plane_and_what_is_not_there(run: pd.DataFrame) -> None:
    (only,) = tracks(run, ["memorized"])
    (picture,) = pictures([only], [80])
    assert picture.shape == (640, 800, 3)
    assert len(tracks(run[run["member"] == 0], ["information"])[0].members) == 0
    true = measurements(members=1, layers=2, epochs=EPOCHS, labels=(I_TY,))
    assert [track.title for track in tracks(true)] == ["Information plane"]
    with pytest.raises(InfoplaneError, match="'memorized' was not measured; this run has: inform"):
        tracks(true, ["memorized"])
    with pytest.raises(InfoplaneError, match="so that nothing moves"):
        tracks(true[true["quantity"] != I_XT])
