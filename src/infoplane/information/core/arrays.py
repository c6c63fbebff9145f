"""What is given as an array or a tensor, and what of it no estimator may take for numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from infoplane.errors import InfoplaneError

RAGGED = "rows of different lengths, or objects; give an array of one shape, a sample a row."
LARGEST = 1e100  # of float64, above which squares and their sums overflow; smaller types have none


def as_tensor(values: Any, name: str) -> Tensor:
    """Return numbers as a dense real tensor, where they are; of an array or list on the processor.

    Raises:
        InfoplaneError: for sparse, nested, quantised, complex or masked values, for those on no
            device, and for what holds no numbers.
    """
    if isinstance(values, Tensor):
        return _dense(values, name)
    array = as_array(values, name)
    if array.dtype.kind not in "biuf":
        raise InfoplaneError(
            f"{name} holds text, objects or rows of different lengths; give numbers, samples × "
            "units."
        )
    return torch.from_numpy(_native(array))


def as_array(values: Any, name: str, *, ragged: str = RAGGED) -> np.ndarray:
    """Return what is given as an array of any type, of tensors on the processor.

    ``ragged`` says what lists that are no array hold, and what to give.

    Raises:
        InfoplaneError: as ``as_tensor``; text and objects are left to the caller.
    """
    if isinstance(values, Tensor):
        return _dense(values, name).cpu().numpy()
    if isinstance(values, np.ma.MaskedArray):
        if np.ma.getmaskarray(values).any():
            raise InfoplaneError(
                f"{name} has {int(np.ma.getmaskarray(values).sum())} masked values, which are no "
                "samples; leave their samples out, or fill them."
            )
        values = values.data
    try:
        array = np.asarray(values)
    except Exception as error:  # of lists: whatever their elements raise
        raise InfoplaneError(f"{name} holds {ragged}") from error
    if array.dtype.kind == "c":
        raise InfoplaneError(f"{name} holds complex values; {REAL_PARTS}")
    return array


REAL_PARTS = "give real ones, as the real and the imaginary part side by side."


def _dense(t: Tensor, name: str) -> Tensor:
    """Return a tensor that NumPy can hold."""
    refuse_unusual(t, name)
    t = t.detach()
    if t.is_floating_point() and t.dtype not in (torch.float32, torch.float64):
        t = t.float()
    return t.resolve_neg()


def refuse_unusual(t: Tensor, name: str) -> None:
    """Refuse a tensor that is not dense and real, or holds no values.

    Raises:
        InfoplaneError: with what it is, and what to give.
    """
    refusal = _refusal(t)
    if refusal:
        raise InfoplaneError(f"{name} is {refusal}")


def _refusal(t: Tensor) -> str | None:
    if type(t).__module__.startswith("torch.masked"):  # first: it warns of most that is asked of it
        return "a masked tensor; leave the masked samples out, or fill them."
    if t.is_nested:
        return "a nested tensor, of samples of different shapes; pad them to one."
    if t.layout is not torch.strided:
        return f"a {str(t.layout).removeprefix('torch.')} tensor; give its .to_dense()."
    if t.is_meta:
        return "a tensor on the device 'meta', which holds no values; give one that does."
    if t.is_quantized:
        return "a quantised tensor; give its .dequantize()."
    if t.is_complex():
        return f"a tensor of complex values; {REAL_PARTS}"
    return None


def _native(array: np.ndarray) -> np.ndarray:
    """Return an array in a form that torch shares: this machine's bytes, and one's own to write."""
    if array.dtype.itemsize > 8:  # long double
        array = array.astype(np.float64)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    return np.array(array, order="C", copy=None if array.flags.writeable else True)


def check_units(t: Tensor, name: str) -> None:
    """Refuse samples of no unit, and values whose squares would overflow.

    Raises:
        InfoplaneError: for either.
    """
    if t.numel() == 0:
        raise InfoplaneError(
            f"{name} has the shape {list(t.shape)}, and so no units to measure; give at least one."
        )
    if t.dtype == torch.float64:
        least, most = (float(bound) for bound in t.aminmax())
        if LARGEST < max(-least, most) < float("inf"):
            raise InfoplaneError(
                f"{name} has values up to {max(-least, most):.2g}, whose squares overflow; divide "
                "all of them by one number, which changes no information."
            )
