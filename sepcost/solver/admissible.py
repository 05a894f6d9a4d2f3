"""The whole values of an unknown with which a layer can be built, and the first and last inside bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isqrt
from typing import NamedTuple

import sympy

from sepcost.core.monomial import NoRuleError
from sepcost.solver.interval import Interval, common
from sepcost.solver.symbolic import Expr

LONGEST_SEARCH = 10**5
"""Values that are tried where no rule tells which of them leave a count whole."""

Polynomial = tuple[int, ...]
"""Whole coefficients, the highest power first."""


class Count(NamedTuple):
    """A quotient of polynomials that has to be a whole number of at least 1."""

    above: Polynomial
    below: Polynomial

    def holds_at(self, value: int) -> bool:
        """Whether it is one."""
        above, below = _at(self.above, value), _at(self.below, value)
        return below != 0 and above % below == 0 and above // below >= 1


@dataclass(frozen=True)
class Whole:
    """The whole values of an unknown at which every count is whole and at least 1.

    They are among `candidates` where those are known to be all that can be, else among residue,
    residue + step, residue + 2 step, and so on.
    inside: the intervals of whole numbers that they lie in: outside a count is below 1.
    counts: those that no step tells of; each has to hold at a value.
    period: after so many steps they hold or fail as before, so that a search in vain over as many may end.
    """

    step: int = 1
    residue: int = 0
    candidates: tuple[int, ...] | None = None
    counts: tuple[Count, ...] = ()
    period: int = 1
    inside: tuple[Interval, ...] = (Interval(1, None),)

    def __contains__(self, value: int) -> bool:
        is_possible = (
            value % self.step == self.residue if self.candidates is None else value in self.candidates
        )
        is_inside = any(value in part for part in self.inside)
        return is_possible and is_inside and all(count.holds_at(value) for count in self.counts)

    def within(self, ranges: Iterable[Interval]) -> Iterator[int]:
        """Yield the values in ascending intervals of whole numbers, ascending.

        Raises NoRuleError where too many were tried in vain.
        """
        for part in common(tuple(ranges), self.inside):
            yield from self._along(part, 1)

    def last(self, ranges: Iterable[Interval]) -> int | None:
        """Return the largest value in ascending intervals, None where there is none or no end."""
        parts = common(tuple(ranges), self.inside)
        if parts and parts[-1].upper is None and self.candidates is None:
            return None  # Counts repeat: values go on without end, or there are none.
        return next((value for part in reversed(parts) for value in self._along(part, -1)), None)

    def _along(self, part: Interval, direction: int) -> Iterator[int]:
        if self.candidates is not None:
            kept = [candidate for candidate in self.candidates if candidate in part]
            yield from kept[::direction]
            return
        value = part.lower if direction > 0 else part.upper
        value += direction * (direction * (self.residue - value) % self.step)
        in_vain = 0
        while value in part and in_vain < self.period:
            in_vain += 1
            if all(count.holds_at(value) for count in self.counts):
                in_vain = 0
                yield value
            if in_vain > LONGEST_SEARCH:
                raise NoRuleError
            value += direction * self.step


NO_VALUE = Whole(candidates=())


class Squares(NamedTuple):
    """Some times the squares of whole values: those of an unknown of whose square root counts are made."""

    of: Whole
    times: int = 1

    def within(self, ranges: Iterable[Interval]) -> Iterator[int]:
        """Yield the values as `Whole.within` does."""
        return (self.times * root**2 for root in self.of.within(self._roots(ranges)))

    def last(self, ranges: Iterable[Interval]) -> int | None:
        """Return the largest value as `Whole.last` does."""
        root = self.of.last(self._roots(ranges))
        return None if root is None else self.times * root**2

    def _roots(self, ranges: Iterable[Interval]) -> Iterator[Interval]:
        """Yield the whole numbers that many times whose squares lie in intervals of whole numbers."""
        for part in ranges:
            upper = None if part.upper is None else isqrt(max(part.upper, 0) // self.times)
            yield Interval(isqrt(max(part.lower - 1, 0) // self.times) + 1, upper)


Admissible = Whole | Squares
"""The values of an unknown with which a layer can be built."""


def first(ranges: Iterable[Interval], admissible: Admissible) -> int | None:
    """Return the smallest value in ascending intervals, None where there is none."""
    return next(admissible.within(ranges), None)


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


def _at(polynomial: Polynomial, value: int) -> int:
    total = 0
    for coefficient in polynomial:
        total = total * value + coefficient
    return total
