"""What people are shown: a table of cells, the same for every dialect that draws it."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class Cell(NamedTuple):
    """One entry of a table, in words of plain ASCII mathematics, such as `N_o >= 9/8`.

    latex: the same as LaTeX, where it is mathematics.
    verbatim: whether the text is a name from outside, to be shown as it is.
    """

    text: str
    latex: str | None = None
    verbatim: bool = False


class Column(NamedTuple):
    """A column of a table.

    numeric: whether it holds numbers, which are aligned at their right.
    spare: whether the other columns imply it, so that a narrow terminal may leave it out.
    wraps: whether a narrow terminal may break its entries over lines, as it may a name.
    """

    heading: str
    numeric: bool = False
    spare: bool = False
    wraps: bool = False


class Row(NamedTuple):
    """Cells in the order of the columns.

    level: 1 for a part of the row above it, else 0.
    bar: what a terminal may draw as a bar, None for none.
    """

    cells: tuple[Cell, ...]
    level: int = 0
    bar: Fraction | None = None


class Section(NamedTuple):
    """Lines under a title, such as a derivation."""

    title: str
    lines: tuple[Cell, ...]

    @property
    def heading(self) -> Cell:
        """The title as a cell."""
        return Cell(self.title)


class Table(NamedTuple):
    """A table with a title above it, and sections and notes below it.

    warnings: what is to be known before the rows are read, below the title.
    verbatim: whether the title holds a name from outside, and is to be shown as it is.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Cell, ...] = ()
    sections: tuple[Section, ...] = ()
    verbatim: bool = False
    warnings: tuple[Cell, ...] = ()

    @property
    def heading(self) -> Cell:
        """The title as a cell."""
        return Cell(self.title, verbatim=self.verbatim)
