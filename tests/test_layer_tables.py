"""What a run prints layer by layer: values, marks, and what reads a saturated layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from rich.table import Table

from infoplane import tables
from infoplane.layer_tables import bins_table, memorization_table
from infoplane.names import DECODERS, I_TY, I_TY_SEEN, I_XT, SWEPT, M

STRONGEST, KNN = DECODERS[0], "k-NN decoder"


def row(layer: str, depth: int, quantity: str, bits: float, **other: Any) -> dict[str, Any]:
    return {
        "run": "a", "member": 0, "epoch": 9, "step": 9, "layer": layer, "depth": depth,
        "subset": "train", "quantity": quantity, "estimator": "bins", "resolution": "width 0.5",
        "bits": bits, "null_mean": np.nan, "null_std": np.nan, "p_value": np.nan,
        "standard_error": np.nan, "ceiling": 3.32, "saturated": False, "flags": "", "n": 1000,
        "width": 20,
    } | other  # fmt: skip


def binned(layer: str, depth: int, label: str, **other: Any) -> list[dict[str, Any]]:
    null = {"null_mean": 0.5, "null_std": 0.01, "p_value": 0.04}
    return [
        row(layer, depth, I_XT, 6.5, ceiling=9.97, **other),
        row(layer, depth, label, 2.5, **(null | other)),
    ]


def decoded(
    layer: str, depth: int, learned: float, memorized: float, p: float, **other: Any
) -> list[dict[str, Any]]:
    null = {"null_mean": -0.01, "null_std": 0.02, "ceiling": 2.07, "estimator": STRONGEST}
    seen = null | {"p_value": p} | other
    control = null | {"p_value": 0.6, "subset": "test"} | other
    of_true = null | {"p_value": 0.04, "subset": "test", "ceiling": 3.32} | other
    return [
        row(layer, depth, M, memorized, **seen),
        row(layer, depth, M, -0.001, **control),
        row(layer, depth, I_TY, learned, **of_true),
    ]


def table_of(*rows: list[dict[str, Any]]) -> pd.DataFrame:
    return tables.table([each for some in rows for each in some], tables.MEASUREMENTS)


def lines(table: Table | str | None) -> list[str]:
    """The table as printed on 100 columns."""
    assert table is not None
    console = Console(width=100)
    with console.capture() as capture:
        console.print(table)
    return [line.rstrip() for line in capture.get().splitlines()]


def cells(table: Table | str | None, layer: str) -> list[str]:
    (line,) = [line for line in lines(table) if line.startswith(f"{layer} ")]
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_learned_and_memorized_stand_beside_null_control_and_ceiling() -> None:
    m = table_of(decoded("input", 0, 2.9, 0.01, 0.4), decoded("layer1", 1, 2.6, 1.9, 0.04))
    table = memorization_table(m)
    assert cells(table, "layer1") == ["layer1", "2.60", "1.90", "-0.01 ± 0.02", "0.00 null", "2.07"]
    assert cells(table, "input")[2] == "0.01 null"
    assert STRONGEST in lines(table)[0]


def test_members_are_averaged_with_their_spread() -> None:
    first = decoded("layer1", 1, 2.6, 1.8, 0.04)
    second = decoded("layer1", 1, 2.4, 2.0, 0.04, member=1)
    _, learned, memorized, null, control, _ = cells(
        memorization_table(table_of(first, second)), "layer1"
    )
    assert (learned, memorized) == ("2.50 ± 0.14", "1.90 ± 0.14")
    assert (null, control) == ("-0.01 ± 0.02", "0.00 ± 0.00 null")


def test_only_the_last_decoded_epoch_counts() -> None:
    m = table_of(decoded("layer1", 1, 2.6, 1.9, 0.04), decoded("layer1", 1, 0.5, 0.1, 0.4, epoch=3))
    assert cells(memorization_table(m), "layer1")[1:3] == ["2.60", "1.90"]


def test_without_the_strongest_the_first_decoder_is_printed_and_without_a_null_a_dash() -> None:
    unknown = {"null_mean": np.nan, "null_std": np.nan, "p_value": np.nan}
    table = memorization_table(table_of(decoded("l", 1, 2, 1, 0.1, estimator=KNN, **unknown)))
    assert cells(table, "l") == ["l", "2.00", "1.00", "–", "0.00", "2.07"]
    assert KNN in lines(table)[0]


def test_the_strongest_is_printed_where_others_stand_beside_it() -> None:
    m = table_of(decoded("l", 1, 2, 1, 0.1, estimator=KNN), decoded("l", 1, 2.2, 1.5, 0.04))
    assert cells(memorization_table(m), "l")[1:3] == ["2.20", "1.50"]


@pytest.mark.parametrize(("memorized", "p", "said"), [(0.4, 0.04, True), (0.4, 0.5, False)])
def test_what_the_input_says_of_the_seen_labels_is_said(
    memorized: float, p: float, said: bool
) -> None:
    printed = " ".join(lines(memorization_table(table_of(decoded("input", 0, 2, memorized, p)))))
    assert ("the input says some of the seen labels" in printed) == said


def test_true_labels_have_no_memorized_part() -> None:
    assert memorization_table(table_of(binned("layer1", 1, I_TY))) is None


def test_bins_are_marked_where_they_say_nothing_of_the_layer() -> None:
    m = table_of(
        binned("layer1", 1, I_TY, saturated=True),
        binned("layer2", 2, I_TY, p_value=0.3),
        binned("layer3", 3, I_TY),
    )
    table = bins_table(m)
    assert cells(table, "layer1")[3] == "2.50 saturated"
    assert cells(table, "layer2")[3] == "2.50 null"
    assert cells(table, "layer3") == ["layer3", "6.50", "9.97", "2.50", "0.50 ± 0.01"]
    assert "--observing.estimators" in " ".join(lines(table))


def test_nothing_is_advised_where_nothing_is_saturated() -> None:
    clean = " ".join(lines(bins_table(table_of(binned("layer1", 1, I_TY)))))
    assert "saturated" not in clean


@pytest.mark.parametrize("decoders", [False, True])
def test_where_every_layer_is_saturated_a_sentence_says_so(decoders: bool) -> None:
    wall = binned("layer1", 1, I_TY_SEEN, saturated=True)
    said = bins_table(table_of(wall, decoded("layer1", 1, 2, 1, 0.04) if decoders else []))
    assert isinstance(said, str)
    assert said.startswith("width 0.5 are saturated in every layer")
    assert ("the decoders above read the layers" in said) == decoders


def test_the_finest_resolution_that_is_not_saturated_stands_beside_a_saturated_one() -> None:
    wall = binned("layer1", 1, I_TY, saturated=True)
    finest = binned("layer1", 1, I_TY, estimator=SWEPT, resolution="width 1", saturated=True)
    fine = binned("layer1", 1, I_TY, estimator=SWEPT, resolution="width 2")
    coarse = binned("layer1", 1, I_TY, estimator=SWEPT, resolution="width 4")
    fine[1]["bits"], coarse[0]["bits"], coarse[1]["bits"] = 1.7, 3.0, 1.2
    ross = [row("layer1", 1, I_TY, 2.2, estimator="ross", resolution="k = 3", p_value=0.04)]
    assert cells(bins_table(table_of(wall, ross, coarse, fine, finest)), "layer1")[-2:] == [
        "1.70",
        "width 2",
    ]
    assert cells(bins_table(table_of(wall, ross, finest)), "layer1")[-2:] == ["2.20", "ross"]
    coarse[1]["p_value"] = 0.6
    assert cells(bins_table(table_of(wall, ross, coarse)), "layer1")[-2:] == ["2.20", "ross"]


def test_rows_fit_100_columns_with_members_and_every_mark() -> None:
    saturated = {"saturated": True}
    rows = []
    for member in range(2):
        rows += decoded("logits", 9, 2.2, 1.0, 0.5, member=member)
        rows += binned("logits", 9, I_TY_SEEN, member=member, **saturated)
        rows += binned("logits", 9, I_TY_SEEN, member=member, estimator=SWEPT)
    m = table_of(rows)
    for table in (memorization_table(m), bins_table(m)):
        assert isinstance(table, Table)
        assert Console(width=1000).measure(table).maximum <= 100
        assert len([line for line in lines(table) if line.startswith("logits")]) == 1


def test_flags_are_said_with_their_layers() -> None:
    flagged = {"flags": "high null, copies"}
    m = table_of(decoded("layer1", 1, 2, 1, 0.04, **flagged), decoded("layer2", 2, 2, 1, 0.04))
    printed = lines(memorization_table(m))
    assert f"high null ({STRONGEST}): layer1" in printed
    assert f"copies ({STRONGEST}): layer1" in printed
    told = lines(bins_table(table_of(binned("layer1", 1, I_TY, flags="scale"))))
    assert "scale (bins): layer1" in told
