"""Sums of maxima of lines, and where one sum is no less than another: solved piece by piece, exactly.

Such a sum is convex and piecewise linear. Between the points where a maximum changes hands the
difference of two sums is one line, which has at most one zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from sepcost.solver.interval import Interval

Rational = int | Fraction


@dataclass(frozen=True)
class Line:
    """The number `constant` + `slope` x, which adds to its like and multiplies with numbers without x."""

    constant: Rational
    slope: Rational = 0

    def at(self, x: Rational) -> Fraction:
        """Return the value at x."""
        return Fraction(self.constant + self.slope * x)

    def __add__(self, other: Line | Rational) -> Line:
        line = as_line(other)
        return Line(self.constant + line.constant, self.slope + line.slope)

    def __mul__(self, number: Rational) -> Line:
        return Line(self.constant * number, self.slope * number)

    __radd__ = __add__
    __rmul__ = __mul__


Maxima = tuple[tuple[Line, Line], ...]
"""A sum: of each two lines the greater."""


class _Cell(NamedTuple):
    """A point, or the open stretch from `low` to `high`, and the sign that a difference has all over it."""

    low: Fraction
    high: Fraction | None
    sign: int

    @property
    def is_point(self) -> bool:
        return self.low == self.high


def as_line(value: Line | Rational) -> Line:
    """Return a number as the line that is constant."""
    return value if isinstance(value, Line) else Line(value)


def value_at(maxima: Maxima, x: Rational) -> Fraction:
    """Return a sum of maxima at x.

    >>> value_at(((Line(2), Line(0, 3)),), 1)
    Fraction(3, 1)
    """
    return sum((max(one.at(x), other.at(x)) for one, other in maxima), Fraction(0))


def breakpoints(maxima: Maxima) -> set[Fraction]:
    """Return where two lines of one maximum cross, so that it may change hands."""
    return {
        Fraction(other.constant - one.constant) / (one.slope - other.slope)
        for one, other in maxima
        if one.slope != other.slope
    }


class Difference:
    """The difference of two sums of maxima for x from `start` on, which is itself left out where `open_`."""

    def __init__(self, greater: Maxima, lesser: Maxima, start: Rational, open_: bool = False) -> None:
        self._sides = greater, lesser
        self.start = Fraction(start)
        self._cells = list(self._signed_cells())[int(open_) :]

    @property
    def is_equality(self) -> bool:
        """Whether the two sums are the same everywhere."""
        return all(cell.sign == 0 for cell in self._cells)

    def spans(self, strictly: bool = False) -> tuple[Interval, ...]:
        """Return where `greater` is no less than `lesser`, or where it is greater, in ascending order.

        >>> found = Difference(((Line(6), Line(0, 1)),), ((Line(4), Line(0, 2)),), start=1)
        >>> found.spans()
        (Interval(lower=Fraction(1, 1), upper=Fraction(3, 1)),)
        """
        least = 1 if strictly else 0
        runs: list[list[_Cell]] = []
        before = False
        for cell in self._cells:
            holds = cell.sign >= least
            if holds and before:
                runs[-1].append(cell)
            elif holds:
                runs.append([cell])
            before = holds
        return tuple(
            Interval(run[0].low, run[-1].high, not run[0].is_point, not run[-1].is_point) for run in runs
        )

    def _signed_cells(self) -> Iterator[_Cell]:
        points = self._points()
        points = sorted({*points, *self._zeros(points)})
        for low, high in _stretches(points):
            yield _Cell(low, low, _sign(self._difference(low)))
            inside = low + 1 if high is None else (low + high) / 2
            yield _Cell(low, high, _sign(self._difference(inside)))

    def _points(self) -> list[Fraction]:
        """Return the points between which the difference is one line, the start first."""
        crossings = {point for side in self._sides for point in breakpoints(side)}
        return sorted({self.start, *(point for point in crossings if point > self.start)})

    def _zeros(self, points: Iterable[Fraction]) -> Iterator[Fraction]:
        """Yield where the difference changes its sign between neighbours of those points."""
        for low, high in _stretches(points):
            further = low + 1 if high is None else high
            at_low = self._difference(low)
            slope = (self._difference(further) - at_low) / (further - low)
            zero = low - at_low / slope if slope else low
            if zero > low and (high is None or zero < high):
                yield zero

    def _difference(self, x: Fraction) -> Fraction:
        greater, lesser = self._sides
        return value_at(greater, x) - value_at(lesser, x)


def _stretches(points: Iterable[Fraction]) -> Iterator[tuple[Fraction, Fraction | None]]:
    """Yield each point with the next one, the last one with None."""
    ends: list[Fraction | None] = [*points, None]
    for low, high in pairwise(ends):
        assert low is not None
        yield low, high


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)
