"""Lists and ranges of numbers as people type them, bounded by how many values are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from math import lcm
from typing import TypeVar

from sepcost.core.errors import QuantityError, quoted
from sepcost.core.layer import checked_gamma
from sepcost.core.quantity import LARGEST, checked_ratio, pair, ratio, whole

T = TypeVar("T")
R = TypeVar("R", int, Fraction)

MOST_VALUES = 10**6
"""The most values that a list or range may have, one that occurs again counted again."""

_DASHED = r"([0-9]{1,10})-([0-9]{1,10})"


def wholes(text: str) -> tuple[int, ...]:
    """Read whole numbers: a list of numbers and of ranges, FROM:TO, FROM:TO:STEP or FROM:TO:*FACTOR.

    >>> wholes("1,3,5"), wholes("16:64:16"), wholes("16:100:*2")
    ((1, 3, 5), (16, 32, 48, 64), (16, 32, 64))
    """
    return _listed(text, lambda item: _range(item, whole) if ":" in item else [whole(item)])


def pairs(text: str) -> tuple[tuple[int, int], ...]:
    """Read rows and columns: a list of numbers, of pairs and of ranges, whose numbers stand for both.

    >>> pairs("3x5,1:5:2")
    ((3, 5), (1, 1), (3, 3), (5, 5))
    """
    return _listed(text, lambda item: [(n, n) for n in _range(item, whole)] if ":" in item else [pair(item)])


def ratios(text: str) -> tuple[Fraction, ...]:
    """Read positive exact ratios: a list of ratios and of ranges.

    >>> [str(found) for found in ratios("9/4,1:2:1/2")]
    ['9/4', '1', '3/2', '2']
    """
    return _listed(text, lambda item: _range(item, ratio) if ":" in item else [ratio(item)])


def gammas(text: str) -> tuple[Fraction, ...]:
    """Read depth multipliers: a list of exact ratios of at least 1 and of ranges of them."""
    found = ratios(text)
    checked_gamma(min(found))
    return found


def _listed(text: str, read: Callable[[str], list[T]]) -> tuple[T, ...]:
    """Return the values of all items in their order, one that occurs again left out."""
    found: dict[T, None] = {}
    count = 0
    for item in text.split(","):
        try:
            values = read(item)
        except QuantityError:
            if dashed := re.fullmatch(_DASHED, item):
                mend = f"write {dashed[1]}:{dashed[2]} for a range"
                raise QuantityError(f"{quoted(item)} is not a number: {mend}") from None
            raise
        count += len(values)
        if count > MOST_VALUES:
            raise QuantityError(_too_many(text))
        found.update(dict.fromkeys(values))
    return tuple(found)


def _range(text: str, read: Callable[[str], R]) -> list[R]:
    """Read FROM:TO:STEP, its end included where a step hits it."""
    low, high, step = _range_parts(text)
    first, last = read(low), read(high)
    if first > last:
        raise QuantityError(f"{quoted(text)} is empty: a range runs upwards")
    if step.startswith("*"):
        factor = read(step[1:])
        if factor <= 1:
            raise QuantityError(f"{quoted(text)} has no end: its factor must be above 1")
        return _powers(first, last, factor)
    stride = read(step)
    turns = (last - first) // stride + 1
    if turns > MOST_VALUES:
        raise QuantityError(_too_many(text))
    if isinstance(stride, int):
        return [first + turn * stride for turn in range(turns)]
    return _even_ratios(first, stride, turns)


def _even_ratios(first: Fraction, stride: Fraction, turns: int) -> list[Fraction]:
    """Return ratios a stride apart, as numerators above one denominator: sums of ratios are slow."""
    below = lcm(first.denominator, stride.denominator)
    start, step = int(first * below), int(stride * below)
    found = [Fraction(above, below) for above in range(start, start + turns * step, step)]
    if max(start + turns * step, below) > LARGEST:
        for value in found:
            checked_ratio(value)
    return found


def _powers(first: R, last: R, factor: R) -> list[R]:
    found = [first]
    while (value := found[-1] * factor) <= last:
        # A ratio's parts grow with each power: this ends those that would go on for long.
        checked_ratio(value)
        found.append(value)
    return found


def _range_parts(text: str) -> list[str]:
    parts = text.split(":")
    if len(parts) > 3:
        raise QuantityError(f"{quoted(text)} is not a range: FROM:TO, FROM:TO:STEP or FROM:TO:*FACTOR")
    return [*parts, "1"][:3]


def _too_many(text: str) -> str:
    return f"{quoted(text)} has more than {MOST_VALUES} values"
