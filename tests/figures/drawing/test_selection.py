"""The numbers drawn: selected, averaged over members, and judged against their null."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from infoplane import tables
from infoplane.errors import InfoplaneError
from infoplane.figures import (
    curve_points,
    information_curves,
    information_planes,
    memorizing_points,
    plane_points,
    training_points,
)
from infoplane.names import H_T, I_TY, I_TY_SEEN, I_XT


def row(quantity: str, bits: float, *, member: int = 0, **other: object) -> dict[str, object]:
    """One measurement of layer1 at epoch 3, unless said otherwise."""
    ceiling = 4.0 if quantity == I_XT else 1.0
    return {
        "run": "a", "member": member, "epoch": 3, "step": 30, "layer": "layer1", "depth": 1,
        "subset": "train", "quantity": quantity, "estimator": "bins", "resolution": "width 0.5",
        "bits": bits, "null_mean": math.nan, "null_std": math.nan, "p_value": math.nan,
        "ceiling": ceiling, "saturated": False, "flags": "", "n": 16, "width": 2,
    } | other  # fmt: skip


def table(*rows: dict[str, object]) -> pd.DataFrame:
    """A measurements table of these rows."""
    return tables.table(list(rows), tables.MEASUREMENTS)


@pytest.fixture
def two_members() -> pd.DataFrame:
    """Two members, one layer, one epoch; their nulls have the standard deviations 0.3 and 0.4."""
    return table(
        row(I_XT, 2.0),
        row(I_XT, 3.0, member=1, saturated=True),
        row(I_TY, 0.9, null_mean=0.1, null_std=0.3),
        row(I_TY, 0.7, member=1, null_mean=0.3, null_std=0.4),
    )


def test_a_plane_point_is_the_mean_over_members(two_members: pd.DataFrame) -> None:
    [point] = plane_points(two_members).to_dict("records")
    assert (point["layer"], point["depth"], point["epoch"]) == ("layer1", 1, 3)
    assert point["x"] == pytest.approx(2.5)
    assert point["y"] == pytest.approx(0.8)
    assert point["x_sd"] == pytest.approx(math.sqrt(0.5))
    assert point["y_sd"] == pytest.approx(math.sqrt(0.02))
    assert (point["x_ceiling"], point["y_ceiling"]) == (4.0, 1.0)
    assert point["null_mean"] == pytest.approx(0.2)
    assert point["null_std"] == pytest.approx(math.sqrt((0.09 + 0.16) / 2))
    assert (point["members"], point["n"]) == (2, 16)
    assert point["saturated"]  # where any member is


def test_one_member_has_no_spread() -> None:
    points = plane_points(table(row(I_XT, 2.0), row(I_TY, 0.5)))
    assert points[["x_sd", "y_sd", "null_mean"]].isna().all(axis=None)
    assert not points.inside_null.any()  # nothing is inside a null that was not measured


@pytest.mark.parametrize(("p_value", "inside"), [(1.0, True), (2 / 21, True), (1 / 21, False)])
def test_inside_null_is_what_shuffled_labels_also_give(p_value: float, inside: bool) -> None:
    label = row(I_TY, 0.5, null_mean=0.25, null_std=0.125, p_value=p_value)
    points = plane_points(table(row(I_XT, 2.0), label))
    assert bool(points.inside_null.item()) is inside


def test_points_are_in_order_of_depth_and_epoch(true_run: pd.DataFrame) -> None:
    shuffled = true_run.sample(frac=1, random_state=0)
    points = plane_points(shuffled)
    pd.testing.assert_frame_equal(points, plane_points(true_run))
    assert points[["depth", "epoch"]].apply(tuple, axis=1).is_monotonic_increasing


def test_the_input_is_a_layer_when_asked(true_run: pd.DataFrame) -> None:
    assert "input" not in set(plane_points(true_run).layer)
    assert "input" in set(plane_points(true_run, with_input=True).layer)
    assert "input" in set(curve_points(true_run, with_input=True).layer)


def test_early_layers_of_random_labels_are_inside_their_null(random_run: pd.DataFrame) -> None:
    points = plane_points(random_run, label=I_TY_SEEN)
    last = points[points.epoch == points.epoch.max()].set_index("layer")
    assert last.inside_null["layer1"]
    assert last.y["layer1"] > 2.5  # bits that a reader would take for knowledge
    assert not last.inside_null["logits"]


def test_curve_points_agree_with_plane_points(true_run: pd.DataFrame) -> None:
    curves = curve_points(true_run).set_index("quantity")
    plane = plane_points(true_run)
    np.testing.assert_array_equal(curves.loc[I_XT, "bits"], plane.x)
    np.testing.assert_array_equal(curves.loc[I_TY, "bits"], plane.y)
    np.testing.assert_array_equal(curves.loc[I_TY, "null_std"], plane.null_std)


def test_negative_estimates_are_kept() -> None:
    points = curve_points(table(row(I_TY, -0.2)), quantities=[I_TY])
    assert points.bits.item() == -0.2


def test_memorizing_points_hold_four_panels(
    true_run: pd.DataFrame, random_run: pd.DataFrame
) -> None:
    panels = dict(list(memorizing_points(true_run, random_run).groupby("panel")))
    assert list(panels) == ["a", "b", "c", "d"]
    assert set(panels["a"].label) == {I_TY}
    assert set(panels["b"].label) == {I_TY_SEEN}
    assert list(panels["d"].layer.unique()) == ["layer4", "layer5", "layer6", "layer7", "logits"]
    assert panels["c"].bits.notna().all()


def test_training_points_are_means_in_the_order_of_subsets(training_table: pd.DataFrame) -> None:
    points = training_points(training_table)
    assert list(points["subset"].unique()) == ["train", "clean", "corrupted", "test"]
    first = points.iloc[0]
    rows = training_table[(training_table["subset"] == "train") & (training_table.epoch == 0)]
    assert first.accuracy == pytest.approx(rows.accuracy.mean())
    assert first.loss_sd == pytest.approx(rows.loss.std())
    assert first.members == 3


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(InfoplaneError, match="measurements table is empty"):
        plane_points(table())
    with pytest.raises(InfoplaneError, match="training table is empty"):
        training_points(tables.table([], tables.TRAINING))


def test_a_table_of_another_kind_is_refused(training_table: pd.DataFrame) -> None:
    with pytest.raises(InfoplaneError, match="measurements table lacks layer, depth, quantity"):
        plane_points(training_table)


def test_a_missing_quantity_names_what_is_available(two_members: pd.DataFrame) -> None:
    with pytest.raises(InfoplaneError, match=r"I\(T;Ỹ\) is not measured.*I\(T;Y\) \(train, bins\)"):
        plane_points(two_members, label=I_TY_SEEN)
    with pytest.raises(InfoplaneError, match=r"on subset 'test' with estimator 'bins'"):
        information_curves(two_members, subset="test")


def test_a_label_that_is_none_is_refused(two_members: pd.DataFrame) -> None:
    with pytest.raises(InfoplaneError, match=r"label is 'H\(T\)'; give one of 'I\(T;Y\)'"):
        plane_points(two_members, label=H_T)


def test_nothing_to_draw_is_refused(two_members: pd.DataFrame) -> None:
    with pytest.raises(InfoplaneError, match="quantities is empty"):
        curve_points(two_members, quantities=[])
    with pytest.raises(InfoplaneError, match="panels is empty"):
        information_planes({})


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"resolution": "width 0.1"}, "resolution 'width 0.1', 'width 0.5'"),
        ({"run": "b", "member": 1}, "run 'a', 'b'"),
        ({}, "rows given twice"),
    ],
)
def test_mixtures_are_refused(other: dict[str, object], message: str) -> None:
    mixed = table(row(I_TY, 0.5), row(I_TY, 0.6, **other))
    with pytest.raises(InfoplaneError, match=f"would mix.*{message}"):
        curve_points(mixed, quantities=[I_TY])
