"""Protocol Buffers' wire format: fields whose lengths are checked, and numbers that are left where they lie.

A message is read field by field; what a field holds is given as a place in the file, and only what is
used is read. Source: the encoding that protobuf.dev documents.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from struct import unpack

from sepcost.core.errors import QuantityError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MOST_FIELDS = 2**23
"""More are in no model that is read; a file of 2 GB could hold 10^9, which would take minutes."""

MOST_MESSAGES = 2**18
"""Nodes, tensors and stated shapes that are kept in memory."""

_FIXED = {FIXED64: 8, FIXED32: 4}
_DAMAGED = "is no ONNX model, or a damaged one"

_PIECE = 2**16
_HEAD = 20
"""Bytes of the longest tag and length of a field, or number."""

Field = tuple[int, int, int, int]
"""Number, wire type, and its value and 0, or where it starts and ends."""


class OnDisk:
    """The bytes of an open file, of which pieces are read on demand."""

    def __init__(self, handle: int, size: int) -> None:
        self._handle = handle
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, at: slice) -> bytes:
        length = at.stop - at.start
        os.lseek(self._handle, at.start, os.SEEK_SET)
        read = os.read(self._handle, length)
        if len(read) < length:  # it has become shorter
            raise QuantityError(_DAMAGED)
        return read


Buffer = bytes | OnDisk


class Wire:
    """The bytes of a file, or of a message in it, and how many more fields of the file are read."""

    def __init__(self, content: Buffer, budget: list[int] | None = None) -> None:
        self.content = content
        self._left = [MOST_FIELDS, MOST_MESSAGES] if budget is None else budget

    def message(self, start: int, end: int) -> tuple[Wire, int, int]:
        """Return a message in memory, with where it starts and ends; a large one stays where it lies.

        Raises QuantityError where there are too many.
        """
        self._left[1] -= 1
        if self._left[1] < 0:
            raise QuantityError(f"has more than {MOST_MESSAGES} nodes and tensors")
        if isinstance(self.content, bytes) or end - start > _PIECE:
            return self, start, end
        return Wire(self.content[start:end], self._left), 0, end - start

    def fields(self, start: int, end: int) -> Iterator[Field]:
        """Yield the fields of a message that lies from `start` to `end`, in their order.

        Raises QuantityError for a field that does not end there.
        """
        left, whole = self._left, isinstance(self.content, bytes)
        piece, base, until = (self.content, 0, end) if isinstance(self.content, bytes) else (b"", 0, 0)
        at = start
        while at < end:
            left[0] -= 1
            if left[0] < 0:
                raise QuantityError(f"has more than {MOST_FIELDS} fields")
            if not whole and at + _HEAD > until < end:
                base, until = at, min(at + _PIECE, end)
                piece = self.content[base:until]
            tag = piece[at - base]
            at += 1
            if tag > 127:
                tag, at = varint(piece, at - 1 - base, until - base)
                at += base
            kind = tag & 7
            if tag < 8:
                raise QuantityError(_DAMAGED)
            if kind == VARINT:
                value, at = varint(piece, at - base, until - base)
                at += base
                yield tag >> 3, kind, value, 0
                continue
            if kind == BYTES:
                length = piece[at - base] if at < until else 128
                at += 1
                if length > 127:
                    length, at = varint(piece, at - 1 - base, until - base)
                    at += base
            else:
                length = _FIXED.get(kind, end)
            if length > end - at:
                raise QuantityError(_DAMAGED)
            yield tag >> 3, kind, at, at + length
            at += length

    def text(self, start: int, end: int) -> str:
        """Return a name; what is no UTF-8 in it is kept apart, and shown as what cannot be shown."""
        return str(self.content[start:end], "utf-8", "surrogateescape")

    def bytes(self, start: int, end: int) -> bytes:
        """Return bytes of the file."""
        return self.content[start:end]

    def wholes(self, kind: int, start: int, end: int) -> list[int]:
        """Return the signed whole numbers of a repeated field: one, or as many as are packed in it."""
        if kind == VARINT:
            return [signed(start)]
        found = []
        content, at = self.content[start:end], 0
        while at < len(content):
            self._left[0] -= 1
            value, at = varint(content, at, len(content))
            found.append(signed(value))
            if self._left[0] < 0:
                break
        if self._left[0] < 0:
            raise QuantityError(f"has more than {MOST_FIELDS} fields")
        return found

    def floats(self, start: int, end: int, size: int) -> list[float]:
        """Return the numbers of 4 or 8 bytes each that lie there; those of an unfinished one are left out."""
        count = (end - start) // size
        content = self.content[start : start + count * size]
        return list(unpack(f"<{count}{'f' if size == 4 else 'd'}", content))


def varint(content: bytes, at: int, end: int) -> tuple[int, int]:
    """Return a whole number of 64 bits, and where it ends."""
    if at < end and content[at] < 128:
        return content[at], at + 1
    value = shift = 0
    while at < end:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
        if shift > 63:
            break
    raise QuantityError(_DAMAGED)


def signed(value: int) -> int:
    """Return a number of 64 bits as ONNX writes negative ones."""
    return value - 2**64 if value >> 63 else value
