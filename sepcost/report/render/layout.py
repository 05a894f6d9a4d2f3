"""How a table is laid out on a terminal: which columns stand on which line of a row."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, combinations
from operator import attrgetter
from typing import NamedTuple

from sepcost.report.table import Column

GAP = 2
"""Blanks between two columns."""

MARGIN, INDENT = 1, 3
"""Blanks before the first line of a row, and before each other."""

_MOST_LINES = 3
_NARROWEST_NAME = 12

Groups = tuple[tuple[int, ...], ...]
"""The columns of each line of a row, by number."""


class Layout(NamedTuple):
    """Where columns stand.

    groups: the columns of each line of a row. first: the width of the first column, over as many lines
    as its text takes. left_out: the columns for which there is no room.
    """

    groups: Groups
    first: int
    left_out: tuple[int, ...] = ()


def laid_out(columns: Sequence[Column], widths: Sequence[int], room: int) -> Layout | None:
    """Return how columns fit into a terminal, in the fewest lines a row; None where they do not.

    For one line a row, then two, then three, it tries all columns, and all but the spare ones, which are
    numbers that others imply. It takes the one of the two whose first line is nearer to all words of a row
    and no number, and all columns where both are as near. Where neither fits, the first column is broken over
    lines, if it may be, to make room for the rest.
    widths: of the columns, in cells, as is `room`, the width of the terminal.
    """
    everything = tuple(range(len(columns)))
    needed = tuple(number for number in everything if not columns[number].spare)
    for lines in range(1, _MOST_LINES + 1):
        folded = [_folded(columns, widths, kept, lines, room) for kept in (everything, needed)]
        if found := min((each for each in folded if each is not None), key=attrgetter("off"), default=None):
            kept = tuple(chain(*found.groups))
            return Layout(found.groups, widths[0], _others(everything, kept))
        # Where a row would take one line, a name takes two at most, and nothing is left out for it.
        least = -(-widths[0] // 2) if lines == 1 else 0
        for kept in (everything,) if lines == 1 else (everything, needed):
            wrapped = _wrapped(columns, widths, kept, lines, room, max(least, _NARROWEST_NAME))
            if wrapped is not None:
                return wrapped
    return None


def _others(everything: tuple[int, ...], kept: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(number for number in everything if number not in kept)


def width_of(group: Sequence[int], widths: Sequence[int], first_line: bool) -> int:
    """Return the cells that a line takes."""
    return (MARGIN if first_line else INDENT) + sum(widths[n] for n in group) + GAP * (len(group) - 1)


def _wrapped(
    columns: Sequence[Column], widths: Sequence[int], kept: tuple[int, ...], lines: int, room: int, least: int
) -> Layout | None:
    """Return the layout with the widest first column, which is broken over lines, of a width from `least`."""
    if not columns[0].wraps:
        return None
    narrowed = [least, *widths[1:]]
    folded = _folded(columns, narrowed, kept, lines, room)
    if folded is None:
        return None
    first = narrowed[0] + room - width_of(folded.groups[0], narrowed, first_line=True)
    return Layout(folded.groups, first, _others(tuple(range(len(columns))), kept))


class _Folded(NamedTuple):
    """Columns over lines. off: how many columns the first line has beyond the words of a row, or lacks."""

    off: int
    longest: int
    groups: Groups


def _folded(
    columns: Sequence[Column], widths: Sequence[int], kept: tuple[int, ...], lines: int, room: int
) -> _Folded | None:
    """Return columns, in their order, cut into so many lines that fit; None where they cannot be.

    Of all ways to cut them it takes that whose first line is nearest to all words of a row and no number;
    of those as near, that whose longest line is the shortest.
    """
    found = []
    for cuts in combinations(range(1, len(kept)), lines - 1):
        groups = tuple(kept[start:stop] for start, stop in zip((0, *cuts), (*cuts, len(kept)), strict=True))
        longest = max(width_of(group, widths, line == 0) for line, group in enumerate(groups))
        if longest <= room:
            off = abs(len(groups[0]) - _words([columns[n] for n in kept])) if cuts else 0
            found.append(_Folded(off, longest, groups))
    return min(found, default=None)


def _words(columns: Sequence[Column]) -> int:
    """Return the number of columns up to the first number that follows words and that no word follows."""
    before = False
    for number, column in enumerate(columns):
        between = number + 1 < len(columns) and not columns[number + 1].numeric
        if column.numeric and before and not between:
            return number
        before = before or not column.numeric
    return 1
