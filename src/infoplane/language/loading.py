"""Causal models of Transformers from a folder or the hub: whole ones, that see no token ahead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from logging import CRITICAL
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor, nn

from infoplane.data.hub import offline_if_remote
from infoplane.errors import InfoplaneError
from infoplane.observing.models.unwrapped import untouched

PROBE = "What is said here is read by a tokenizer: a few words, and 12 more."
ROUNDING = {torch.float32: 1e-4}  # of a layer's size; a later token of a causal one changes nothing
COARSE = 2e-2  # of shorter numbers


class CausalModel(NamedTuple):
    """A model with the tokenizer it was trained with."""

    model: nn.Module
    tokenizer: Any


def causal_model(name: str, *, device: torch.device | str = "cpu") -> CausalModel:
    """Load a causal model of Transformers with its tokenizer, in the precision it was saved in.

    Args:
        name: a folder written by ``save_pretrained``; or a name on the hub, as ``openai/gpt2``,
            also NAME@REVISION, as ``EleutherAI/pythia-70m@step1000``.
        device: where it is put.

    Raises:
        InfoplaneError: without Transformers; where there is no such model, here or on the hub, or
            it is not whole, of another kind, or made by code of its own, which is not executed;
            where its tokenizer is missing; where its layers see tokens ahead.

    Cost: reading or fetching the weights, and a pass over two short texts.
    """
    auto_model, auto_tokenizer = _transformers(name)
    place, revision = _place_of(name)
    options: dict[str, Any] = {"trust_remote_code": False} | revision
    with _quietly(local=not revision and Path(place).is_dir()), offline_if_remote(place) as away:
        model, report = _loaded(
            name, away, auto_model, place, output_loading_info=True, dtype="auto", **options
        )
        tokenizer = _loaded(name, away, auto_tokenizer, place, **options)
    missing = sorted(report["missing_keys"])
    if missing:
        raise InfoplaneError(
            f"{name} holds no weights for {missing[0]} of {type(model).__name__}"
            f"{f' and {len(missing) - 1} others' if missing[1:] else ''}, which would be random; "
            "give a whole causal model."
        )
    loaded = CausalModel(model.to(device).eval(), tokenizer)
    _check_tokenizer(name, tokenizer)
    _check_sees_nothing_ahead(name, loaded)
    return loaded


def _transformers(name: str) -> tuple[Any, Any]:
    try:
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise InfoplaneError(
            f"loading {name} needs Transformers ({error}); pip install transformers."
        ) from error
    return AutoModelForCausalLM, AutoTokenizer


def _place_of(name: str) -> tuple[str, dict[str, str]]:
    """Return a folder or a name on the hub, and the revision that is asked for."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return str(folder), {}
    place, _, revision = name.partition("@")
    is_path = folder.is_absolute() or name.startswith(("./", "../", "~")) or place.count("/") > 1
    if is_path or not place:
        raise InfoplaneError(
            f"there is no folder {name!r}; give one that save_pretrained has written, or a name on "
            "the hub."
        )
    return place, {"revision": revision} if revision else {}


@contextmanager
def _quietly(*, local: bool) -> Iterator[None]:
    """Keep Transformers from reporting on what is checked here; downloads show their progress."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(CRITICAL)
    if local:
        logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _loaded(name: str, offline: bool, kind: Any, place: str, **options: Any) -> Any:
    try:
        return kind.from_pretrained(place, **options)
    except Exception as error:  # of Transformers, the hub, safetensors and torch: many kinds
        why = _why(error, offline)
        raise InfoplaneError(f"{name} is no model that can be loaded: {why}") from error


def _why(error: Exception, offline: bool) -> str:
    said = str(error)
    if "trust_remote_code" in said:
        return "it is made by code of its own, which is not executed; give one without."
    if offline and isinstance(error, OSError):
        return "it is no folder, not in the hub's cache, and the hub does not answer; connect once."
    first = (said.strip().splitlines() or [type(error).__name__])[0].rstrip(".: ")
    return f"{first[:200]}; give a folder that save_pretrained has written, or a name on the hub."


def _check_tokenizer(name: str, tokenizer: Any) -> None:
    """Refuse an empty one, which Transformers makes where none was saved."""
    ids = tokenizer(PROBE)["input_ids"]
    if len({*ids} - {*tokenizer.all_special_ids}) < 2:
        raise InfoplaneError(
            f"{name} has no tokenizer that reads text; save the one it was trained with beside it "
            "(tokenizer.save_pretrained)."
        )


def check_known(name: str, model: Any, ids: Int[Tensor, "*n"]) -> None:
    """Refuse tokens that a model has no embedding of.

    Raises:
        InfoplaneError: where there are such.
    """
    known = model.get_input_embeddings().num_embeddings
    if int(ids.max()) >= known:
        raise InfoplaneError(
            f"{name} knows {known} tokens, and its tokenizer writes number {int(ids.max())}; give "
            "the model with the tokenizer it was trained with."
        )


def _check_sees_nothing_ahead(name: str, loaded: CausalModel) -> None:
    """Refuse a model whose layers change with a later token: of I(T;Y) they would know Y."""
    ids = torch.tensor(loaded.tokenizer(PROBE)["input_ids"])[:16]
    both = torch.stack([ids, torch.cat([ids[:-1], ids[:1]])])
    check_known(name, loaded.model, ids)
    weight = next(loaded.model.parameters())
    with untouched(loaded.model):
        output = loaded.model(input_ids=both.to(weight.device), output_hidden_states=True)
    for layer in output.hidden_states:
        one, other = layer[:, :-1].float()  # each [l - 1, d]
        if float((one - other).norm()) > ROUNDING.get(weight.dtype, COARSE) * float(one.norm()):
            raise InfoplaneError(
                f"{name} is no causal model: its layers change with tokens that come later; give "
                "one that reads from left to right."
            )
