"""The first and last whole values inside exact bounds for which a layer can be built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isqrt

from sepcost.solver.counts import Squares, Whole
from sepcost.solver.interval import Interval, common


def first(ranges: Iterable[Interval], whole: Whole | Squares) -> int | None:
    """Return the smallest admissible value in ascending intervals, None where there is none."""
    return next(ascending(ranges, whole), None)


def ascending(ranges: Iterable[Interval], whole: Whole | Squares) -> Iterator[int]:
    """Yield the admissible values in ascending intervals, ascending; NoRuleError as `Whole.within`."""
    if isinstance(whole, Squares):
        roots = ascending(_roots(ranges, whole.times), whole.of)
        return (whole.times * root**2 for root in roots)
    return whole.within(ranges)


def last(ranges: Iterable[Interval], whole: Whole | Squares) -> int | None:
    """Return the largest admissible value, None where there is none or no end."""
    if isinstance(whole, Squares):
        return _squared(last(_roots(ranges, whole.times), whole.of), whole.times)
    ended = _ended(ranges, whole)
    return None if ended is None else next(whole.within(ended, downwards=True), None)


def _ended(ranges: Iterable[Interval], whole: Whole) -> list[Interval] | None:
    """Return where admissible values can lie, None where they have no end or there is none."""
    parts = common(tuple(ranges), whole.inside)
    # Counts repeat: values go on without end, or there are none.
    return None if parts and parts[-1].upper is None and whole.candidates is None else parts


def _roots(ranges: Iterable[Interval], times: int) -> Iterator[Interval]:
    """Yield the whole numbers that many times whose squares lie in intervals of whole numbers."""
    for part in ranges:
        upper = None if part.upper is None else isqrt(max(part.upper, 0) // times)
        yield Interval(isqrt(max(part.lower - 1, 0) // times) + 1, upper)


def _squared(root: int | None, times: int) -> int | None:
    return None if root is None else times * root**2
