"""A table on a terminal: over as many lines a row as its width needs, and no number cut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from rich.cells import cell_len

from sepcost.report.phrases import with_glyphs
from sepcost.report.render.layout import GAP, INDENT, MARGIN, Layout, laid_out, width_of
from sepcost.report.render.plain import row_texts
from sepcost.report.table import Cell, Row, Section, Table

_BOLD, _DIM, _GREEN = "1", "2", "32"
_LONGEST_BAR = 24
_SHORTEST_BAR = 8
_NARROWEST = 30  # Words are broken over lines from here on, but none is taken apart.


def terminal(table: Table, width: int, color: bool, unicode: bool) -> str:
    """Return a table as a terminal of `width` columns shows it.

    color: whether styles are drawn; unicode: whether the terminal shows more than ASCII.
    """
    screen = _Screen(max(width, _NARROWEST), color, unicode)
    return "".join(f"{line.rstrip()}\n" for line in screen.drawn(table))


class _Screen:
    """What a terminal can show."""

    def __init__(self, width: int, color: bool, unicode: bool) -> None:
        self.width = width
        self.color = color
        self.unicode = unicode
        self.known: dict[str, str] = {}

    def drawn(self, table: Table) -> Iterator[str]:
        """Yield the lines of a table and what stands above and below it."""
        headings = [self._glyphs(column.heading) for column in table.columns]
        rows = [self._texts(row) for row in table.rows]
        widths = [max(map(_width, texts)) for texts in zip(headings, *rows, strict=True)]
        layout = laid_out(table.columns, widths, self.width)
        for line in (table.heading, *table.warnings):
            yield from self._paragraph(line, _BOLD)
        yield ""
        if layout is None:
            yield from self._stacked(table, headings, rows)
        else:
            yield from _Grid(self, table, headings, rows, widths, layout).drawn()
        yield ""
        for section in table.sections:
            yield from self._section(section)
        if layout is not None and layout.left_out:
            left_out = ", ".join(table.columns[number].heading for number in layout.left_out)
            yield from self._paragraph(Cell(f"no room for: {left_out}"), _DIM)
        for note in table.notes:
            yield from self._paragraph(note, _DIM)

    def styled(self, text: str, style: str | None) -> str:
        """Return a text in a style, where there are styles."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and style and text else text

    def _stacked(self, table: Table, headings: list[str], rows: list[list[str]]) -> Iterator[str]:
        """Yield a block of `heading  entry` lines for each row."""
        for row, (name, *texts) in zip(table.rows, rows, strict=True):
            told = [(heading, text) for heading, text in zip(headings[1:], texts, strict=True) if text]
            width = max((_width(heading) for heading, _ in told), default=0)
            # A number alone does not say what it is.
            yield f"{headings[0]} {name}" if table.columns[0].numeric else name
            before = 2 + 2 * row.level
            for heading, text in told:
                room = self.width - before - width - GAP
                first, *more = _broken(text, room, apart=False)
                yield " " * before + self.styled(_padded(heading, width), _DIM) + " " * GAP + first
                yield from (" " * (before + width + GAP) + part for part in more)

    def _section(self, section: Section) -> Iterator[str]:
        heading = _broken(self._words(section.heading), self.width)
        yield from (self.styled(line, _BOLD) for line in heading)
        for line in section.lines:
            yield from (f"  {part}" for part in _broken(self._words(line), self.width - 2))
        yield ""

    def _paragraph(self, cell: Cell, style: str) -> Iterator[str]:
        yield from (self.styled(line, style) for line in _broken(self._words(cell), self.width))

    def _texts(self, row: Row) -> list[str]:
        return [
            text if cell.verbatim else self._glyphs(text)
            for text, cell in zip(row_texts(row), row.cells, strict=True)
        ]

    def _words(self, cell: Cell) -> str:
        return cell.text if cell.verbatim else self._glyphs(cell.text)

    def _glyphs(self, text: str) -> str:
        """Return a text with the signs that the terminal shows; the same few texts stand in most rows."""
        if not self.unicode:
            return text
        if text not in self.known:
            self.known[text] = with_glyphs(text)
        return self.known[text]


class _Grid:
    """A table's rows under their headings, in a layout."""

    def __init__(
        self,
        screen: _Screen,
        table: Table,
        headings: list[str],
        rows: list[list[str]],
        widths: list[int],
        layout: Layout,
    ) -> None:
        self.screen = screen
        self.table = table
        self.headings = headings
        self.rows = rows
        self.widths = [layout.first, *widths[1:]]
        self.groups = layout.groups
        self.longest = max(width_of(group, self.widths, line == 0) for line, group in enumerate(self.groups))

    def drawn(self) -> Iterator[str]:
        """Yield the lines of the grid."""
        screen, rows = self.screen, self.table.rows
        bar = self._room_for_bars()
        longest = max((row.bar for row in rows if row.bar), default=Fraction(1))
        for line in self._lines(self.headings):
            yield screen.styled(line, _BOLD)
        across = self.longest - MARGIN + (bar + GAP if bar else 0)
        yield " " * MARGIN + ("─" if screen.unicode else "-") * across
        for row, texts in zip(rows, self.rows, strict=True):
            drawn = screen.styled(_bar(row.bar, longest, bar, screen.unicode), _GREEN) if bar else ""
            for number, line in enumerate(self._lines(texts)):
                shown = screen.styled(line.rstrip(), _DIM) if row.level else line
                yield f"{shown}{' ' * GAP}{drawn}" if drawn and number == 0 else shown

    def _room_for_bars(self) -> int:
        """Return how long the longest bar is, 0 where there is none."""
        room = self.screen.width - self.longest - GAP
        has_bars = len(self.groups) == 1 and any(row.bar for row in self.table.rows)
        return min(room, _LONGEST_BAR) if has_bars and room >= _SHORTEST_BAR else 0

    def _lines(self, texts: Sequence[str]) -> Iterator[str]:
        """Yield the lines of a row; one on which nothing would stand is left out."""
        names = _broken(texts[0], self.widths[0]) if _width(texts[0]) > self.widths[0] else [texts[0]]
        for line, group in enumerate(self.groups):
            if line == 0:
                yield " " * MARGIN + self._aligned(
                    [names[0], *(texts[number] for number in group[1:])], group
                )
                yield from (" " * MARGIN + name for name in names[1:])
            elif any(texts[number] for number in group):
                yield " " * INDENT + self._aligned([texts[number] for number in group], group)

    def _aligned(self, texts: Iterable[str], group: Sequence[int]) -> str:
        columns = self.table.columns
        return (" " * GAP).join(
            _padded(text, self.widths[number], at_right=columns[number].numeric)
            for text, number in zip(texts, group, strict=True)
        )


def _padded(text: str, width: int, at_right: bool = False) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if at_right else text + blanks


def _width(text: str) -> int:
    """Return the cells that a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def _broken(text: str, width: int, apart: bool = True) -> list[str]:
    """Return a text over lines of at most a width, broken between words.

    apart: whether a longer word, which no number is, is taken apart.
    """
    lines, line = [], ""
    for word in re.findall(r"\s*\S+|\s+$", text):
        if line and _width(line + word) > width:
            lines.append(line)
            line, word = "", word.lstrip()
        while apart and _width(word) > width:
            most = next(number for number in range(len(word)) if _width(word[: number + 1]) > width)
            lines.append(word[:most])
            word = word[most:]
        line += word
    return [*lines, line] if line or not lines else lines


def _bar(value: Fraction | None, longest: Fraction, room: int, unicode: bool) -> str:
    if value is None:
        return ""
    return ("█" if unicode else "#") * max(1, round(value * room / longest))
