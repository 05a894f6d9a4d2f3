"""What shapes operators write that slide a window, sample places or step through a sequence."""

from __future__ import annotations

from sepcost.network.onnx.geometry import pads
from sepcost.network.onnx.shapes import Call, Shapes, known, shapes
from sepcost.network.onnx.tensor import Lengths
from sepcost.network.shape_rules import axis_of


@shapes("AveragePool", "LpPool", "MaxPool")
def _pool(call: Call) -> Shapes:
    x = call.lengths(0)
    if x is None or len(x) < 3:
        return []
    out = (*x[:2], *pooled(call, x[2:]))
    return [out] * call.outputs


def pooled(call: Call, x: Lengths) -> Lengths:
    """Return the lengths of a pool's output along the axes that it slides over."""
    said = call.attributes
    axes = len(x)
    kernel = said.lengths("kernel_shape", axes, (), least=1)
    stride = said.lengths("strides", axes, (1,) * axes, least=1)
    dilation = said.lengths("dilations", axes, (1,) * axes, least=1)
    up = said.whole("ceil_mode", 0)
    each = zip(x, kernel, stride, dilation, pads(said, axes), strict=True)
    return tuple(None if window[0] is None else _windows(*window, up=bool(up)) for window in each)


def _windows(
    length: int | None, kernel: int, stride: int, dilation: int, pad: tuple[int, int] | None, up: bool
) -> int | None:
    """Return how many windows there are; rounded up, the last one starts before the zeros behind."""
    assert length is not None
    if pad is None:
        return -(-length // stride)
    room = length + sum(pad) - dilation * (kernel - 1) - 1
    if not up:
        return max(room // stride + 1, 0)
    count = -(-room // stride) + 1
    return count - 1 if (count - 1) * stride >= length + pad[0] else count


@shapes("GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool")
def _global_pool(call: Call) -> Shapes:
    x = call.lengths(0)
    return [] if x is None else [(*x[:2], *(1,) * (len(x) - 2))]


@shapes("MaxRoiPool")
def _max_roi_pool(call: Call) -> Shapes:
    x, rois = call.lengths(0), call.lengths(1)
    if not x or not rois:
        return []
    return [(rois[0], x[1], *call.attributes.lengths("pooled_shape", 2, (), least=1))]


@shapes("RoiAlign")
def _roi_align(call: Call) -> Shapes:
    x, rois = call.lengths(0), call.lengths(1)
    if not x or not rois:
        return []
    said = call.attributes
    return [(rois[0], x[1], said.whole("output_height", 1), said.whole("output_width", 1))]


@shapes("MaxUnpool")
def _max_unpool(call: Call) -> Shapes:
    asked, x = call.value(2), call.lengths(0)
    if asked is not None:
        return [tuple(None if one is None else int(one) for one in asked)]
    lengths = None if x is None else known(x[2:])
    if x is None or lengths is None or call.tensor(2) is not None:
        return []
    said, axes = call.attributes, len(lengths)
    kernel = said.lengths("kernel_shape", axes, (), least=1)
    stride = said.lengths("strides", axes, (1,) * axes, least=1)
    each = zip(lengths, kernel, stride, pads(said, axes), strict=True)
    return [(*x[:2], *((length - 1) * step + taps - sum(pad or ()) for length, taps, step, pad in each))]


@shapes("GridSample")
def _grid_sample(call: Call) -> Shapes:
    x, grid = call.lengths(0), call.lengths(1)
    return [] if x is None or grid is None else [(*x[:2], *grid[1:-1])]


@shapes("AffineGrid")
def _affine_grid(call: Call) -> Shapes:
    size = call.value(1)
    if size is None:
        return []
    n, _, *lengths = (None if one is None else int(one) for one in size)
    return [(n, *lengths, len(lengths))]


@shapes("Det")
def _determinant(call: Call) -> Shapes:
    x = call.lengths(0)
    return [] if x is None else [x[:-2]]


@shapes("Multinomial")
def _multinomial(call: Call) -> Shapes:
    x = call.lengths(0)
    return [] if not x else [(x[0], call.attributes.whole("sample_size", 1))]


@shapes("Col2Im")
def _column_to_image(call: Call) -> Shapes:
    x, image, block = call.lengths(0), call.value(1), call.value(2)
    if x is None or image is None or block is None or None in block or x[1] is None:
        return []
    taps = 1
    for one in block:
        taps *= int(one or 1)
    return [(x[0], x[1] // taps, *(None if one is None else int(one) for one in image))]


@shapes("HannWindow", "HammingWindow", "BlackmanWindow")
def _window(call: Call) -> Shapes:
    size = call.value(0)
    return [(int(size[0]) if size and size[0] is not None else None,)]


@shapes("DFT")
def _dft(call: Call) -> Shapes:
    signal = call.lengths(0)
    if signal is None:
        return []
    axis = call.attributes.whole("axis", 1) if call.version < 20 else None
    if axis is None:
        given = call.value(2)
        axis = int(given[0]) if given and given[0] is not None else -2
    axis = axis_of(axis, len(signal))
    length = call.value(1)
    count = signal[axis] if length is None else (int(length[0]) if length and length[0] is not None else None)
    if call.attributes.whole("inverse", 0) and call.attributes.whole("onesided", 0):
        return []
    if call.attributes.whole("onesided", 0) and count is not None:
        count = count // 2 + 1
    return [(*signal[:axis], count, *signal[axis + 1 : -1], 2)]


@shapes("STFT")
def _stft(call: Call) -> Shapes:
    x, step, length = call.lengths(0), call.value(1), call.value(3)
    window = call.lengths(2)
    frame = length[0] if length else (window[0] if window else None)
    if not x or x[1] is None or not step or step[0] is None or frame is None:
        return []
    frame = int(frame)
    bins = frame // 2 + 1 if call.attributes.whole("onesided", 1) else frame
    return [(x[0], (x[1] - frame) // int(step[0]) + 1, bins, 2)]
