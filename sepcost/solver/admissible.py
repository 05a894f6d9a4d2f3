"""The first and last whole values of an unknown that lie inside exact bounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isqrt

import sympy

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


@dataclass(frozen=True)
class Range:
    """Whole numbers from `low` to `high`; None where it has no end."""

    low: int
    high: int | None


def whole_range(lower: Expr, upper: Expr | None, strictly_above: bool, strictly_below: bool) -> Range:
    """Return the whole numbers between exact bounds, a bound itself left out where `strictly`.

    >>> whole_range(sympy.Rational(9, 8), sympy.Integer(7), False, True)
    Range(low=2, high=6)
    """
    low = int(sympy.ceiling(lower))
    if strictly_above and lower == low:
        low += 1
    if upper is None:
        return Range(low, None)
    high = int(sympy.floor(upper))
    if strictly_below and upper == high:
        high -= 1
    return Range(low, high)


def first(ranges: Iterable[Range], whole: Whole) -> int | None:
    """Return the smallest admissible value in ascending ranges, None where there is none."""
    for part in _clipped(ranges, whole):
        if whole.divides is None:
            value = -(-part.low // whole.step) * whole.step
        else:
            value = min(d for d in _divisors(whole.divides) if d >= part.low)
        if part.high is None or value <= part.high:
            return value
    return None


def last(ranges: Iterable[Range], whole: Whole) -> int | None:
    """Return the largest admissible value, None where there is none or no end."""
    for part in reversed(_clipped(ranges, whole)):
        if part.high is None:
            return None
        if whole.divides is None:
            value = part.high // whole.step * whole.step
        else:
            value = max(d for d in _divisors(whole.divides) if d <= part.high)
        if value >= part.low:
            return value
    return None


def last_square(ranges: Iterable[Range], whole: Whole) -> int | None:
    """Return the largest admissible value that is a square, None where there is none or no end.

    For values without a step, as depth multipliers are.
    """
    for part in reversed(_clipped(ranges, whole)):
        if part.high is None:
            return None
        if whole.divides is None:
            value = isqrt(part.high) ** 2
        else:
            value = max(d for d in _divisors(whole.divides) if d <= part.high and isqrt(d) ** 2 == d)
        if value >= part.low:
            return value
    return None


def _clipped(ranges: Iterable[Range], whole: Whole) -> list[Range]:
    """Return the ranges cut to what is admissible at all, those that hold nothing left out."""
    most = whole.most if whole.divides is None else whole.divides
    clipped = []
    for part in ranges if whole.exists else ():
        low = max(part.low, whole.least)
        high = min((end for end in (part.high, most) if end is not None), default=None)
        if high is None or low <= high:
            clipped.append(Range(low, high))
    return clipped


def _divisors(number: int) -> list[int]:
    return list(sympy.divisors(number))
