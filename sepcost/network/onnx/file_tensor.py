"""A tensor of the file: its type, shape and, where they are few, its elements."""

from __future__ import annotations

from math import prod
from struct import unpack

from sepcost.core.errors import FieldError, quoted
from sepcost.network.onnx.messages import SparseTensorProto, TensorProto
from sepcost.network.onnx.types import BITS, FLOATS, SIGNED, Type
from sepcost.network.onnx.wire import BYTES, FIXED32, FIXED64, VARINT, Field, Wire
from sepcost.network.shape_rules import Shape

MOST_NUMBERS = 4096
"""Elements of the largest tensor whose elements are read; a larger one holds no lengths."""

_EXTERNAL = 1
"""The data location of elements that are in another file."""

_UNREAD: tuple[float, ...] = (0.0,)
"""Stands for elements that were not read yet; it is compared by identity."""


class FileTensor:
    """A tensor of the file: its shape and type, and how its elements are read where they are few."""

    def __init__(self) -> None:
        self.name = ""
        self.dims: Shape = ()
        self.type = 0
        self.places: FileTensor | None = None
        self._wire: Wire | None = None
        self._stored: int | None = None
        self._numbers: tuple[float, ...] | None = _UNREAD
        self._held: list[Field] = []

    def holds(self, wire: Wire, held: list[Field]) -> None:
        """Record where its elements are."""
        _check_length(self, held)
        self._wire, self._held = wire, held

    def spread(self, dims: Shape, places: FileTensor | None) -> None:
        """Take its elements for those of a larger tensor that are not zero, at the places of another one."""
        self._stored, self.places = prod(self.dims), places
        self._wire, self.dims = None, dims

    @property
    def elements(self) -> int:
        """How many elements the file holds of it; of a sparse one, those that are not zero."""
        return max(prod(self.dims), 0) if self._stored is None else self._stored

    @property
    def numbers(self) -> tuple[float, ...] | None:
        """Its elements; None where they are many, not in the file, or of a type that no length has."""
        if self._numbers is _UNREAD:
            self._numbers = self._read()
        return self._numbers

    def _read(self) -> tuple[float, ...] | None:
        count = prod(self.dims)
        if self._wire is None or not 0 <= count <= MOST_NUMBERS or min(self.dims, default=1) < 0:
            return None
        return _numbers(self._wire, self, self._held, count)


def sparse_tensor(wire: Wire, start: int, end: int) -> FileTensor:
    """Read a sparse tensor, in its whole shape."""
    read, dims, places = FileTensor(), [], None
    for number, kind, a, b in wire.fields(start, end):
        if number == SparseTensorProto.VALUES and kind == BYTES:
            read = file_tensor(wire, a, b)
        elif number == SparseTensorProto.INDICES and kind == BYTES:
            places = file_tensor(wire, a, b)
        elif number == SparseTensorProto.DIMS:
            dims += wire.wholes(kind, a, b)
    read.spread(tuple(dims), places)
    return read


def file_tensor(wire: Wire, start: int, end: int) -> FileTensor:
    """Read a tensor; the elements of a small one, the length of those of a larger one."""
    dims: list[int] = []
    read = FileTensor()
    held: list[Field] = []
    external = False
    for number, kind, a, b in wire.fields(start, end):
        if number == TensorProto.DIMS and kind in (VARINT, BYTES):
            dims += wire.wholes(kind, a, b)
        elif number == TensorProto.DATA_TYPE and kind == VARINT:
            read.type = a
        elif number == TensorProto.NAME and kind == BYTES:
            read.name = wire.text(a, b)
        elif number == TensorProto.RAW_DATA and kind == BYTES:
            held = [(number, kind, a, b)]
        elif number in _TYPED:
            held.append((number, kind, a, b))
        elif number == TensorProto.DATA_LOCATION and kind == VARINT:
            external = a == _EXTERNAL
    read.dims = tuple(dims)
    if not external:
        read.holds(wire, held)
    return read


_WHOLE = (TensorProto.INT32_DATA, TensorProto.INT64_DATA, TensorProto.UINT64_DATA)
_REAL = (TensorProto.FLOAT_DATA, TensorProto.DOUBLE_DATA)
_TYPED = (*_WHOLE, *_REAL)
"""Fields with numbers of one type each."""


def _check_length(tensor: FileTensor, held: list[Field]) -> None:
    """Refuse elements that are not as many as the shape says; those of a stripped file may be missing."""
    for number, _, start, end in held:
        bits = BITS.get(tensor.type, 0) if number == TensorProto.RAW_DATA else 0
        if bits and (end - start) != -(-prod(tensor.dims) * bits // 8) and end > start:
            raise FieldError(
                f"tensor {quoted(tensor.name)}",
                "holds another count of elements than its shape: the file is damaged",
            )


def _numbers(wire: Wire, tensor: FileTensor, held: list[Field], count: int) -> tuple[float, ...] | None:
    """Return the elements of a small tensor, None where they are missing or of a type without lengths."""
    found: list[float] = []
    for number, kind, start, end in held:
        if number == TensorProto.RAW_DATA:
            code = SIGNED.get(tensor.type) or FLOATS.get(tensor.type)
            if code is None:
                return None
            found += unpack(f"<{count}{code}", wire.bytes(start, end)) if end > start else ()
        elif number in _WHOLE and kind in (VARINT, BYTES):
            found += wire.wholes(kind, start, end)
        elif number in _REAL and kind in (BYTES, FIXED32, FIXED64):
            found += wire.floats(start, end, 4 if number == TensorProto.FLOAT_DATA else 8)
        if len(found) > count:
            return None
    if tensor.type in (Type.FLOAT16, Type.BFLOAT16) and held and held[0][0] != TensorProto.RAW_DATA:
        return None
    return tuple(found) if len(found) == count else None
