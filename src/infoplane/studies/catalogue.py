"""The studies by name."""

from __future__ import annotations

import difflib
from importlib import import_module

from infoplane.errors import InfoplaneError

STUDIES = {  # name: module
    "memorizing": "infoplane.studies.memorizing",
    "learned-memorized": "infoplane.studies.learned_memorized.study",
    "zhang-2017": "infoplane.studies.zhang_2017.study",
    "arpit-2017": "infoplane.studies.arpit_2017.study",
    "ib-szt": "infoplane.studies.shwartz_ziv_2017.published_code",
    "szt-planes": "infoplane.studies.shwartz_ziv_2017.planes",
    "szt-sample-size": "infoplane.studies.shwartz_ziv_2017.sample_size",
    "szt-layers": "infoplane.studies.shwartz_ziv_2017.layers",
    "szt-gradients": "infoplane.studies.shwartz_ziv_2017.gradients",
    "szt-activations": "infoplane.studies.shwartz_ziv_2017.activations",
    "ib-mnist": "infoplane.studies.ib_mnist",
    "saxe-2018": "infoplane.studies.saxe_2018",
    "capacity": "infoplane.studies.capacity.study",
    "memorized-examples": "infoplane.studies.memorized_examples.study",
    "jiang-2021": "infoplane.studies.jiang_2021",
    "where-memorized": "infoplane.studies.where_memorized.study",
    "achille-2018": "infoplane.studies.achille_2018.study",
    "toneva-2019": "infoplane.studies.toneva_2019",
    "conklin-2026": "infoplane.studies.conklin_2026.study",
    "canaries": "infoplane.studies.canaries.study",
    "estimators-disagree": "infoplane.studies.estimators_disagree",
}


def find_study(name: str):
    """Return a study by its name.

    Raises:
        InfoplaneError: where there is none of that name.
    """
    if name not in STUDIES:
        near = difflib.get_close_matches(name, STUDIES, n=1) or _beginning(name)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise InfoplaneError(f"no study {name!r}{hint}; give one of: {', '.join(STUDIES)}.")
    return import_module(STUDIES[name]).STUDY


def _beginning(name: str) -> list[str]:
    """The first study that begins as this does, as "saxe" for "saxe-2018"."""
    return [study for study in STUDIES if name and study.startswith(name)][:1]
