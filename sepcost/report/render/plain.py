"""A table as aligned plain text: no box, no escape codes, and no number ever cut."""

from __future__ import annotations

from sepcost.report.table import Row, Section, Table

_GAP = "  "
_INDENT = "  "


def plain(table: Table) -> str:
    """Return a table as text of any width."""
    headings = [column.heading for column in table.columns]
    lines = [headings, *(row_texts(row) for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    body = [_aligned(line, widths, table) for line in lines]
    sections = [line for section in table.sections for line in _section(section)]
    notes = [note.text for note in table.notes]
    warnings = [warning.text for warning in table.warnings]
    return "\n".join([table.title, *warnings, "", *body, "", *sections, *notes]) + "\n"


def row_texts(row: Row) -> list[str]:
    """Return the texts of a row, a part of another row indented."""
    first, *others = (cell.text for cell in row.cells)
    return [_INDENT * row.level + first, *others]


def _section(section: Section) -> list[str]:
    return [section.title, *(_INDENT + line.text for line in section.lines), ""]


def _aligned(texts: list[str], widths: list[int], table: Table) -> str:
    padded = (
        text.rjust(width) if column.numeric else text.ljust(width)
        for text, width, column in zip(texts, widths, table.columns, strict=True)
    )
    return _GAP.join(padded).rstrip()
