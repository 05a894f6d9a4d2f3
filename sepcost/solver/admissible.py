"""The first and last whole values inside exact bounds for which a layer can be built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import isqrt

from sepcost.solver.counts import Squares, Whole, whole_numbers
from sepcost.solver.interval import Interval, common
from sepcost.solver.rows import BreakEvenRow
from sepcost.solver.symbolic import Expr


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


def with_whole_ends(
    row: BreakEvenRow,
    holds: Iterable[Interval],
    cheaper: Iterable[Interval],
    domain: tuple[Expr, Expr | None],
    admissible: Whole | Squares,
    realizable: Whole | Squares,
) -> BreakEvenRow:
    """Return a row with the first and the last values with which a layer is built.

    holds, cheaper: ascending intervals in which the scheme costs no more, and less. domain: the ends of the
    unknown's own. realizable: those of the admissible values with which multipliers are whole too.
    Raises NoRuleError as `Whole.within`.
    """
    no_more, less = ([whole_numbers(part, *domain) for part in parts] for parts in (holds, cheaper))
    strictly_first = first(less, admissible)
    return replace(
        row,
        first=first(no_more, admissible),
        last=last(no_more, admissible),
        strictly_first=strictly_first,
        strictly_last=last(less, admissible),
        strictly=() if strictly_first is None else None,
        first_realizable=first(no_more, realizable),
        last_realizable=last(no_more, realizable),
    )


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
