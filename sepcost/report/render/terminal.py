"""A table on a terminal, drawn by rich: stacked, never cut, where the terminal is too narrow."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import compress

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from sepcost.report.phrases import with_glyphs
from sepcost.report.render.plain import row_texts
from sepcost.report.table import Cell, Row, Section, Table

_LONGEST_BAR = 24
_SHORTEST_BAR = 8
_NARROWEST_NAME = 12
_NARROWEST = 30  # Words are broken over lines from here on, but none is taken apart.
_UNLIMITED = 100_000


def terminal(table: Table, width: int, color: bool, unicode: bool) -> str:
    """Return a table as a terminal of `width` columns shows it.

    color: whether styles are drawn; unicode: whether the terminal shows more than ASCII.
    """
    screen = _Screen(width, color, unicode)
    candidate = table
    for candidate in (table, *_narrower(table)):
        if (room := width - screen.width_of(candidate)) >= 0:
            bar = min(room - 2, _LONGEST_BAR) if any(row.bar for row in table.rows) else 0
            return screen.drawn(candidate, screen.grid(candidate, bar if bar >= _SHORTEST_BAR else 0))
    if (wrapped := screen.wrapped(candidate)) is not None:
        return screen.drawn(candidate, wrapped)
    return screen.drawn(table, screen.stacked(table))


def _narrower(table: Table) -> Iterator[Table]:
    """Yield the table without its spare columns, one more of them each time, and a note that names them."""
    for last in sorted(column.spare for column in table.columns if column.spare):
        kept = [not 0 < column.spare <= last for column in table.columns]
        rows = (row._replace(cells=tuple(compress(row.cells, kept))) for row in table.rows)
        left_out = ", ".join(column.heading for column in table.columns if 0 < column.spare <= last)
        yield table._replace(
            columns=tuple(compress(table.columns, kept)),
            rows=tuple(rows),
            notes=(Cell(f"no room for: {left_out}"), *table.notes),
        )


class _Screen:
    """What a terminal can show."""

    def __init__(self, width: int, color: bool, unicode: bool) -> None:
        self.width = max(width, _NARROWEST)
        self.unicode = unicode
        self.console = Console(
            file=io.StringIO(),
            width=_UNLIMITED,
            height=25,  # Without it, a dumb terminal is taken to have 80 columns.
            force_terminal=True,
            color_system="standard" if color else None,
            no_color=not color,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def drawn(self, table: Table, body: RenderableType) -> str:
        sections = [line for section in table.sections for line in self._section(section)]
        notes = [self._wrapped(Text(self._words(note), "dim")) for note in table.notes]
        title = self._wrapped(Text(self._words(table.heading), "bold"))
        with self.console.capture() as capture:
            self.console.print(Group(title, body, *sections, *notes))
        lines = (line.rstrip() for line in capture.get().splitlines())
        return "\n".join(lines) + "\n"

    def width_of(self, table: Table) -> int:
        """Return the columns that a table takes on the terminal."""
        return self.console.measure(self.grid(table)).maximum

    def wrapped(self, table: Table) -> RichTable | None:
        """Return the table with its first column broken over lines, None where that is not enough."""
        grid = self.grid(table)
        if not table.columns[0].wraps:
            return None
        names = max(cell_len(row.cells[0].text) for row in table.rows)
        room = names - (self.console.measure(grid).maximum - self.width)
        if room < _NARROWEST_NAME:
            return None
        first = grid.columns[0]
        first.no_wrap, first.overflow, first.width = False, "fold", room
        return grid

    def grid(self, table: Table, bar: int = 0) -> RichTable:
        """Return the table with a bar of at most `bar` columns beside each row that has one."""
        grid = RichTable(
            box=box.SIMPLE_HEAD if self.unicode else box.ASCII2,
            pad_edge=False,
            padding=(0, 1, 0, 0),
            header_style="bold",
        )
        headings = [self._glyphs(column.heading) for column in table.columns]
        rows = [self._texts(row) for row in table.rows]
        for column, heading, *texts in zip(table.columns, headings, *rows, strict=True):
            # With a width that is known, rich need not measure what stands in the column.
            width = max(map(cell_len, (heading, *(text.plain for text in texts))))
            grid.add_column(heading, justify="right" if column.numeric else "left", no_wrap=True, width=width)
        if bar:
            grid.add_column("", no_wrap=True, width=bar)
        longest = max((row.bar for row in table.rows if row.bar), default=Fraction(1))
        for row, texts in zip(table.rows, rows, strict=True):
            drawn = [Text(_bar(row.bar, longest, bar, self.unicode), "green")] if bar else []
            grid.add_row(*texts, *drawn, style="dim" if row.level else "")
        return grid

    def stacked(self, table: Table) -> RenderableType:
        """Return the table as a block of `heading  entry` lines per row."""
        headings = [self._glyphs(column.heading) for column in table.columns]
        lines = [Text()]
        for row in table.rows:
            name, *texts = self._texts(row)
            told = [(heading, text) for heading, text in zip(headings[1:], texts, strict=True) if text.plain]
            width = max((cell_len(heading) for heading, _ in told), default=0)
            indent = " " * (2 + 2 * row.level)
            # A number alone does not say what it is.
            lines.append(Text.assemble(headings[0], " ", name) if table.columns[0].numeric else name)
            for heading, text in told:
                padding = " " * (width - cell_len(heading))
                lines.append(Text.assemble(indent, (heading + padding, "dim"), "  ", text))
        return Group(*lines, Text())

    def _texts(self, row: Row) -> list[Text]:
        indented = row_texts(row)
        return [
            Text(text if cell.verbatim else self._glyphs(text))
            for text, cell in zip(indented, row.cells, strict=True)
        ]

    def _section(self, section: Section) -> list[RenderableType]:
        heading = Text(self._glyphs(section.heading), "bold")
        lines = [Padding(self._wrapped(Text(self._words(line)), 2), (0, 0, 0, 2)) for line in section.lines]
        return [heading, *lines, Text()]

    def _words(self, cell: Cell) -> str:
        return cell.text if cell.verbatim else self._glyphs(cell.text)

    def _glyphs(self, text: str) -> str:
        return with_glyphs(text) if self.unicode else text

    def _wrapped(self, text: Text, indent: int = 0) -> RenderableType:
        return Group(*text.wrap(self.console, self.width - indent))


def _bar(value: Fraction | None, longest: Fraction, room: int, unicode: bool) -> str:
    if value is None:
        return ""
    return ("█" if unicode else "#") * max(1, round(value * room / longest))
