"""What shapes operators of the domain com.microsoft write, as onnxruntime's optimizer puts them in files."""

from __future__ import annotations

from sepcost.network.onnx.shapes import Call, Shapes, joint, shapes
from sepcost.network.onnx.shapes_numbers import like_the_first
from sepcost.network.onnx.shapes_parts import gathered
from sepcost.network.onnx.shapes_window import pooled
from sepcost.network.onnx.types import Type
from sepcost.network.shape_rules import axis_of, put

_D = "com.microsoft."


shapes(*(
    _D + op
    for op in (
        "BiasAdd", "BiasGelu", "BiasSoftmax", "BiasSplitGelu", "DequantizeLinear", "FastGelu", "Gelu",
        "GroupNorm",
        "QLinearLeakyRelu", "QLinearSigmoid", "QLinearSoftmax", "QuantizeLinear", "QuickGelu",
        "RotaryEmbedding", "SimplifiedLayerNormalization",
    )
))(like_the_first)  # fmt: skip


@shapes(_D + "SkipLayerNormalization", _D + "SkipSimplifiedLayerNormalization", _D + "SkipGroupNorm")
def _skip_normalization(call: Call) -> Shapes:
    """Return the sum with its statistics between, which nothing reads further on."""
    x = call.lengths(0)
    return [x, None, None, x]


@shapes(_D + "QLinearAdd", _D + "QLinearMul")
def _quantized_pair(call: Call) -> Shapes:
    return [joint(call.lengths(0), call.lengths(3))]


@shapes(_D + "QLinearConcat")
def _quantized_concat(call: Call) -> Shapes:
    parts = [call.lengths(place) for place in range(2, len(call.inputs), 3)]
    whole = [part for part in parts if part is not None]
    if len(whole) != len(parts) or not whole:
        return []
    axis = axis_of(call.attributes.whole("axis", 0), len(whole[0]))
    along = [part[axis] for part in whole]
    total = None if None in along else sum(one for one in along if one is not None)
    return [put(whole[0], axis, total)]


@shapes(_D + "QLinearGlobalAveragePool")
def _quantized_global_pool(call: Call) -> Shapes:
    x = call.lengths(0)
    if x is None:
        return []
    if call.attributes.whole("channels_last", 0):
        return [(x[0], *(1,) * (len(x) - 2), x[-1])]
    return [(*x[:2], *(1,) * (len(x) - 2))]


@shapes(_D + "QLinearAveragePool", _D + "NhwcMaxPool")
def _quantized_pool(call: Call) -> Shapes:
    x = call.lengths(0)
    if x is None or len(x) < 3:
        return []
    if call.op.endswith("NhwcMaxPool") or call.attributes.whole("channels_last", 0):
        return [(x[0], *pooled(call, x[1:-1]), x[-1])]
    return [(*x[:2], *pooled(call, x[2:]))]


@shapes(_D + "QLinearWhere")
def _quantized_where(call: Call) -> Shapes:
    return [joint(call.lengths(0), call.lengths(1), call.lengths(4))]


@shapes(_D + "EmbedLayerNormalization")
def _embed(call: Call) -> Shapes:
    places, table = call.lengths(0), call.lengths(2)
    return [] if places is None or not table else [(*places, table[-1])]


@shapes(_D + "GatherBlockQuantized")
def _gather_quantized(call: Call) -> Shapes:
    written = gathered(call, call.attributes.whole("gather_axis", 0))
    packed = packed_in_one(call)
    return [
        put(shape, len(shape) - 1, last * packed) if shape and (last := shape[-1]) is not None else shape
        for shape in written
    ]


def packed_in_one(call: Call) -> int:
    """Return how many elements of a table lie in one that the file holds: several where those are bytes."""
    table = call.tensor(0)
    if call.op != _D + "GatherBlockQuantized" or table is None or table.type != Type.UINT8:
        return 1
    return max(8 // call.attributes.whole("bits", 4, least=1), 1)
