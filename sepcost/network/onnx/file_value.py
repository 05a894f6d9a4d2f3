"""An input, output or stated value of an ONNX graph, as the file has it."""

from __future__ import annotations

from sepcost.network.onnx.messages import (
    KINDS_OF_VALUES,
    DimensionProto,
    TensorShapeProto,
    TensorTypeProto,
    TypeProto,
    ValueInfoProto,
)
from sepcost.network.onnx.wire import BYTES, VARINT, Wire, signed

Stated = tuple[int | str | None, ...]
"""A stated shape: a name where a length is open and has one, None where it has none."""

_NO_NAMES = ("", "?", "None")
"""What exporters write for a length that is open and has no name, so that two of them may differ."""


class FileValue:
    """An input, output or stated value, whether a tensor or not. `shape` is None where none is stated."""

    __slots__ = ("is_tensor", "name", "shape", "type")

    def __init__(self) -> None:
        self.name = ""
        self.type = 0
        self.shape: Stated | None = None
        self.is_tensor = False


def file_value(wire: Wire, start: int, end: int) -> FileValue:
    """Read a value."""
    read = FileValue()
    for number, kind, a, b in wire.fields(start, end):
        if number == ValueInfoProto.NAME and kind == BYTES:
            read.name = wire.text(a, b)
        elif number == ValueInfoProto.TYPE and kind == BYTES:
            for inner, inner_kind, c, d in wire.fields(a, b):
                if inner_kind == BYTES and inner in KINDS_OF_VALUES:
                    read.is_tensor = inner == TypeProto.TENSOR_TYPE
                    if inner == TypeProto.TENSOR_TYPE:
                        _tensor_type(wire, c, d, read)
    return read


def _tensor_type(wire: Wire, start: int, end: int, value: FileValue) -> None:
    for number, kind, a, b in wire.fields(start, end):
        if number == TensorTypeProto.ELEM_TYPE and kind == VARINT:
            value.type = a
        elif number == TensorTypeProto.SHAPE and kind == BYTES:
            lengths = [
                _length(wire, c, d)
                for inner, inner_kind, c, d in wire.fields(a, b)
                if inner == TensorShapeProto.DIM and inner_kind == BYTES
            ]
            value.shape = (*(value.shape or ()), *lengths)


def _length(wire: Wire, start: int, end: int) -> int | str | None:
    length: int | str | None = None
    for number, kind, a, b in wire.fields(start, end):
        if number == DimensionProto.DIM_VALUE and kind == VARINT:
            length = signed(a)
        elif number == DimensionProto.DIM_PARAM and kind == BYTES:
            length = wire.text(a, b)
    return None if length in _NO_NAMES else length
