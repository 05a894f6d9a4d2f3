"""Flatbuffers that are untrusted: every offset, length and table is checked before it is followed.

Offsets go forward only, but for a table's to its list of fields, and tables are followed to a depth that
the reader's own code sets: no file makes it go in circles.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from mmap import mmap

from sepcost.core.errors import QuantityError

BYTE, UBYTE = (struct.Struct(kind) for kind in ("<b", "<B"))
INT, UINT, ULONG = (struct.Struct(kind) for kind in ("<i", "<I", "<Q"))
"""Kinds of whole numbers, by the names that flatbuffers give them."""

_HEAD = struct.Struct("<HH")
_MOST_FIELDS = 64
"""The most fields of a table that are read: no table of the schema has as many."""

_UNSHARED = 4
"""How often a file's bytes may be read as vectors: those of a sound file are read once or twice."""


class DamagedError(QuantityError):
    """A flatbuffer that points outside itself."""

    def __init__(self) -> None:
        super().__init__("is no TensorFlow Lite model, or a damaged one")


class Flatbuffer:
    """The bytes of a flatbuffer."""

    def __init__(self, content: bytes | mmap) -> None:
        self.content = content
        self.size = len(content)
        self._left = self.size * _UNSHARED

    def numbers(self, kind: struct.Struct, at: int) -> tuple[int, ...]:
        """Return the whole numbers at a position."""
        if at < 0:  # which would be counted from the end
            raise DamagedError
        try:
            return kind.unpack_from(self.content, at)
        except struct.error:
            raise DamagedError from None

    def follow(self, at: int) -> int:
        """Return where the offset at a position points."""
        return at + self.numbers(UINT, at)[0]

    def vector(self, at: int, each: int) -> tuple[int, int]:
        """Return the start and length of the vector at a position, of elements of so many bytes."""
        length, start = self.numbers(UINT, at)[0], at + 4
        if length * each > self.size - start:
            raise DamagedError
        return start, length

    def spend(self, read: int) -> None:
        """Count the bytes that are read as vectors: many tables that share a long one are refused."""
        self._left -= read
        if self._left < 0:
            raise DamagedError

    def root(self, identifier: bytes) -> Table:
        """Return the outermost table of a file of a kind."""
        if self.size < 8 or self.content[4:8] != identifier:
            raise DamagedError
        return Table(self, self.follow(0))


class Table:
    """A table: its fields, by their numbers in the schema. A field that is left out has its default."""

    __slots__ = ("_buffer", "_fields", "_size", "_start")

    def __init__(self, buffer: Flatbuffer, start: int) -> None:
        self._buffer, self._start = buffer, start
        listed_at = start - buffer.numbers(INT, start)[0]
        listed, self._size = buffer.numbers(_HEAD, listed_at)
        if listed < _HEAD.size or max(listed_at + listed, start + self._size) > buffer.size:
            raise DamagedError
        count = min((listed - _HEAD.size) // 2, _MOST_FIELDS)
        self._fields = struct.unpack_from(f"<{count}H", buffer.content, listed_at + _HEAD.size)

    def whole(self, field: int, default: int = 0, kind: struct.Struct = INT) -> int:
        """Return a number of a kind."""
        at = self._at(field)
        return default if at is None else self._buffer.numbers(kind, at)[0]

    def byte(self, field: int, default: int = 0) -> int:
        """Return a number of one byte."""
        return self.whole(field, default, BYTE)

    def table(self, field: int) -> Table | None:
        """Return the table that a field points to."""
        at = self._at(field)
        return None if at is None else Table(self._buffer, self._buffer.follow(at))

    def tables(self, field: int) -> Iterator[Table]:
        """Yield the tables of a vector."""
        start, length = self._vector(field, 4)
        self._buffer.spend(4 * length)
        for at in range(start, start + 4 * length, 4):
            yield Table(self._buffer, self._buffer.follow(at))

    def wholes(self, field: int) -> tuple[int, ...]:
        """Return a vector of whole numbers of four bytes."""
        start, length = self._vector(field, 4)
        self._buffer.spend(4 * length)
        return struct.unpack_from(f"<{length}i", self._buffer.content, start)

    def text(self, field: int, longest: int) -> str:
        """Return the beginning of a text; bytes that are not UTF-8 are replaced."""
        start, length = self._vector(field, 1)
        taken = min(length, longest)
        self._buffer.spend(taken)
        return bytes(self._buffer.content[start : start + taken]).decode("utf-8", "replace")

    def length(self, field: int) -> int:
        """Return how many bytes a vector of them has."""
        return self._vector(field, 1)[1]

    def bytes(self, field: int, most: int) -> bytes:
        """Return a vector of at most so many bytes, nothing of a longer one."""
        start, length = self._vector(field, 1)
        if length > most:
            return b""
        self._buffer.spend(length)
        return bytes(self._buffer.content[start : start + length])

    def has(self, field: int) -> bool:
        """Whether a field is there."""
        return self._at(field) is not None

    def _at(self, field: int) -> int | None:
        offset = self._fields[field] if field < len(self._fields) else 0
        if offset >= self._size > 0:
            raise DamagedError
        return self._start + offset if offset else None

    def _vector(self, field: int, each: int) -> tuple[int, int]:
        at = self._at(field)
        return (0, 0) if at is None else self._buffer.vector(self._buffer.follow(at), each)
