"""How each stage of a layer runs over the map that it reads: kernel, stride, dilation and zeros around."""

from __future__ import annotations

from typing import NamedTuple

from sepcost.core.formulas import Stage
from sepcost.core.layer import Layer, pads
from sepcost.core.scheme import AXES_OF


class AxisSpacing(NamedTuple):
    """One axis of a stage; before, after: zeros added at the start and at the end of its map."""

    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0


def spacing_of(layer: Layer, stage: Stage) -> tuple[AxisSpacing, AxisSpacing]:
    """Return how a stage of a layer runs over the rows and over the columns of the map that it reads.

    The first stage that takes an axis of the kernel strides, dilates and pads it as the layer does; a later
    one keeps its length. Padding 'same' is dilation x (kernel - 1) zeros along an axis, half of them at each
    side, and of an odd number one more at the end: an axis of any length then becomes ceil(length / stride).

    >>> from sepcost.core.build import build
    >>> from sepcost.core.schemes import scheme_named
    >>> layer = Layer(8, 8, kernel=(3, 4), stride=2)
    >>> spacing_of(layer, build(scheme_named("standard"), layer).stages[0])[1]
    AxisSpacing(kernel=4, stride=2, dilation=1, before=1, after=2)
    """
    rows, columns = (_axis(layer, stage, axis) for axis in (0, 1))
    return rows, columns


def _axis(layer: Layer, stage: Stage, axis: int) -> AxisSpacing:
    if not AXES_OF[stage.kernel][axis]:
        return AxisSpacing()
    kernel, pad = layer.kernel[axis], pads(layer.padding)[axis]
    stride, dilation = layer.stride[axis], layer.dilation[axis]
    if stage.read_at[axis]:
        stride, dilation, pad = 1, 1, None
    if pad is not None:
        return AxisSpacing(kernel, stride, dilation, pad, pad)
    zeros = dilation * (kernel - 1)
    return AxisSpacing(kernel, stride, dilation, zeros // 2, zeros - zeros // 2)
