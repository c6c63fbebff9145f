"""The information plane of a language model: layer by layer, with its null, text by text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from infoplane.errors import InfoplaneError
from infoplane.information.core.arrays import as_tensor
from infoplane.information.projected.soft_entropy import SoftEntropy
from infoplane.information.projected.streamed import SoftInformation, StreamedSoftEntropy
from infoplane.language.ngrams import Ngrams, ngrams
from infoplane.names import AFTER, BEFORE
from infoplane.observing.models.unwrapped import device_and_type, untouched
from infoplane.settings import check_number

HiddenStates = Callable[[Int[Tensor, "b l"], Bool[Tensor, "b l"]], list[Float[Tensor, "b l d"]]]
"""Returns the outputs of the layers for a batch of texts and the mask of their tokens."""

TEXTS = 8  # in a batch


def language_plane(
    model: nn.Module,
    tokens: Int[Tensor, "t l"] | Mapping[str, Any],
    mask: Int[Tensor, "t l"] | Bool[Tensor, "t l"] | None = None,
    *,
    orders: tuple[int, ...] = (1, 2, 3),
    hidden_states: HiddenStates | None = None,
    references: int = SoftEntropy.references,
    temperature: float | None = SoftEntropy.temperature,
    batch_size: int = TEXTS,
    seed: int = 0,
) -> pd.DataFrame:
    """Measure what each layer tells of the last and of the next tokens, each with its null.

    I(X;T) and I(T;Y) by soft entropy: X the one to three tokens that end at a position, Y those
    that follow, T a layer's output there. Most n-grams occur once, and of these the estimate says
    as much of any layer, whatever it knows: read ``above_null``, or ``shared``.

    Args:
        model: any causal model of Transformers, or any network with ``hidden_states``.
        tokens: of texts, padded to one length; or what a tokenizer returns, with its mask.
        mask: which are tokens and no padding.
        orders: lengths of the n-grams; positions are those at which all are whole.
        hidden_states: instead of ``output_hidden_states`` of Transformers: returns the outputs of
            layers for a batch.
        references, temperature: of ``soft_information``.
        batch_size: texts at once.
        seed: of the directions.

    Returns:
        A row for each layer and label: ``depth`` (0: the embedding), ``layer``, ``label`` (before
        or after), ``order``, ``bits, null_mean, null_std, p_value, above_null, ceiling``, those of
        n-grams that occur at least twice alone, ``shared, shared_null, shared_above_null``, the
        share of the positions whose n-gram occurs ``once``, the soft ``entropy`` of the layer, all
        information in bits; ``n, width, resolution``.

    Raises:
        InfoplaneError: where the model returns no hidden states, or texts are too short.
        NonFiniteError: where an output is not finite.

    The model is run once, in evaluation mode and without gradients, and is as before afterwards.
    Cost: its forward pass, and O(n m d) a layer. Memory: as of ``StreamedSoftEntropy``.

    Source: Conklin et al. 2026 (arXiv:2604.07569), who draw it without a null, divided by log m.
    """
    check_number("batch_size", batch_size, least=1)
    ids, present = _texts(tokens, mask)
    labels = ngrams(ids, present, orders=orders)
    states = hidden_states or _of_transformers(model)
    streamed: StreamedSoftEntropy | None = None
    widths: dict[str, int] = {}
    for rows, layers in layers_of(model, ids, present, hidden_states=states, batch_size=batch_size):
        here = labels.positions[rows].to(layers[0].device)
        of_positions = {str(i): layer[here] for i, layer in enumerate(layers)}
        if streamed is None:
            widths = {name: t.shape[1] for name, t in of_positions.items()}
            options = {"references": references, "temperature": temperature, "seed": seed}
            streamed = StreamedSoftEntropy(_sets(labels), widths, device=here.device, **options)
        streamed.update(of_positions)
    if streamed is None:
        raise InfoplaneError("there are no texts; give one at least.")
    entropies = streamed.entropies()
    return pd.DataFrame(
        [
            _row(layer, label, told, widths[layer], entropies[layer])
            for (layer, label), told in streamed.results().items()
        ]
    )


def layers_of(
    model: nn.Module,
    ids: Int[Tensor, "t l"],
    present: Bool[Tensor, "t l"] | None = None,
    *,
    hidden_states: HiddenStates,
    batch_size: int = TEXTS,
) -> Iterator[tuple[slice, list[Float[Tensor, "b l d"]]]]:
    """Yield the rows of some texts at a time, and the outputs of the layers for them.

    The model is in evaluation mode meanwhile, without gradients, and is as before afterwards.

    Args:
        model: any network.
        ids: tokens of texts, padded to one length.
        present: which are tokens and no padding; all unless given.
        hidden_states: as of ``language_plane``.
        batch_size: texts at once.
    """
    present = torch.ones_like(ids, dtype=torch.bool) if present is None else present
    device, _ = device_and_type(model)
    with untouched(model):
        for start in range(0, len(ids), batch_size):
            rows = slice(start, start + batch_size)
            yield rows, hidden_states(ids[rows].to(device), present[rows].to(device))


def _sets(labels: Ngrams) -> dict[str, Tensor]:
    before = {f"{BEFORE} {k}": values for k, values in labels.before.items()}
    return before | {f"{AFTER} {k}": values for k, values in labels.after.items()}


def _row(
    layer: str, label: str, told: SoftInformation, width: int, entropy: float
) -> dict[str, Any]:
    direction, order = label.split()
    whole, shared = told.whole, told.shared
    return {
        "depth": int(layer),
        "layer": "embedding" if layer == "0" else f"layer{layer}",
        "label": direction,
        "order": int(order),
        "bits": whole.bits,
        "null_mean": whole.null_mean,
        "null_std": whole.null_std,
        "p_value": whole.p_value,
        "above_null": whole.above_null,
        "ceiling": whole.ceiling,
        "shared": shared.bits,
        "shared_null": shared.null_mean,
        "shared_above_null": shared.above_null,
        "once": told.once,
        "entropy": entropy,
        "n": whole.n,
        "width": width,
        "resolution": whole.resolution,
    }


def _texts(tokens: Any, mask: Tensor | None) -> tuple[Int[Tensor, "t l"], Bool[Tensor, "t l"]]:
    if not isinstance(tokens, Tensor) and isinstance(tokens, Mapping):
        mask = tokens.get("attention_mask") if mask is None else mask
        tokens = tokens.get("input_ids")
    if tokens is None:
        raise InfoplaneError("there are no input_ids; give what a tokenizer returns, or tokens.")
    ids = as_tensor(tokens, "tokens")
    present = torch.ones_like(ids) if mask is None else as_tensor(mask, "mask")
    if ids.ndim != 2 or ids.is_floating_point() or present.shape != ids.shape:
        raise InfoplaneError(
            f"tokens are {ids.dtype} of shape {list(ids.shape)} and the mask is of "
            f"{list(present.shape)}; give whole numbers [texts, length], and a mask of the same."
        )
    return ids.long(), present.bool()


def _of_transformers(model: nn.Module) -> HiddenStates:
    def states(ids: Int[Tensor, "b l"], present: Bool[Tensor, "b l"]) -> list[Tensor]:
        try:
            output = model(input_ids=ids, attention_mask=present.long(), output_hidden_states=True)
        except TypeError as error:
            raise InfoplaneError(
                f"{type(model).__name__} takes no input_ids, attention_mask and "
                "output_hidden_states as models of Transformers do; give hidden_states, a function "
                "of tokens and mask."
            ) from error
        layers = getattr(output, "hidden_states", None)
        if not layers:
            raise InfoplaneError(
                f"{type(model).__name__} returns no hidden_states; give hidden_states, a function "
                "of tokens and mask."
            )
        return list(layers)

    return states
