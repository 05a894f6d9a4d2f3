"""A table on a terminal, drawn by rich: stacked, never cut, where the terminal is too narrow."""

from __future__ import annotations

import io
from fractions import Fraction

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from sepcost.report.plain import row_texts
from sepcost.report.table import Cell, Row, Section, Table
from sepcost.report.words import with_glyphs

_LONGEST_BAR = 24
_SHORTEST_BAR = 8
_UNLIMITED = 100_000


def terminal(table: Table, width: int, color: bool, unicode: bool) -> str:
    """Return a table as a terminal of `width` columns shows it.

    color: whether styles are drawn; unicode: whether the terminal shows more than ASCII.
    """
    screen = _Screen(width, color, unicode)
    grid = screen.grid(table, bar=0)
    needed = screen.console.measure(grid).maximum
    if needed > width:
        return screen.drawn(table, screen.stacked(table))
    room = min(width - needed - 2, _LONGEST_BAR)
    if room >= _SHORTEST_BAR and any(row.bar for row in table.rows):
        grid = screen.grid(table, bar=room)
    return screen.drawn(table, grid)


class _Screen:
    """What a terminal can show."""

    def __init__(self, width: int, color: bool, unicode: bool) -> None:
        self.width = width
        self.unicode = unicode
        self.console = Console(
            file=io.StringIO(),
            width=_UNLIMITED,
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
        title = self._wrapped(Text(self._glyphs(table.title), "bold"))
        with self.console.capture() as capture:
            self.console.print(Group(title, body, *sections, *notes))
        lines = (line.rstrip() for line in capture.get().splitlines())
        return "\n".join(lines) + "\n"

    def grid(self, table: Table, bar: int) -> RichTable:
        """Return the table with a bar of at most `bar` columns beside each row that has one."""
        grid = RichTable(
            box=box.SIMPLE_HEAD if self.unicode else box.ASCII2, pad_edge=False, header_style="bold"
        )
        for column in table.columns:
            grid.add_column(
                self._glyphs(column.heading), justify="right" if column.numeric else "left", no_wrap=True
            )
        if bar:
            grid.add_column("", no_wrap=True)
        longest = max((row.bar for row in table.rows if row.bar), default=Fraction(1))
        for row in table.rows:
            drawn = [Text(_bar(row.bar, longest, bar, self.unicode), "green")] if bar else []
            grid.add_row(*self._texts(row), *drawn, style="dim" if row.level else "")
        return grid

    def stacked(self, table: Table) -> RenderableType:
        """Return the table as a block of `heading  entry` lines per row."""
        blocks: list[RenderableType] = [Text()]
        for row in table.rows:
            texts = self._texts(row)
            pairs = RichTable.grid(padding=(0, 2, 0, 0))
            for column, text in zip(table.columns[1:], texts[1:], strict=True):
                if text.plain:
                    pairs.add_row(Text(self._glyphs(column.heading), "dim"), text)
            blocks += [texts[0], Padding(pairs, (0, 0, 0, 2 + 2 * row.level), expand=False)]
        return Group(*blocks, Text())

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
