"""Intervals of an unknown, and how they are read off the signs that an expression has along a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

End = Any
"""A whole number, Fraction or SymPy expression; None where nothing is said of an end."""

FLIPPED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
"""The signs of relations with their two sides exchanged."""


@dataclass(frozen=True)
class Interval:
    """The range from `lower` to `upper`; None where the unknown's own domain ends it.

    open_below, open_above: whether that end is left out.
    """

    lower: End
    upper: End
    open_below: bool = False
    open_above: bool = False

    @property
    def lower_sign(self) -> str:
        """How the unknown relates to `lower`."""
        return ">" if self.open_below else ">="

    @property
    def upper_sign(self) -> str:
        """How the unknown relates to `upper`."""
        return "<" if self.open_above else "<="

    def converted(self, convert: Callable[[End], End]) -> Interval:
        """Return it with the ends that it has as numbers of another kind."""
        lower, upper = (None if end is None else convert(end) for end in (self.lower, self.upper))
        return replace(self, lower=lower, upper=upper)

    def __contains__(self, value: End) -> bool:
        above = self.lower is None or (value > self.lower if self.open_below else value >= self.lower)
        below = self.upper is None or (value < self.upper if self.open_above else value <= self.upper)
        return bool(above and below)

    def __repr__(self) -> str:
        opens = "".join(f", {name}=True" for name in ("open_below", "open_above") if getattr(self, name))
        return f"Interval(lower={self.lower!r}, upper={self.upper!r}{opens})"


EVERYWHERE = Interval(None, None)


def begun_at(least: End, part: Interval) -> Interval:
    """Return an interval that leaves the start of the domain out with that start as its end."""
    return replace(part, lower=least) if part.open_below and part.lower is None else part


def intervals(
    points: Sequence[End], at: Sequence[int], between: Sequence[int], least: int
) -> tuple[Interval, ...]:
    """Return where a sign is at least `least`, in ascending order.

    points: the two ends of the domain and what cuts it in between, ascending.
    at: the sign at each point. between: the sign from each point to the next.
    An end that is the domain's own is None, but for a lone first or last point.

    >>> intervals([1, 3, None], [-1, 0, 1], [-1, 1], least=1)
    (Interval(lower=3, upper=None, open_below=True),)
    """
    found: list[Interval] = []
    begin: tuple[int, bool] | None = None
    last = len(points) - 1

    def end(place: int, is_open: bool) -> None:
        if begin is not None:
            first, open_below = begin
            lower = None if first == 0 else points[first]
            upper = None if place == last else points[place]
            found.append(Interval(lower, upper, open_below, is_open))

    for place in range(len(points)):
        if at[place] < least:
            end(place, is_open=True)
            begin = None
        elif begin is None:
            begin = place, False
        if place < last and between[place] < least:
            end(place, is_open=False)
            begin = None
        elif place < last and begin is None:
            begin = place, True
    end(last, is_open=False)
    return tuple(found)


def common(ranges: tuple[Interval, ...], others: tuple[Interval, ...]) -> list[Interval]:
    """Return the whole numbers that lie in both of two ascending rows of intervals."""
    found = []
    for one in ranges:
        for other in others:
            lower = max(one.lower, other.lower)
            upper = min((end for end in (one.upper, other.upper) if end is not None), default=None)
            if upper is None or lower <= upper:
                found.append(Interval(lower, upper))
    return found
