"""Sums of times of passes in one unknown, and where one sum is no less than another: exactly, by pieces.

The time of a pass is a constant and the greater of two polynomials, of computing and of moving; the
polynomial of moving depends on the memory that holds the pass. Between the points where either changes, the
difference of two sums is one polynomial of degree two at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from sepcost.core.exact import Rational
from sepcost.solver.interval import Interval, intervals
from sepcost.solver.quadratic import Quadratic, Real, as_quadratic, between


class Level(NamedTuple):
    """One memory: the time of moving through it, where `excess`, bytes beyond what it holds, is not above 0.

    excess: None for the last, which holds everything.
    """

    moving: Quadratic
    excess: Quadratic | None = None


@dataclass(frozen=True)
class PassTime:
    """The time of one pass: `launch`, and the greater of computing and moving.

    levels: from the smallest memory to the last.
    """

    computing: Quadratic
    levels: tuple[Level, ...]
    launch: Rational = 0

    def piece(self, x: Real) -> Quadratic:
        """Return the polynomial that the time is at a point."""
        place = next(
            n for n, each in enumerate(self.levels) if each.excess is None or each.excess.sign_at(x) <= 0
        )
        computes, moves = self._pieces[0], self._pieces[1 + place]
        return moves if self._slower[place].sign_at(x) > 0 else computes

    @cached_property
    def _pieces(self) -> tuple[Quadratic, ...]:
        """The time where computing takes longer, and then where moving does, level by level."""
        return (self.computing + self.launch, *(each.moving + self.launch for each in self.levels))

    @cached_property
    def _slower(self) -> tuple[Quadratic, ...]:
        """By how much moving takes longer than computing, level by level."""
        return tuple(each.moving - self.computing for each in self.levels)

    def turns(self) -> Iterator[Real]:
        """Yield where the polynomial may change."""
        for level, slower in zip(self.levels, self._slower, strict=True):
            yield from slower.roots()
            if level.excess is not None:
                yield from level.excess.roots()


PassTimes = tuple[PassTime, ...]
"""A sum of the times of passes."""


def greater(one: Quadratic | Rational, other: Quadratic | Rational) -> PassTime:
    """Return the greater of two polynomials, as a pass takes it.

    >>> value_at((greater(2, Quadratic(0, 3)),), 1)
    Fraction(3, 1)
    """
    return PassTime(as_quadratic(one), (Level(as_quadratic(other)),))


def value_at(times: PassTimes, x: Rational) -> Fraction:
    """Return a sum of times at a rational number."""
    return sum((each.piece(Fraction(x)).at(x) for each in times), Fraction(0))


def breakpoints(times: PassTimes) -> set[Real]:
    """Return where a sum may turn from one polynomial to another."""
    return {turn for each in times for turn in each.turns()}


class Difference:
    """The difference of two sums for x from `start` on, which is itself left out where `open_`."""

    def __init__(self, more: PassTimes, less: PassTimes, start: Rational, open_: bool = False) -> None:
        self._more, self._less = more, less
        self.start = Fraction(start)
        self.points = self._points()
        self._at = [self._piece(point).sign_at(point) for point in self.points]
        self._between = [self._piece(x).sign_at(x) for x in _samples(self.points)]
        self._is_open = open_

    @property
    def is_equality(self) -> bool:
        """Whether the two sums are the same everywhere."""
        return not any((*self._at[int(self._is_open) :], *self._between))

    def spans(self, strictly: bool = False) -> tuple[Interval, ...]:
        """Return where the first sum is no less than the second, or where it is greater, ascending.

        >>> found = Difference((greater(6, Quadratic(0, 1)),), (greater(4, Quadratic(0, 2)),), start=1)
        >>> found.spans()
        (Interval(lower=None, upper=Fraction(3, 1)),)
        """
        first = [-1] if self._is_open else self._at[:1]
        at = [*first, *self._at[1:], self._between[-1]]
        return intervals([*self.points, None], at, self._between, least=1 if strictly else 0)

    def _points(self) -> list[Real]:
        """Return the start, where either sum may turn, and where the difference is 0, ascending."""
        turns: list[Real] = sorted({self.start, *breakpoints(self._more), *breakpoints(self._less)})
        points = turns[turns.index(self.start) :]
        zeros = set()
        for (low, high), x in zip(_stretches(points), _samples(points), strict=True):
            inside = (root for root in self._piece(x).roots() if root > low)
            zeros |= {root for root in inside if high is None or root < high}
        return sorted({*points, *zeros})

    def _piece(self, x: Real) -> Quadratic:
        """Return the polynomial that the difference is at a point."""
        return _total(each.piece(x) for each in self._more) - _total(each.piece(x) for each in self._less)


def _total(pieces: Iterable[Quadratic]) -> Quadratic:
    return sum(pieces, Quadratic())


def _samples(points: Iterable[Real]) -> list[Fraction]:
    """Return a number inside each stretch from a point to the next, the last one without end."""
    return [between(low, high) for low, high in _stretches(points)]


def _stretches(points: Iterable[Real]) -> Iterator[tuple[Real, Real | None]]:
    """Yield each point with the next one, the last one with None."""
    ends: list[Real | None] = [*points, None]
    for low, high in pairwise(ends):
        assert low is not None
        yield low, high
