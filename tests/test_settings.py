"""Configurations refuse what is of no type that they state, and keep what JSON knows."""

from __future__ import annotations

import json

import numpy as np
import pytest
from checking import unchecked

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.networks.config import NetworkConfig
from infoplane.runs.config import RunConfig, from_dict, to_dict
from infoplane.settings import check_number
from infoplane.studies.study import StudyOptions
from infoplane.training.config import TrainingConfig


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        (TrainingConfig, {"weight_decay": float("nan")}, "weight_decay is nan; give a finite num"),
        (TrainingConfig, {"epochs": 1.5}, "epochs is 1.5; give a whole number"),
        (TrainingConfig, {"epochs": True}, "epochs is True; give a whole number"),
        (TrainingConfig, {"optimizer": "x"}, "optimizer is 'x'; give one of: sgd, adam, adamw"),
        (TrainingConfig, {"batch_size": "8"}, "batch_size is '8'; give a whole number or None"),
        (DataConfig, {"rate": float("inf")}, "rate is inf; give a finite number"),
        (NetworkConfig, {"widths": ("a",)}, "widths is .*; give a list, each a whole number or No"),
        (RunConfig, {"seed": "a"}, "seed is 'a'; give a whole number"),
        (RunConfig, {"data": "digits"}, "data is 'digits'; give a DataConfig"),
        (StudyOptions, {"members": 0}, "members is 0; give 1 or more"),
    ],
)
def test_what_is_refused(kind: type, given: dict, told: str) -> None:
    with pytest.raises(InfoplaneError, match=told):
        kind(**given)


def test_numbers_of_numpy_and_lists_are_taken() -> None:
    with unchecked():  # what annotations have is Python's own
        network = NetworkConfig(widths=[np.int32(4), 3])
        config = RunConfig(seed=np.int64(3), network=network)
    assert config.id == RunConfig(seed=3, network=NetworkConfig(widths=(4, 3))).id
    assert from_dict(json.loads(json.dumps(to_dict(config)))) == from_dict(to_dict(config))


def test_a_configuration_of_other_types_in_a_file() -> None:
    values = to_dict(RunConfig())
    values["members"] = "many"
    with pytest.raises(InfoplaneError, match="members is 'many'"):
        from_dict(values)


@pytest.mark.parametrize("value", [-1, 1.0, "1", None, True, float("nan")])
def test_a_number_that_is_none(value: object) -> None:
    assert check_number("epoch", np.int64(3)) == 3
    with pytest.raises(InfoplaneError, match=f"epoch is {value!r}; give a whole number, 0 or more"):
        check_number("epoch", value)
