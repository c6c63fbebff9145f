"""Every figure of ``infoplane.figures``, drawn from tables as runs would leave them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from decoded_runs import decoded
from matplotlib.figure import Figure
from typical_tables import measurements, training

from infoplane import figures
from infoplane.names import (
    AFTER,
    BEFORE,
    FANO_FLOOR,
    I_TY,
    I_XT,
    LABEL_BITS,
    LINEAR,
    MEMORIZED_BITS,
    REWINDING_MODES,
    SPLIT,
    STRONGEST,
)  # fmt: skip
from infoplane.tables import DYNAMICS, EXAMPLES, table

DECODERS = {STRONGEST: 1.0, "k-NN decoder": 0.3, "linear decoder": 0.9, "MLP decoder": 0.8}
EPOCHS = (0, 1, 3, 10, 30, 100, 400)


def examples(n: int = 120) -> pd.DataFrame:
    """Return an examples table: a third is corrupted, and learned late."""
    draw = np.random.default_rng(0)
    bad = np.arange(n) % 3 == 0
    sure = np.clip(draw.normal(np.where(bad, 0.4, 0.85), 0.1), 0.01, 0.99)
    known = {
        **{"run": "r", "member": 0, "subset": "train", "id": range(n), "label": np.arange(n) % 10},
        **{"seen_label": (np.arange(n) + bad) % 10, "corrupted": bad, "prediction": 0},
        **{"loss": 0.1, "confidence": sure, "variability": 0.2, "correctness": sure},
        **{"cumulative_loss": -20 * np.log2(sure), "aum": sure - 0.5},
    }
    rows = pd.DataFrame({**dict.fromkeys(EXAMPLES, np.nan), **known})
    return table(rows.to_dict("records"), EXAMPLES)


def dynamics() -> pd.DataFrame:
    """Return label bits that grow, and corrupted examples that are memorized in time."""
    rows = []
    for member, epoch in itertools.product(range(2), range(1, 121, 3)):
        grown = 1 - np.exp(-epoch / 10)
        values = {LABEL_BITS: 3.3 * grown, MEMORIZED_BITS: grown + member, FANO_FLOOR: grown / 2}
        values |= dict(zip(SPLIT, (grown, 0.8 * (1 - grown), 0.2 * (1 - grown)), strict=True))
        place = {"run": "r", "member": member, "epoch": epoch}
        rows += [{**place, "quantity": name, "value": value} for name, value in values.items()]
    return table(rows, DYNAMICS)


def swept(bins: pd.DataFrame) -> pd.DataFrame:
    """Return measurements with I(X;T) at three resolutions."""
    rows = bins[(bins["quantity"] == I_XT) & (bins["subset"] == "train")]
    at = [
        rows.assign(estimator="bins, swept", parameter="bin_width", parameter_value=width,
                    resolution=f"width {width}", bits=rows["bits"] * share)
        for width, share in ((0.01, 1.0), (0.1, 0.7), (1.0, 0.3))
    ]  # fmt: skip
    return pd.concat([bins, *at], ignore_index=True)


def _gradients() -> pd.DataFrame:
    places = itertools.product(range(2), EPOCHS, range(1, 7))
    rows = [
        {"member": m, "epoch": e, "layer": f"layer{d}", "depth": d, "mean_norm": 2 / (1 + e * d),
         "std_norm": 1.0, "weight_norm": 1.0}
        for m, e, d in places
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _rewound() -> pd.DataFrame:
    places = itertools.product(range(5), (0, 1, 10, 100), REWINDING_MODES)
    rows = [
        {"layer": f"layer{d}", "epoch": e, "mode": mode, "quantity": "clean accuracy",
         "value": e / 100}
        for d, e, mode in places
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _of_kinds() -> dict[str, pd.DataFrame]:
    """The five tables of real data against noise."""
    kinds = ("real data", "random labels", "noise inputs", "half noise inputs")
    at = pd.DataFrame([(kind, x) for kind in kinds for x in (1, 10, 100)], columns=["kind", "at"])
    one = at.assign(networks=9, epochs=5.0, epochs_sd=1.0, fitted=9)
    fitting = [one.assign(examples=[100, 400, 1000] * 4, units=64)]
    fitting += [one.assign(examples=400, units=units) for units in (16, 256)]
    partial = {"epoch": [1, 10, 100], "train": 0.5, "test": [0.4, 0.6, 0.5], "clean": 0.9}
    partial |= {"corrupted": 0.1}
    spread = {f"{name}_sd": 0.02 for name in ("train", "test", "clean", "corrupted")}
    return {
        "easiness": at.assign(quantile=at["at"] / 100, frequency=0.5, binomial=0.4, networks=9),
        "sensitivity": at.assign(updates=at["at"], gini=0.5, gini_sd=0.1),
        "criticality": at.assign(
            epoch=at["at"], critical_sample_ratio=0.3, critical_sample_ratio_sd=0.1
        ),
        "partial": pd.DataFrame(partial | spread),
        "fitting": pd.concat(fitting, ignore_index=True),
    }


def _losses() -> tuple[Any, pd.DataFrame, pd.DataFrame]:
    points = pd.DataFrame({"step": [0, 50, 100], "loss": [3.0, 1.0, 0.1], "loss_sd": 0.1})
    kinds = ("true labels", "random labels", "shuffled pixels", "random pixels", "gaussian pixels")
    of_all = dict.fromkeys(kinds, points.assign(members=2))
    rates = pd.DataFrame(
        {"network": "inception", "rate": [0.0, 1.0], "slowdown": [1.0, 2.0], "slowdown_sd": 0.1,
         "test_error": [0.2, 0.9], "test_error_sd": 0.01, "fitted": [True, False]}
    )  # fmt: skip
    return {"inception": of_all, "alexnet": of_all}, rates, rates


def _memorized() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    tail = np.where(np.arange(800) % 10 == 0, draw.random(800), 0)
    return pd.DataFrame(
        {"memorization": np.clip(tail + draw.normal(0, 0.03, 800), -1, 1),
         "shuffled": draw.normal(0, 0.03, 800), "corrupted": np.arange(800) % 20 == 0}
    )  # fmt: skip


def _roc() -> pd.DataFrame:
    at = np.geomspace(1e-4, 1, 50)
    parts = [
        pd.DataFrame({"attack": attack, "false_positive_rate": at, "true_positive_rate": at**power})
        for attack, power in (("online", 0.5), ("offline", 0.7), ("fixed variance", 0.4))
    ]
    return pd.concat(parts, ignore_index=True)


def _long_tail() -> tuple[Any, ...]:
    pairs = pd.DataFrame(
        {"train": np.arange(30) % 6, "test": np.arange(30), "memorization": 0.5, "influence": 0.3}
    )
    return pairs, IMAGES, IMAGES, (np.arange(120) % 10, np.arange(120) % 10)


def _c_scores() -> pd.DataFrame:
    low, high = np.linspace(0, 1, 100) ** 0.3, np.linspace(0, 1, 100) ** 0.1
    return pd.DataFrame({"at 0.1": low, "at 0.9": high, "mean": (low + high) / 2})


def _in_and_out() -> pd.DataFrame:
    seen = np.arange(100) % 2 == 0
    return pd.DataFrame({"seen": seen, "log_odds": np.linspace(-3, 3, 100) + 5 * seen})


def _agreement() -> pd.DataFrame:
    names = [f"a measure {i}" for i in range(8)]
    return pd.DataFrame(0.4 + 0.6 * np.eye(8), index=names, columns=names)


def _profiles() -> pd.DataFrame:
    """Seven measures of six layers, in two networks."""
    rows = [
        {"member": member, "layer": f"layer{depth}", "depth": depth, "measure": f"a measure {i}",
         "control": False, "value": member + (i - depth) ** 2, "unit": "bits"}
        for member, depth, i in itertools.product(range(2), range(1, 7), range(7))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _second_split() -> pd.DataFrame:
    times = np.arange(40) % 8
    columns = {"member": np.arange(40) % 2, "corrupted": times < 4, "epochs": 6}
    return pd.DataFrame(columns | {"second_split_forgetting": times})


def _validated() -> pd.DataFrame:
    cases = itertools.product([f"estimator {i}" for i in range(6)], ["one", "two"])
    rows = [
        {"estimator": e, "parameters": "k=3", "distribution": d, "n": 1000, "estimate": 2.1,
         "truth": 2.0, "error": 0.1, "spread": 0.05, "expected": 0.0, "tolerance": 0.05,
         "holds": d == "one", "known_bias": ""}
        for e, d in cases
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _language(step: int = 0) -> pd.DataFrame:
    """What four layers tell of one to three tokens before and after, at a step of training."""
    rows = [
        {
            "depth": depth, "layer": f"layer{depth}", "label": label, "order": order,
            "step": step, "bits": order + 0.3 * depth * (step > 0), "null_mean": 0.6 * order,
            "once": 0.3 * order, "above_null": 0.4 * order + 0.3 * depth, "n": 5000,
        }
        for depth in range(4)
        for label in (BEFORE, AFTER)
        for order in (1, 2, 3)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _canaries() -> tuple[pd.DataFrame, ...]:
    """What four layers memorized of canaries, learned, memorized by position, and agree in."""
    layers, measures = range(5), ("exposure", "extraction", "counterfactual memorization")
    rows = [
        {"member": m, "times": t, "layer": f"layer{d}", "depth": d, "decoder": STRONGEST,
         "bits": 0.1 * m + 0.1 * t * d}
        for m, t, d in itertools.product(range(2), (0, 1, 4, 16), layers)
    ]  # fmt: skip
    by_layer = pd.DataFrame(rows)
    learned = by_layer[by_layer["times"] == 16].drop(columns="times")
    positions = pd.concat([by_layer.assign(position=p) for p in range(1, 17)])
    agreeing = pd.concat([by_layer.assign(measure=name, rho=0.5) for name in measures])
    return by_layer, learned, positions, agreeing[agreeing["times"] == 4]


def _trained() -> pd.DataFrame:
    """Planes of two networks at three steps."""
    looks = itertools.product(range(2), (0, 30, 1000))
    return pd.concat([_language(step).assign(member=m) for m, step in looks], ignore_index=True)


def _decoded_tokens() -> pd.DataFrame:
    """What a decoder reads of three tokens in four layers of two networks."""
    places = itertools.product(range(2), (0, 30, 1000), range(4), (-1, 0, 1))
    rows = [
        {"member": m, "step": step, "depth": depth, "offset": offset, "decoder": LINEAR,
         "bits": 0.3 * depth * (step > 0), "ceiling": 4.5, "n": 4000}
        for m, step, depth, offset in places
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _learned_tokens() -> tuple[pd.DataFrame, pd.DataFrame]:
    """What four layers learned of tokens, by context and by how often their 3-gram was seen."""
    rows = [
        {"member": m, "layer": f"layer{d}", "depth": d, "start": start, "bits": d + m + start / 40,
         "n": 500}
        for m, d, start in itertools.product(range(2), range(5), (0, 1, 2, 4, 8, 16, 32))
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    return table[table["start"] > 0], table


BINS = measurements(members=2, layers=8, epochs=EPOCHS)
NOISY = measurements(members=2, layers=8, epochs=EPOCHS, random_labels=True)
DECODED = decoded(decoders=DECODERS)
POINTS = figures.curve_points(BINS, quantities=(I_TY,))
IMAGES = np.random.default_rng(0).random((120, 8, 8))

Draw = Callable[..., Figure]
EVERY: dict[str, Draw] = {
    "agreement_matrix": lambda **o: figures.agreement_matrix(_agreement(), examples=800, **o),
    "attack_roc": lambda **o: figures.attack_roc(_roc(), **o),
    "canary_figure": lambda **o: figures.canary_figure(*_canaries(), alphabet=900, **o),
    "dataset_map": lambda **o: figures.dataset_map(examples(), **o),
    "estimator_panels": lambda **o: figures.estimator_panels(
        {f"estimator {i}": POINTS for i in range(6)}, **o
    ),
    "fitting_figure": lambda **o: figures.fitting_figure(*_losses(), **o),
    "consistency_figure": lambda **o: figures.consistency_figure(_c_scores(), **o),
    "gradient_phases": lambda **o: figures.gradient_phases(_gradients(), moment=10, **o),
    "image_grid": lambda **o: figures.image_grid(IMAGES[:12], ["a cat"] * 12, **o),
    "in_and_out": lambda **o: figures.in_and_out(_in_and_out(), **o),
    "information_curves": lambda **o: figures.information_curves(BINS, quantities=(I_XT,), **o),
    "information_plane": lambda **o: figures.information_plane(BINS, **o),
    "information_planes": lambda **o: figures.information_planes(
        {name: figures.plane_points(BINS) for name in ("tanh", "relu", "gelu")}, **o
    ),
    "label_bits_figure": lambda **o: figures.label_bits_figure(dynamics(), **o),
    "language_course": lambda **o: figures.language_course(_trained(), **o),
    "language_decoded": lambda **o: figures.language_decoded(_decoded_tokens(), **o),
    "language_learned": lambda **o: figures.language_learned(*_learned_tokens(), **o),
    "language_paths": lambda **o: figures.language_paths(_trained(), **o),
    "language_planes": lambda **o: figures.language_planes(_language(), **o),
    "layer_profiles": lambda **o: figures.layer_profiles(_profiles(), **o),
    "learned_curves": lambda **o: figures.learned_curves(DECODED, **o),
    "learned_memorized_plane": lambda **o: figures.learned_memorized_plane(DECODED, **o),
    "learned_memorized_planes": lambda **o: figures.learned_memorized_planes(
        {"one": DECODED, "other": DECODED}, **o
    ),
    "long_tail": lambda **o: figures.long_tail(*_long_tail(), **o),
    "memorization_by_rate": lambda **o: figures.memorization_by_rate(
        {0.2: DECODED, 0.5: DECODED, 1.0: DECODED}, **o
    ),
    "memorization_figure": lambda **o: figures.memorization_figure(DECODED, training(), **o),
    "memorization_histogram": lambda **o: figures.memorization_histogram(
        _memorized(), networks=64, **o
    ),
    "memorized_by_depth": lambda **o: figures.memorized_by_depth({"a run": DECODED}, **o),
    "memorized_curves": lambda **o: figures.memorized_curves(DECODED, **o),
    "memorized_depth": lambda **o: figures.memorized_depth(DECODED, **o),
    "memorizing": lambda **o: figures.memorizing(BINS, NOISY, **o),
    "most_and_least": lambda **o: figures.most_and_least(examples(), IMAGES, **o),
    "plane_moments": lambda **o: figures.plane_moments(BINS, EPOCHS[:5], **o),
    "real_against_noise": lambda **o: figures.real_against_noise(_of_kinds(), **o),
    "resolution_map": lambda **o: figures.resolution_map(swept(BINS), "bins, swept", **o),
    "rewound_matrix": lambda **o: figures.rewound_matrix(_rewound(), "clean accuracy", **o),
    "score_histograms": lambda **o: figures.score_histograms(examples(), **o),
    "second_split_curves": lambda **o: figures.second_split_curves(_second_split(), **o),
    "seen_labels_by_depth": lambda **o: figures.seen_labels_by_depth(
        {"alexnet": {"random labels": NOISY}, "mlp": {"random labels": NOISY}},
        estimator="bins",
        **o,
    ),
    "training_curves": lambda **o: figures.training_curves(training(), **o),
    "validation_figure": lambda **o: figures.validation_figure(_validated(), **o),
}
"""By the name of the function; options are given on."""
