"""Where the batch goes: which axis of a tensor has the inputs that are computed at once, each apart.

It is followed from the first input's first axis. Where the elements of several inputs meet, or an
operator is not known to keep them apart, what it writes is MIXED: then that axis was no batch.
"""

from __future__ import annotations

from math import prod

from sepcost.core.errors import QuantityError
from sepcost.network.batch_place import MIXED, Batch, aligned, reshaped
from sepcost.network.onnx.shapes import Call, summed_axes
from sepcost.network.onnx.shapes_parts import cuts_of, ends_of
from sepcost.network.onnx.tensor import Tensor
from sepcost.network.operators import (
    ALONG_AN_AXIS,
    AROUND_EACH_PLACE,
    ELEMENTWISE,
    LENGTHS,
    REDUCES,
    RESHAPES,
    SAME_PLACES,
    TABLES,
)
from sepcost.network.shape_rules import Shape


def batch_through(call: Call, shape: Shape | None, size: int) -> Batch | None:
    """Return where an output has the batch; None where it does not depend on the first input's elements.

    shape: the output's. size: how many inputs the batch has.
    """
    having = [tensor for tensor in call.inputs if tensor is not None and tensor.batch is not None]
    if not having or call.op in LENGTHS or (call.op == "DynamicQuantizeLinear" and shape == ()):
        return None
    if shape is None or any(tensor.batch == MIXED or tensor.shape is None for tensor in having):
        return MIXED
    try:
        return _kept(call, having, shape, size)
    except (QuantityError, ValueError, IndexError):
        return MIXED


def batch_of_product(left: Tensor, right: Tensor) -> Batch | None:
    """Return where a matrix product has the batch; its operands are [..., M, K] and [..., K, N]."""
    assert left.shape is not None
    assert right.shape is not None
    rank = max(len(left.shape), len(right.shape))
    places = set()
    for tensor, contracted in ((left, len(left.shape) - 1), (right, max(len(right.shape) - 2, 0))):
        if tensor.batch is None:
            continue
        assert tensor.shape is not None
        axis, outer = tensor.batch
        mixed = tensor.batch == MIXED or axis == contracted
        places.add(MIXED if mixed else (axis + rank - len(tensor.shape), outer))
    if not places:
        return None
    axis, outer = _agreed(places)
    # The axis that a vector on the left lacks is not in what the product writes.
    return (axis - 1 if len(left.shape) == 1 and axis == rank - 1 else axis, outer)


def _kept(call: Call, having: list[Tensor], shape: Shape, size: int) -> Batch:
    op, inputs, said = call.op, call.inputs, call.attributes
    if op in ELEMENTWISE or op == "Expand":
        return _agreed({_aligned(tensor, shape) for tensor in having})
    if op in TABLES:
        return _gathered(call)
    if op.endswith(("SkipLayerNormalization", "SkipSimplifiedLayerNormalization")):
        return _agreed({_aligned(tensor, shape) for tensor in having})
    if op == "Concat":
        return _joined(call, having, shape)
    first = having[0]
    assert first.shape is not None
    assert first.batch is not None
    axis, outer = first.batch
    if len(having) > 1 or first is not inputs[0]:
        return MIXED
    if op == "Transpose":
        order = said.lengths("perm", len(first.shape), tuple(range(len(first.shape)))[::-1], least=0)
        return order.index(axis), outer
    if op in RESHAPES:
        return reshaped(prod(first.shape[:axis]) * outer, shape, size) or MIXED
    if op in REDUCES and len(shape) != len(first.shape):
        axes = summed_axes(call, len(first.shape))
        return MIXED if axes is None or axis in axes else (axis - sum(one < axis for one in axes), outer)
    if op in ALONG_AN_AXIS and axis >= said.whole("axis", ALONG_AN_AXIS[op]) % len(first.shape):
        return MIXED
    if op in AROUND_EACH_PLACE and (axis != 0 or said.whole("training_mode", 0)):
        return MIXED
    if _moved_along(call, axis, len(first.shape)):
        return MIXED
    same = op in SAME_PLACES or op in REDUCES or op in ALONG_AN_AXIS or op in AROUND_EACH_PLACE
    if same and len(shape) == len(first.shape) and shape[axis] == first.shape[axis]:
        return first.batch
    return MIXED


def _moved_along(call: Call, axis: int, rank: int) -> bool:
    """Whether an operator may put elements elsewhere along an axis that keeps its length."""
    if call.op == "Slice":
        cuts = cuts_of(call, rank)
        return cuts is None or any(step < 0 for along, _, _, step in cuts if along == axis)
    if call.op == "Pad":
        ends = ends_of(call, rank)
        return ends is None or ends.get(axis, (0, 0)) != (0, 0)
    return call.op == "Resize" and "crop" in call.attributes.text("coordinate_transformation_mode", "")


def _agreed(places: set[Batch]) -> Batch:
    return places.pop() if len(places) == 1 else MIXED


def _aligned(tensor: Tensor, shape: Shape) -> Batch:
    assert tensor.shape is not None
    assert tensor.batch is not None
    return aligned(tensor.batch, tensor.shape, shape) or MIXED


def _gathered(call: Call) -> Batch:
    data, places = call.tensor(0), call.tensor(1)
    if call.op != "Gather" or data is None or places is None or data.shape is None or places.shape is None:
        return MIXED
    axis = call.attributes.whole("axis", 0) % len(data.shape)
    if data.batch is None and places.batch is not None:
        return axis + places.batch[0], places.batch[1]
    if data.batch is None or places.batch is not None or data.batch[0] == axis:
        return MIXED
    after = len(places.shape) - 1 if data.batch[0] > axis else 0
    return data.batch[0] + after, data.batch[1]


def _joined(call: Call, having: list[Tensor], shape: Shape) -> Batch:
    axis = call.attributes.whole("axis", 0) % len(shape)
    kept = _agreed({tensor.batch for tensor in having if tensor.batch is not None})
    return MIXED if kept[0] == axis and len(call.inputs) > 1 else kept
