"""The first and last whole values inside exact bounds for which a layer can be built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isqrt

from sepcost.solver.counts import LONGEST_SEARCH, SearchError, Squares, Whole, common
from sepcost.solver.interval import Interval


def first(ranges: Iterable[Interval], whole: Whole | Squares) -> int | None:
    """Return the smallest admissible value in ascending intervals, None where there is none."""
    if isinstance(whole, Squares):
        return _squared(first(map(_roots, ranges), whole.of))
    return next(whole.within(ranges), None)


def last(ranges: Iterable[Interval], whole: Whole | Squares) -> int | None:
    """Return the largest admissible value, None where there is none or no end."""
    if isinstance(whole, Squares):
        return _squared(last(map(_roots, ranges), whole.of))
    ended = _ended(ranges, whole)
    return None if ended is None else next(whole.within(ended, downwards=True), None)


def last_square(ranges: Iterable[Interval], whole: Whole | Squares) -> int | None:
    """Return the largest admissible value that is a square, None where there is none or no end."""
    if isinstance(whole, Squares):
        return last(ranges, whole)
    ended = _ended(ranges, whole)
    if ended is None:
        return None
    if whole.candidates is not None:
        return next((v for v in whole.within(ended, downwards=True) if isqrt(v) ** 2 == v), None)
    for tried, value in enumerate(_squares(ended)):
        if value in whole:
            return value
        if tried > LONGEST_SEARCH:
            raise SearchError
    return None


def _ended(ranges: Iterable[Interval], whole: Whole) -> list[Interval] | None:
    """Return where admissible values can lie, None where they have no end or there is none."""
    parts = common(tuple(ranges), whole.inside)
    # Counts repeat: values go on without end, or there are none.
    return None if parts and parts[-1].upper is None and whole.candidates is None else parts


def _roots(part: Interval) -> Interval:
    """Return the whole numbers whose squares lie in an interval of whole numbers from 1 on."""
    return Interval(isqrt(part.lower - 1) + 1, None if part.upper is None else isqrt(part.upper))


def _squared(root: int | None) -> int | None:
    return None if root is None else root**2


def _squares(parts: list[Interval]) -> Iterator[int]:
    """Yield the squares in intervals that have an end, the greatest first."""
    for part in reversed(parts):
        root = isqrt(part.upper)
        while root * root >= part.lower:
            yield root * root
            root -= 1
