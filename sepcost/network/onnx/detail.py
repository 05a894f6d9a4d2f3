"""What other counters count by: the window of a pool or a mean, and how a Resize interpolates."""

from __future__ import annotations

from math import prod

from sepcost.core.errors import QuantityError
from sepcost.network.onnx.shapes import Call
from sepcost.network.onnx.tensor import Tensor
from sepcost.network.operators import REDUCES

_POOLS = ("AveragePool", "LpPool", "MaxPool", "com.microsoft.NhwcMaxPool", "com.microsoft.QLinearAveragePool")
_WHOLE = ("GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "com.microsoft.QLinearGlobalAveragePool")
DETAILED = REDUCES | {*_POOLS, *_WHOLE, "Resize", "Upsample"}
"""The operators that say such a thing."""

_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def detail(op: str, call: Call, written: Tensor | None) -> tuple[int | None, str | None]:
    """Return how many elements make one of an output, and how a Resize interpolates; None for others."""
    try:
        if op in _POOLS:
            kernel = call.attributes.wholes("kernel_shape")
            return (None if kernel is None else prod(kernel)), None
        if op in ("Resize", "Upsample"):
            return _positions(call, written), _mode(call, written)
        return _made_of(call, written), None
    except QuantityError:
        return None, None


def _positions(call: Call, written: Tensor | None) -> int | None:
    if written is None or written.shape is None or call.tensor(3) is None:
        return None
    return prod(written.shape[2:])


def _made_of(call: Call, written: Tensor | None) -> int | None:
    read = call.tensor(0)
    if read is None or written is None or not read.size or not written.size:
        return None
    return read.size // written.size


def _mode(call: Call, written: Tensor | None) -> str:
    mode = call.attributes.text("mode", "nearest")
    read = call.tensor(0)
    if mode != "linear" or read is None or written is None or read.shape is None or written.shape is None:
        return mode
    axes = sum(one != other for one, other in zip(read.shape, written.shape, strict=True))
    return _LINEAR.get(axes, mode)
