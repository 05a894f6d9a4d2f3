"""The first and last whole values of an unknown that lie inside exact bounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isqrt

import sympy

from sepcost.solver.interval import Interval
from sepcost.solver.symbolic import Expr


@dataclass(frozen=True)
class Whole:
    """The admissible whole values of an unknown: multiples of `step`, or divisors of `divides`.

    They lie from `least` to `most`, which is None where nothing ends them; none exists where the
    sizes given leave no layer of whole channels.
    """

    least: int = 1
    most: int | None = None
    step: int = 1
    divides: int | None = None
    exists: bool = True


def whole_numbers(part: Interval, least: Expr, most: Expr | None) -> Interval:
    """Return the first and the last whole number in an interval; None where nothing ends them.

    least, most: the ends of the domain, where the interval has none of its own.

    >>> part = Interval(sympy.Rational(9, 8), sympy.Integer(7), open_above=True)
    >>> found = whole_numbers(part, sympy.Integer(1), None)
    >>> found.lower, found.upper
    (2, 6)
    """
    lower = least if part.lower is None else part.lower
    upper = most if part.upper is None else part.upper
    low = int(sympy.floor(lower)) + 1 if part.open_below else int(sympy.ceiling(lower))
    if upper is None:
        return Interval(low, None)
    return Interval(low, int(sympy.ceiling(upper)) - 1 if part.open_above else int(sympy.floor(upper)))


def first(ranges: Iterable[Interval], whole: Whole) -> int | None:
    """Return the smallest admissible value in ascending ranges, None where there is none."""
    value: int
    for part in _clipped(ranges, whole):
        if whole.divides is None:
            value = -(-part.lower // whole.step) * whole.step
        else:
            value = min(d for d in _divisors(whole.divides) if d >= part.lower)
        if part.upper is None or value <= part.upper:
            return value
    return None


def last(ranges: Iterable[Interval], whole: Whole) -> int | None:
    """Return the largest admissible value, None where there is none or no end."""
    value: int
    for part in reversed(_clipped(ranges, whole)):
        if part.upper is None:
            return None
        if whole.divides is None:
            value = part.upper // whole.step * whole.step
        else:
            value = max(d for d in _divisors(whole.divides) if d <= part.upper)
        if value >= part.lower:
            return value
    return None


def last_square(ranges: Iterable[Interval], whole: Whole) -> int | None:
    """Return the largest admissible value that is a square, None where there is none or no end.

    For values without a step, as depth multipliers are.
    """
    for part in reversed(_clipped(ranges, whole)):
        if part.upper is None:
            return None
        if whole.divides is None:
            value = isqrt(part.upper) ** 2
        else:
            value = max(d for d in _divisors(whole.divides) if d <= part.upper and isqrt(d) ** 2 == d)
        if value >= part.lower:
            return value
    return None


def _clipped(ranges: Iterable[Interval], whole: Whole) -> list[Interval]:
    """Return the ranges cut to what is admissible at all, those that hold nothing left out."""
    most = whole.most if whole.divides is None else whole.divides
    clipped = []
    for part in ranges if whole.exists else ():
        low = max(part.lower, whole.least)
        high = min((end for end in (part.upper, most) if end is not None), default=None)
        if high is None or low <= high:
            clipped.append(Interval(low, high))
    return clipped


def _divisors(number: int) -> list[int]:
    return list(sympy.divisors(number))
