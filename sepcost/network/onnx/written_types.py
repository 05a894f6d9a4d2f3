"""The types of what operators write: mostly that of what they read first, but not always."""

from __future__ import annotations

from sepcost.network.onnx.shapes import Call
from sepcost.network.onnx.types import Type
from sepcost.network.onnx.values import ANSWERS
from sepcost.network.operators import named

_MS = "com.microsoft."
_ANSWERING_DROPOUT = 10
"""The operator set from which on the mask of a Dropout has answers, and not numbers."""

_FIXED: dict[str, tuple[int, ...]] = {
    **dict.fromkeys([*ANSWERS, "IsInf", "IsNaN", "OptionalHasElement", "RegexFullMatch"], (Type.BOOL,)),
    **dict.fromkeys(
        named("ArgMax ArgMin NonMaxSuppression NonZero SequenceLength Shape Size"), (Type.INT64,)
    ),
    "ConvInteger": (Type.INT32,),
    "DynamicQuantizeLinear": (Type.UINT8, Type.FLOAT, Type.UINT8),
    "ImageDecoder": (Type.UINT8,),
    "MatMulInteger": (Type.INT32,),
    "StringSplit": (Type.STRING, Type.INT64),
    "TfIdfVectorizer": (Type.FLOAT,),
}
"""What these write has types of its own, whatever they read."""

_FURTHER: dict[str, tuple[int, ...]] = {
    "LayerNormalization": (Type.FLOAT, Type.FLOAT),
    "MaxPool": (Type.INT64,),
    "TopK": (Type.INT64,),
    "Unique": (Type.INT64, Type.INT64, Type.INT64),
    _MS + "EmbedLayerNormalization": (Type.INT32,),
    _MS + "SkipLayerNormalization": (Type.FLOAT, Type.FLOAT),
    _MS + "SkipSimplifiedLayerNormalization": (Type.FLOAT, Type.FLOAT),
}
"""What these write after their first output has types of its own."""

_STATED: dict[str, tuple[str, int | None]] = {
    "Bernoulli": ("dtype", None),
    "BitCast": ("to", 0),
    "BlackmanWindow": ("output_datatype", Type.FLOAT),
    "Cast": ("to", 0),
    "EyeLike": ("dtype", None),
    "HammingWindow": ("output_datatype", Type.FLOAT),
    "HannWindow": ("output_datatype", Type.FLOAT),
    "MelWeightMatrix": ("output_datatype", Type.FLOAT),
    "Multinomial": ("dtype", Type.INT32),
    "RandomNormal": ("dtype", Type.FLOAT),
    "RandomNormalLike": ("dtype", None),
    "RandomUniform": ("dtype", Type.FLOAT),
    "RandomUniformLike": ("dtype", None),
    "SequenceEmpty": ("dtype", Type.FLOAT),
}
"""The attribute of these that says it, and what holds without: None for their first input's type."""

_OF: dict[str, tuple[int, int]] = {
    "CastLike": (1, 0),
    "DequantizeLinear": (1, 0),
    "OneHot": (2, 0),
    "QLinearConv": (7, 0),
    "QLinearMatMul": (7, 0),
    "QuantizeLinear": (2, Type.UINT8),
    "Where": (1, 0),
    _MS + "DequantizeLinear": (1, 0),
    _MS + "EmbedLayerNormalization": (2, 0),
    _MS + "GatherBlockQuantized": (2, 0),
    _MS + "MatMulIntegerToFloat": (2, 0),
    _MS + "QAttention": (3, 0),
    _MS + "QGemm": (8, Type.FLOAT),
    _MS + "QLinearConcat": (1, 0),
    _MS + "QLinearConv": (7, 0),
    _MS + "QLinearWhere": (1, 0),
    _MS + "QuantizeLinear": (2, Type.UINT8),
    _MS + "SimplifiedLayerNormalization": (1, 0),
}
"""The input of these that is of that type, and what holds where it is left out."""

_NOT_TOLD = named("If Loop Scan SequenceMap")
"""What these write is of the types that the graphs in them write."""


def written_types(call: Call, known: bool) -> list[int]:
    """Return the type of each output of a call, 0 where it is not known.

    known: whether it is known what the operator does; of a foreign one nothing is told.
    """
    if call.op in _FIXED:
        own = _FIXED[call.op]
        return [*own, *own[-1:] * call.outputs][: call.outputs]
    first = _first(call) if known else 0
    further = (*_FURTHER.get(call.op, ()), *(first,) * call.outputs)
    if call.op == "Dropout" and call.version >= _ANSWERING_DROPOUT:
        further = (Type.BOOL, *further)
    return [first, *further][: call.outputs]


def _first(call: Call) -> int:
    op, said = call.op, call.attributes
    if op in _NOT_TOLD:
        return 0
    if op == "Constant":
        return _constant_type(call)
    if op == "ConstantOfShape":
        tensor = said.tensor("value")
        return Type.FLOAT if tensor is None else tensor.type
    if op in ("DequantizeLinear", "QuantizeLinear") and said.has("output_dtype"):
        stated = said.whole("output_dtype", 0)
        if stated:
            return stated
    name, otherwise = _STATED.get(op, ("", None))
    if said.has(name):
        return said.whole(name, 0)
    if otherwise is not None:
        return otherwise
    place, missing = _OF.get(op, (0, 0))
    found = call.tensor(place)
    return missing if found is None else found.type


def _constant_type(call: Call) -> int:
    said = call.attributes
    tensor = said.tensor("value") or said.tensor("sparse_value")
    if tensor is not None:
        return tensor.type
    if said.has("value_int") or said.has("value_ints"):
        return Type.INT64
    return Type.STRING if said.has("value_string") or said.has("value_strings") else Type.FLOAT
