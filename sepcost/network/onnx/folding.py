"""Constant folding: the values that operators write, where they are few and follow from what is known.

What folds an operator is a function of `folding_rules`, entered under its name; or it is in `values`, where
it is elementwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from sepcost.network.onnx import values
from sepcost.network.onnx.file_tensor import MOST_NUMBERS
from sepcost.network.onnx.shapes import Call
from sepcost.network.onnx.tensor import Tensor
from sepcost.network.onnx.types import WHOLE, Type
from sepcost.network.onnx.values import ANSWERS, ELEMENTWISE, Value
from sepcost.network.shape_rules import Shape

_MOST_FLOATS = 64
"""Of a value of floats: the scales of a size are few, and weights are none."""

Shapes = Sequence[Shape | None]
Read = Sequence[Value | None]
Fold = Callable[[Call, Shapes], Read]
FOLDS: dict[str, Fold] = {}
"""What folds an operator that is not elementwise, given the shapes of what it writes."""


def folded(call: Call, shapes: Shapes, type_: int) -> Read:
    """Return the values that a call writes, None for those that are not known.

    shapes: of its outputs. type_: of their elements.
    """
    fold = FOLDS.get(call.op)
    if fold is None and call.op not in ELEMENTWISE:
        return []
    most = MOST_NUMBERS if type_ in WHOLE or type_ == Type.BOOL else _MOST_FLOATS
    if any(shape is not None and prod(shape) > most for shape in shapes):
        return []
    return [_combined(call, type_)] if fold is None else fold(call, shapes)


def folds(*ops: str) -> Callable[[Fold], Fold]:
    """Enter a function as what folds some operators."""

    def enter(fold: Fold) -> Fold:
        for op in ops:
            if op in FOLDS:
                raise ValueError(f"{op} is folded twice")
            FOLDS[op] = fold
        return fold

    return enter


Moves = Callable[[Call, Value, Read, "Shape | None"], "Value | None"]


def moves(*ops: str) -> Callable[[Moves], Moves]:
    """Enter a function as what makes one value of a known first input, and of others known or not.

    It gets the call, that input, all inputs, and the shape that is written.
    """

    def enter(move: Moves) -> Moves:
        def fold(call: Call, shapes: Shapes) -> Read:
            read = read_of(call)
            if not read or read[0] is None:
                return []
            return [move(call, read[0], read, shapes[0] if shapes else None)]

        folds(*ops)(fold)
        return move

    return enter


def read_of(call: Call) -> list[Value | None]:
    """Return the values that a call reads, None for those that are not known."""
    return [value_of(tensor) for tensor in call.inputs]


def value_of(tensor: Tensor | None) -> Value | None:
    """Return the value of a tensor, None where it is not known."""
    if tensor is None or tensor.value is None or tensor.shape is None:
        return None
    return Value(tensor.shape, tensor.value)


def _combined(call: Call, type_: int) -> Value | None:
    read = read_of(call)
    known = [value for value in read if value is not None]
    if len(known) != len(read):
        return None
    op = "Fmod" if call.op == "Mod" and call.attributes.whole("fmod", 0) else call.op
    return values.elementwise(op, known, op in ANSWERS or type_ in WHOLE)
