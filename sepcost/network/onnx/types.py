"""The types of elements as ONNX numbers them."""

from __future__ import annotations


class Type:
    """Types that the reader tells apart, by their numbers in onnx.proto."""

    FLOAT, UINT8, INT8, UINT16, INT16, INT32, INT64, STRING, BOOL, FLOAT16, DOUBLE, UINT32, UINT64 = range(
        1, 14
    )
    BFLOAT16 = 16
    UINT4, INT4 = 21, 22


BITS = {
    1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128,
    16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2, 27: 6, 28: 6,
}  # fmt: skip
"""Bits of one element; a text has none."""

SIGNED = {2: "B", 3: "b", 4: "H", 5: "h", 6: "i", 7: "q", 9: "?", 12: "I", 13: "Q"}
FLOATS = {1: "f", 10: "e", 11: "d"}
"""How `struct` reads one element."""

PLACES = frozenset([Type.INT32, Type.INT64, Type.STRING, Type.BOOL, Type.UINT32, Type.UINT64])
"""Types of places, lengths and answers: no weights are of them."""

WHOLE = {2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 12: 32, 13: 64}
"""Types of whole numbers, and their bits."""
