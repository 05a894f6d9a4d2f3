"""How a table is laid out on a terminal: which columns stand on which line of a row."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
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
    """Return the layout of the fewest lines a row that fits into a room; None where none does.

    No column that identifies a row is left out, nor a number but one that other columns imply.
    widths: of the columns, in cells of a terminal, as is `room`.
    """
    everything = tuple(range(len(columns)))
    needed = tuple(number for number in everything if not columns[number].spare)
    for lines in range(1, _MOST_LINES + 1):
        for kept in (everything, needed):
            if (groups := _folded(columns, widths, kept, lines, room)) is not None:
                return Layout(groups, widths[0], _others(everything, kept))
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
    groups = _folded(columns, narrowed, kept, lines, room)
    if groups is None:
        return None
    first = narrowed[0] + room - width_of(groups[0], narrowed, first_line=True)
    return Layout(groups, first, _others(tuple(range(len(columns))), kept))


def _folded(
    columns: Sequence[Column], widths: Sequence[int], kept: tuple[int, ...], lines: int, room: int
) -> Groups | None:
    """Return columns over a number of lines; the first, where it can, has what is no number.

    Of those alike the one whose longest line is the shortest.
    """
    found = []
    for cuts in combinations(range(1, len(kept)), lines - 1):
        groups = tuple(kept[start:stop] for start, stop in zip((0, *cuts), (*cuts, len(kept)), strict=True))
        longest = max(width_of(group, widths, line == 0) for line, group in enumerate(groups))
        if longest <= room:
            off = abs(len(groups[0]) - _words([columns[n] for n in kept])) if cuts else 0
            found.append((off, longest, groups))
    return min(found)[-1] if found else None


def _words(columns: Sequence[Column]) -> int:
    """Return the number of columns up to the first number that follows words and that no word follows."""
    before = False
    for number, column in enumerate(columns):
        between = number + 1 < len(columns) and not columns[number + 1].numeric
        if column.numeric and before and not between:
            return number
        before = before or not column.numeric
    return 1
