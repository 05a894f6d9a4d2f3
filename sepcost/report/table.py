"""What people are shown: a table of cells, the same for every dialect that draws it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Cell:
    """One entry of a table, in words of plain ASCII mathematics, such as `N_o >= 9/8`.

    latex: the same as LaTeX, where it is mathematics.
    verbatim: whether the text is a name from outside, to be shown as it is.
    """

    text: str
    latex: str | None = None
    verbatim: bool = False


@dataclass(frozen=True)
class Column:
    """A column's heading, and whether it holds numbers, which are aligned at their right."""

    heading: str
    numeric: bool = False


@dataclass(frozen=True)
class Row:
    """Cells in the order of the columns.

    level: 1 for a part of the row above it, else 0.
    bar: what a terminal may draw as a bar, None for none.
    """

    cells: tuple[Cell, ...]
    level: int = 0
    bar: Fraction | None = None


@dataclass(frozen=True)
class Section:
    """Lines under a heading, such as a derivation."""

    heading: str
    lines: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A table with a title above it, and sections and notes below it."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Cell, ...] = ()
    sections: tuple[Section, ...] = ()
