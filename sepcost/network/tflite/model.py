"""What a TensorFlow Lite file says of its main graph: tensors and operators, decoded and checked."""

from __future__ import annotations

import struct
from collections.abc import Callable
from math import prod
from mmap import mmap
from typing import NamedTuple

from sepcost.core.errors import FieldError
from sepcost.core.quantity import LARGEST, by, several
from sepcost.network.model import MOST_LAYERS
from sepcost.network.names import LONGEST_NAME, clean_name, unique_names
from sepcost.network.products import MOST_AXES
from sepcost.network.shape_rules import Shape
from sepcost.network.tflite import schema
from sepcost.network.tflite.flatbuffer import UBYTE, UINT, ULONG, DamagedError, Flatbuffer, Table
from sepcost.network.tflite.operators import BITS, BUILTIN, CUSTOM, WHOLE_TYPES
from sepcost.network.tflite.schema import Buffer, Operator, OperatorCode, SubGraph, Tensor

MOST_OPERATORS = 10 * MOST_LAYERS
_LARGEST_SIZES = 4096
"""The most bytes of a tensor of whole numbers that are looked at: sizes, axes and the like."""


class Stored(NamedTuple):
    """A tensor as the file has it.

    shape: as it was when the file was written. open: axes that any length fits.
    buffer: the index of the bytes that hold it, None where none do. held: how many elements they hold.
    state: whether it keeps what it holds from one run to the next. numbers: those of small tensors of sizes.
    """

    name: str
    shape: Shape
    open: tuple[int, ...]
    bits: int | None
    buffer: int | None = None
    held: int = 0
    state: bool = False
    numbers: tuple[int, ...] | None = None


class Known(NamedTuple):
    """What is known of a tensor: its shape and, of a small one of whole numbers, those."""

    shape: Shape
    numbers: tuple[int, ...] | None = None


class Call(NamedTuple):
    """One operator: its name in the schema, and indices of tensors, -1 for one that is left out.

    kind, options: what its table of options is, and that table.
    """

    operator: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    kind: int
    options: Table | None
    custom: str = ""


class Model(NamedTuple):
    """The main graph of a file; inputs and outputs are indices of tensors.

    elsewhere: what other graphs hold, such as the first values of variables.
    """

    tensors: list[Stored]
    calls: list[Call]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    elsewhere: tuple[Stored, ...] = ()


def decode(content: bytes | mmap) -> Model:
    """Return the first graph of a file; DamagedError or FieldError where it is none or cannot be one."""
    root = Flatbuffer(content).root(b"TFL3")
    graphs = list(root.tables(schema.Model.SUBGRAPHS))
    if not graphs:
        raise DamagedError
    graph, *others = graphs
    buffers = list(root.tables(schema.Model.BUFFERS))
    unique = unique_names()
    stored = enumerate(graph.tables(SubGraph.TENSORS))
    tensors = [_tensor(table, number, buffers, unique) for number, table in stored]
    codes = [_code(table) for table in root.tables(schema.Model.OPERATOR_CODES)]
    calls: list[Call] = []
    for table in graph.tables(SubGraph.OPERATORS):
        if len(calls) == MOST_OPERATORS:
            raise FieldError("graph", f"has more than {MOST_OPERATORS} operators")
        calls.append(_call(table, codes, len(tensors)))
    inputs, outputs = graph.wholes(SubGraph.INPUTS), graph.wholes(SubGraph.OUTPUTS)
    _check_numbers((*inputs, *outputs), len(tensors), least=0)
    elsewhere = (
        _tensor(table, number, buffers, unique)
        for other in others
        for number, table in enumerate(other.tables(SubGraph.TENSORS))
    )
    held = tuple(stored for stored in elsewhere if stored.buffer is not None)
    return Model(tensors, calls, inputs, outputs, held)


def _tensor(table: Table, number: int, buffers: list[Table], unique: Callable[[str], str]) -> Stored:
    name = unique(clean_name(table.text(Tensor.NAME, LONGEST_NAME)) or f"tensor {number}")
    shape, signature = table.wholes(Tensor.SHAPE), table.wholes(Tensor.SHAPE_SIGNATURE)
    if len(shape) > MOST_AXES:
        raise FieldError(f"tensor {name}", f"has {len(shape)} dimensions, more than {MOST_AXES}")
    if not all(0 <= length <= LARGEST for length in shape):
        raise FieldError(f"tensor {name}", f"is {by(shape)}; sizes go from 0 to {LARGEST}")
    open_ = tuple(axis for axis, length in enumerate(signature) if length == -1)
    if open_ and len(signature) != len(shape):
        raise FieldError(
            f"tensor {name}", f"has {several(len(shape), 'dimension')}, but a signature of {len(signature)}"
        )
    at = table.whole(Tensor.BUFFER, kind=UINT)
    if at >= len(buffers):
        raise DamagedError
    type_ = table.byte(Tensor.TYPE)
    bits, length = BITS.get(type_), _stored_bytes(buffers[at])
    found = Stored(name, shape, open_, bits, state=table.byte(Tensor.IS_VARIABLE) != 0)
    if at == 0 or length == 0 or bits is None:
        return found
    held = length * 8 // bits
    if table.has(Tensor.SPARSITY):  # a sparse one holds fewer than its shape has
        return found._replace(buffer=at, held=held)
    if -(-prod(shape) * bits // 8) != length:
        raise FieldError(
            f"tensor {name}", "holds another count of elements than its shape: the file is damaged"
        )
    return found._replace(buffer=at, held=prod(shape), numbers=_numbers(buffers[at], type_))


def _stored_bytes(buffer: Table) -> int:
    """Return how many bytes a buffer holds: in the flatbuffer, or behind it in a file of over 2 GB."""
    return buffer.length(Buffer.DATA) or buffer.whole(Buffer.SIZE, kind=ULONG)


def _numbers(buffer: Table, type_: int) -> tuple[int, ...] | None:
    letter = WHOLE_TYPES.get(type_)
    content = buffer.bytes(Buffer.DATA, _LARGEST_SIZES) if letter is not None else b""
    if letter is None or not content:
        return None
    return struct.unpack(f"<{len(content) // struct.calcsize(letter)}{letter}", content)


def _code(table: Table) -> tuple[int, str]:
    """Return an operator's number, the larger of its two fields as when it runs, and its custom name."""
    older = table.byte(OperatorCode.DEPRECATED_BUILTIN_CODE)
    newer = table.whole(OperatorCode.BUILTIN_CODE)
    number = max(older, newer)
    return number, table.text(OperatorCode.CUSTOM_CODE, LONGEST_NAME) if number == CUSTOM else ""


def _call(table: Table, codes: list[tuple[int, str]], tensors: int) -> Call:
    at = table.whole(Operator.OPCODE_INDEX, kind=UINT)
    if at >= len(codes):
        raise DamagedError
    number, custom = codes[at]
    name = BUILTIN[number] if 0 <= number < len(BUILTIN) else f"operator_{number}"
    inputs, outputs = table.wholes(Operator.INPUTS), table.wholes(Operator.OUTPUTS)
    _check_numbers(inputs, tensors, least=-1)
    _check_numbers(outputs, tensors, least=-1)
    kind = table.whole(Operator.BUILTIN_OPTIONS_TYPE, kind=UBYTE)
    return Call(name, inputs, outputs, kind, table.table(Operator.BUILTIN_OPTIONS), custom)


def _check_numbers(numbers: tuple[int, ...], tensors: int, least: int) -> None:
    if not all(least <= number < tensors for number in numbers):
        raise DamagedError
