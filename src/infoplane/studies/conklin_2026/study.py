"""Do language models expand, then compress? (Conklin et al. 2026), before and after the null.

The planes of small GPTs as they train: what their layers tell of the last and of the next one to
three tokens of held-out text, by soft entropy, with what shuffled labels give at the same counts.
Checkpoints of other models are measured by ``infoplane estimate --model``.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from infoplane.figures import language_course, language_decoded, language_paths, language_planes
from infoplane.information.projected.soft_entropy import SoftEntropy, sphere_temperature
from infoplane.language.blocks import BPE, TextConfig
from infoplane.language.looks import PlaneConfig
from infoplane.language.training import GPTTraining
from infoplane.runs.config import RunConfig
from infoplane.runs.texts.config import GPTConfig, TextRunConfig
from infoplane.studies.conklin_2026.claims import TEXT, claims
from infoplane.studies.conklin_2026.measures import (
    decoded_course,
    layers_table,
    phases_table,
    usual,
)
from infoplane.studies.study import Runs, Study, StudyOptions, texts_of

DOCSTRINGS, WIKITEXT = "docstrings", "Salesforce/wikitext:wikitext-103-raw-v1"
LOOKS = (0, 10, 30, 100, 200, 300, 450, 600)  # steps of the quick scale
PAPER_LOOKS = (0, 10, 30, 100, 300, 1000, 3000, 6000, 10_000, 15_000, 20_000)


def configure(_: StudyOptions) -> dict[str, RunConfig]:
    """Return no runs: all networks are trained on text."""
    return {}


def texts(options: StudyOptions) -> dict[str, TextRunConfig]:
    """Return the one run: small GPTs on the docstrings of Python's standard library.

    The source measures models of 1 to 32 billion parameters over trillions of tokens; these have a
    third of a million and read 1.2 million, the 340 thousand of their text three to four times. At
    paper scale: 30 million, on WikiText-103, for a GPU.
    """
    quick = options.scale == "quick"
    width = 64 if quick else 512
    half = sphere_temperature(SoftEntropy.references, width) / 2
    return {
        TEXT: TextRunConfig(
            text=TextConfig(
                options.data or (DOCSTRINGS if quick else WIKITEXT),
                tokenizer=BPE,
                vocabulary=2048 if quick else 8192,
                held_out=0.16 if quick else 0.01,
            ),
            network=GPTConfig(layers=4 if quick else 8, width=width, heads=4 if quick else 8),
            training=GPTTraining(
                steps=600 if quick else 20_000,
                batch=16 if quick else 64,
                learning_rate=2e-3 if quick else 1e-3,
            ),
            planes=PlaneConfig(
                LOOKS if quick else PAPER_LOOKS,
                others=(
                    f"soft-entropy(references={30 if quick else 1000})",
                    f"soft-entropy(temperature={half:.3g})",
                ),
                other_texts=64 if quick else 500,
                centred=True,
            ),
            looks=6,
            members=options.members or (3 if quick else 5),
            seed=options.seed,
            device=options.device,
        )
    }


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw how the plane is crossed, its axes against the step, its layers at the end, decoders."""
    run = texts_of(runs)[TEXT]
    planes = usual(run.read("planes"))
    last = planes[(planes["step"] == planes["step"].max()) & (planes["member"] == 0)]
    return {
        "conklin-2026": language_paths(planes, title="A GPT in training, by soft entropy"),
        "course": language_course(planes, title="What layers tell of tokens, over training"),
        "decoded": language_decoded(run.read("decoded"), title="What a linear decoder reads"),
        "planes": language_planes(last, title="One network at the end of training, by layer"),
    }


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """Return the phases of each network, its layers at the end, what is decoded, and the losses."""
    run = texts_of(runs)[TEXT]
    return {
        "phases": phases_table(run.read("planes")),
        "layers": layers_table(run.read("planes")),
        "decoded": decoded_course(run.read("decoded")),
        "losses": run.read("training"),
    }


STUDY = Study(
    name="conklin-2026",
    title="Expansion, compression and the null of language models",
    source="Conklin et al. 2026, Learning is Forgetting, arXiv:2604.07569",
    configure=configure,
    claims=claims,
    figures=figures,
    tables=tables,
    texts=texts,
)
