"""Small tensors computed as the graph computes them: lengths, places, and whatever sizes follow from.

A value has a shape and as many numbers, each None where it is not known without running the model.
Whole numbers wrap as those of 64 bits do.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from sepcost.network.onnx.file_tensor import MOST_NUMBERS
from sepcost.network.onnx.tensor import Number, Numbers
from sepcost.network.onnx.types import WHOLE, Type
from sepcost.network.shape_rules import Shape, broadcast, put


class Value(NamedTuple):
    """A small tensor whose elements are known, all or some."""

    shape: Shape
    numbers: Numbers


def elementwise(op: str, values: Sequence[Value], whole: bool) -> Value | None:
    """Return what an elementwise operator makes of values, None where it is not followed."""
    function = _UNARY.get(op) if len(values) == 1 else _OF_SEVERAL.get(op)
    if function is None:
        return None
    shape: Shape | None = ()
    for value in values:
        shape = None if shape is None else broadcast(shape, value.shape)
    if shape is None or prod(shape) > MOST_NUMBERS:
        return None
    spread = [expanded(value, shape).numbers for value in values]
    if op == "Where":
        return Value(shape, tuple(_chosen(*each) for each in zip(*spread, strict=True)))
    if len(values) == 1:
        return Value(shape, tuple(_applied(function, whole, one) for one in spread[0]))
    numbers = spread[0]
    for other in spread[1:]:
        numbers = tuple(_applied(function, whole, *pair) for pair in zip(numbers, other, strict=True))
    return Value(shape, numbers)


def cast(value: Value, type_: int) -> Value:
    """Return a value as of another type; a float becomes whole towards zero."""
    if type_ == Type.BOOL:
        return Value(value.shape, tuple(None if one is None else int(bool(one)) for one in value.numbers))
    if type_ not in WHOLE:
        return Value(value.shape, tuple(None if one is None else float(one) for one in value.numbers))
    bits = WHOLE[type_]
    return Value(
        value.shape, tuple(None if one is None else wrapped(int(one), bits) for one in value.numbers)
    )


def wrapped(number: int, bits: int = 64) -> int:
    """Return a whole number as that many bits hold it."""
    number &= (1 << bits) - 1
    return number - (1 << bits) if number >> (bits - 1) else number


def expanded(value: Value, shape: Shape) -> Value:
    """Return a value broadcast to a shape."""
    if value.shape == shape:
        return value
    if len(value.numbers) == 1:
        return Value(shape, value.numbers * prod(shape))
    lengths = (1,) * (len(shape) - len(value.shape)) + value.shape
    ranges = [range(n) if n == own else (0,) * n for n, own in zip(shape, lengths, strict=True)]
    return Value(shape, taken(value.numbers, lengths, ranges))


def taken(numbers: Numbers, shape: Shape, places: Sequence[Iterable[int]]) -> Numbers:
    """Return the elements at some places along each axis, in order."""
    steps = _steps(shape)
    at = [[place * step for place in axis] for axis, step in zip(places, steps, strict=True)]
    return tuple(numbers[sum(offsets)] for offsets in product(*at))


def transposed(value: Value, order: Sequence[int]) -> Value:
    """Return a value with its axes in another order."""
    steps = _steps(value.shape)
    shape = tuple(value.shape[axis] for axis in order)
    at = [[place * steps[axis] for place in range(value.shape[axis])] for axis in order]
    return Value(shape, tuple(value.numbers[sum(offsets)] for offsets in product(*at)))


def along(value: Value, axis: int, places: Sequence[int]) -> Value:
    """Return the slices of a value at some places of one axis."""
    ranges: list[Iterable[int]] = [range(length) for length in value.shape]
    ranges[axis] = places
    shape = put(value.shape, axis, len(places))
    return Value(shape, taken(value.numbers, value.shape, ranges))


def joined(values: Sequence[Value], axis: int) -> Value | None:
    """Return values one after the other along an axis, None where there are too many."""
    length = sum(value.shape[axis] for value in values)
    first = values[0].shape
    shape = put(first, axis, length)
    if prod(shape) > MOST_NUMBERS:
        return None
    outer = prod(first[:axis])
    numbers: list[Number] = []
    for place in range(outer):
        for value in values:
            piece = prod(value.shape[axis:])
            numbers += value.numbers[place * piece : (place + 1) * piece]
    return Value(shape, tuple(numbers))


def reduced(op: str, value: Value, axes: Iterable[int], keep: bool) -> Value | None:
    """Return what a reduction makes of a value."""
    function = REDUCTIONS.get(op)
    if function is None:
        return None
    summed = set(axes)
    order = [axis for axis in range(len(value.shape)) if axis not in summed] + sorted(summed)
    numbers = transposed(value, order).numbers
    piece = prod(value.shape[axis] for axis in summed)
    if not piece:
        return None
    parts = [numbers[at : at + piece] for at in range(0, len(numbers), piece)]
    shape = tuple(
        1 if axis in summed else length
        for axis, length in enumerate(value.shape)
        if keep or axis not in summed
    )
    return Value(shape, tuple(_of_part(function, part) for part in parts))


def _of_part(function: Callable[[Sequence[float]], float], part: Numbers) -> Number:
    known = [one for one in part if one is not None]
    return function(known) if len(known) == len(part) else None


def _steps(shape: Shape) -> list[int]:
    return [prod(shape[axis + 1 :]) for axis in range(len(shape))]


def _applied(function: Callable[..., float], whole: bool, *numbers: Number) -> Number:
    if None in numbers:
        return None
    try:
        result = function(*numbers)
    except (ArithmeticError, ValueError):
        return None
    return wrapped(int(result)) if whole else result


def _chosen(condition: Number, one: Number, other: Number) -> Number:
    if condition is None:
        return one if one == other else None
    return one if condition else other


def _divided(a: float, b: float) -> float:
    """Whole numbers are divided towards zero, as machines do."""
    if isinstance(a, int) and isinstance(b, int):
        return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    return a / b


def _raised(a: float, b: float) -> float:
    if abs(b) > 64:
        raise ValueError
    return float(a**b) if isinstance(a, float) or b < 0 else a ** int(b)


_UNARY: dict[str, Callable[..., float]] = {
    "Abs": abs,
    "Ceil": math.ceil,
    "Floor": math.floor,
    "Identity": lambda one: one,
    "Neg": operator.neg,
    "Not": operator.not_,
    "Reciprocal": lambda one: 1 / one,
    "Relu": lambda one: max(one, 0),
    "Round": round,
    "Sign": lambda one: (one > 0) - (one < 0),
    "Sqrt": math.sqrt,
}
_OF_SEVERAL: dict[str, Callable[..., float]] = {
    "Add": operator.add,
    "And": lambda a, b: bool(a and b),
    "Div": _divided,
    "Equal": operator.eq,
    "Fmod": math.fmod,
    "Greater": operator.gt,
    "GreaterOrEqual": operator.ge,
    "Less": operator.lt,
    "LessOrEqual": operator.le,
    "Max": max,
    "Min": min,
    "Mod": operator.mod,
    "Mul": operator.mul,
    "Or": lambda a, b: bool(a or b),
    "Pow": _raised,
    "Sub": operator.sub,
    "Sum": operator.add,
    "Where": lambda *_: 0.0,
    "Xor": lambda a, b: bool(a) != bool(b),
}
ELEMENTWISE = frozenset([*_UNARY, *_OF_SEVERAL]) - {"Fmod"}
"""What is followed element by element; Fmod is what Mod does with an attribute."""

ANSWERS = frozenset(["And", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "Or", "Xor"])
"""Elementwise operators that write yes or no."""

REDUCTIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "ReduceMax": max,
    "ReduceMean": lambda numbers: sum(numbers) / len(numbers),
    "ReduceMin": min,
    "ReduceProd": lambda numbers: prod(numbers),
    "ReduceSum": sum,
}
