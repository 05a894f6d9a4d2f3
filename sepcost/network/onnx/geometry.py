"""The arithmetic of ONNX sizes: attributes and output lengths, checked before they are used."""

from __future__ import annotations

from sepcost.core.errors import quoted
from sepcost.core.layer import output_length
from sepcost.network.onnx.attributes import Attributes
from sepcost.network.onnx.problems import by, misfit, refuse
from sepcost.network.shape_rules import Shape

Window = tuple[int, int, int, int, tuple[int, int] | None]
"""Length, kernel, stride, dilation and the zeros before and after, None for 'same'."""


def pads(attributes: Attributes, axes: int) -> list[tuple[int, int] | None]:
    """Return the zeros before and after each axis, None where the output is ceil(length / stride)."""
    pads = attributes.lengths("pads", 2 * axes, (0,) * (2 * axes), least=0)
    automatic = attributes.text("auto_pad", "NOTSET")
    if automatic not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
        refuse(f"auto_pad is {quoted(automatic)}")
    if automatic != "NOTSET" and any(pads):
        refuse("has pads beside auto_pad")
    if automatic.startswith("SAME"):
        return [None] * axes
    return list(zip(pads[:axes], pads[axes:], strict=True))


def out_length(length: int, kernel: int, stride: int, dilation: int, pad: tuple[int, int] | None) -> int:
    """Return one axis's output length, at least 1."""
    if pad is None:
        return output_length(length, kernel, stride, dilation, None)
    padded = length + sum(pad)
    out = output_length(padded, kernel, stride, dilation, 0)
    if out < 1:
        misfit(f"its kernel of {kernel} is larger than its padded input of {padded}")
    return out


def transposed_out(attributes: Attributes, windows: list[Window]) -> Shape:
    """Return the output's lengths of a transposed convolution."""
    axes = len(windows)
    added = attributes.lengths("output_padding", axes, (0,) * axes, least=0)
    if stated := attributes.lengths("output_shape", axes, (), least=1):
        return stated
    out = []
    for (length, kernel, stride, dilation, pad), more in zip(windows, added, strict=True):
        # The output that a convolution with 'same' padding would have made of as many strides.
        whole = stride * (length - 1) + more + dilation * (kernel - 1) + 1
        out.append(length * stride if pad is None else whole - sum(pad))
    if min(out) < 1:
        refuse(f"its pads leave no output: {by(tuple(out))}")
    return tuple(out)
