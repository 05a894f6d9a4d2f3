"""Protocol Buffers' wire format: fields whose lengths are checked, and numbers that are left where they lie.

A message is read field by field; what a field holds is given as a place in the file, and only what is
asked for is read. Source: the encoding that protobuf.dev documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from

from sepcost.core.errors import QuantityError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MOST_FIELDS = 2**24
"""More are in no model that is read; a file of 2 GB could hold 10^9, which would take minutes."""

_FIXED = {FIXED64: 8, FIXED32: 4}
_DAMAGED = "is no ONNX model, or a damaged one"

Buffer = bytes | memoryview
Field = tuple[int, int, int, int]
"""Number, wire type, and its value and 0, or where it starts and ends."""


class Wire:
    """The bytes of a file, and how many more fields of it are read."""

    def __init__(self, content: Buffer) -> None:
        self.content = content
        self.left = MOST_FIELDS

    def fields(self, start: int, end: int) -> Iterator[Field]:
        """Yield the fields of a message that lies from `start` to `end`, in their order.

        Raises QuantityError for a field that does not end there.
        """
        content = self.content
        at = start
        while at < end:
            self.left -= 1
            if self.left < 0:
                raise QuantityError(f"has more than {MOST_FIELDS} fields")
            tag = content[at]
            at += 1
            if tag > 127:
                tag, at = varint(content, at - 1, end)
            kind = tag & 7
            if kind == BYTES:
                length = content[at] if at < end else 128
                at += 1
                if length > 127:
                    length, at = varint(content, at - 1, end)
                if length > end - at:
                    raise QuantityError(_DAMAGED)
                yield tag >> 3, kind, at, at + length
                at += length
            elif kind == VARINT:
                value, at = varint(content, at, end)
                yield tag >> 3, kind, value, 0
            else:
                size = _FIXED.get(kind)
                if size is None or size > end - at:
                    raise QuantityError(_DAMAGED)
                yield tag >> 3, kind, at, at + size
                at += size
            if tag < 8:
                raise QuantityError(_DAMAGED)

    def text(self, start: int, end: int) -> str:
        """Return a name; what is no UTF-8 in it is kept apart, and shown as what cannot be shown."""
        return str(self.content[start:end], "utf-8", "surrogateescape")

    def bytes(self, start: int, end: int) -> bytes:
        """Return bytes of the file."""
        return bytes(self.content[start:end])

    def wholes(self, kind: int, start: int, end: int) -> list[int]:
        """Return the signed whole numbers of a repeated field: one, or as many as are packed in it."""
        if kind == VARINT:
            return [signed(start)]
        found = []
        while start < end:
            self.left -= 1
            value, start = varint(self.content, start, end)
            found.append(signed(value))
        if self.left < 0:
            raise QuantityError(f"has more than {MOST_FIELDS} fields")
        return found

    def floats(self, start: int, end: int, size: int) -> list[float]:
        """Return the numbers of 4 or 8 bytes each that lie there; those of an unfinished one are left out."""
        count = (end - start) // size
        return list(unpack_from(f"<{count}{'f' if size == 4 else 'd'}", self.content, start))


def varint(content: Buffer, at: int, end: int) -> tuple[int, int]:
    """Return a whole number of 64 bits, and where it ends."""
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
