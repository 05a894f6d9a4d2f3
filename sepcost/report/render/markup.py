"""A table as Markdown and as HTML."""

from __future__ import annotations

import re
from html import escape

from sepcost.report.phrases import with_glyphs
from sepcost.report.table import Cell, Row, Section, Table

_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$])")


def markdown(table: Table) -> str:
    """Return a table as GitHub Markdown."""
    headings = [_markdown_text(column.heading) for column in table.columns]
    rules = ["---:" if column.numeric else "---" for column in table.columns]
    lines = [headings, rules, *(_markdown_cells(row) for row in table.rows)]
    body = ["| " + " | ".join(line) + " |" for line in lines]
    sections = [line for section in table.sections for line in _markdown_section(section)]
    notes = [f"- {_markdown_cell(note)}" for note in table.notes]
    above = [line for warning in table.warnings for line in (f"**{_markdown_cell(warning)}**", "")]
    title = f"**{_markdown_cell(table.heading)}**"
    return "\n".join([title, "", *above, *body, "", *notes, *sections]) + "\n"


def html(table: Table) -> str:
    """Return a table as HTML, for a notebook."""
    warnings = "<br>".join(map(html_cell, table.warnings))
    below = [(section.heading, *section.lines) for section in table.sections] + [table.notes]
    parts = ["<p>" + "<br>".join(map(html_cell, part)) + "</p>" for part in below]
    above = f"<p>{warnings}</p>" if warnings else ""
    return above + html_table(table, caption=True) + "".join(parts)


def html_table(table: Table, footer: int = 0, caption: bool = False) -> str:
    """Return the rows of a table as HTML, numbers in cells of the class 'number'.

    footer: how many rows at the end are its foot. caption: whether its title stands above it.
    """
    title = f"<caption>{html_cell(table.heading)}</caption>" if caption else ""
    classes = [' class="number"' if column.numeric else "" for column in table.columns]
    headings = [escape(with_glyphs(column.heading)) for column in table.columns]
    head = "".join(f"<th{each}>{heading}</th>" for each, heading in zip(classes, headings, strict=True))
    rows = [
        "<tr>"
        + "".join(f"<td{each}>{cell}</td>" for each, cell in zip(classes, cells, strict=True))
        + "</tr>"
        for cells in map(_html_cells, table.rows)
    ]
    body, foot = rows[: len(rows) - footer], rows[len(rows) - footer :]
    feet = "<tfoot>" + "\n".join(foot) + "</tfoot>" if foot else ""
    return (
        f"<table>{title}<thead><tr>{head}</tr></thead><tbody>" + "\n".join(body) + f"</tbody>{feet}</table>"
    )


def html_cell(cell: Cell) -> str:
    """Return a cell as HTML."""
    return escape(cell.text if cell.verbatim else with_glyphs(cell.text))


def _markdown_section(section: Section) -> list[str]:
    lines = [f"- {_markdown_cell(line)}" for line in section.lines]
    return ["", f"**{_markdown_cell(section.heading)}**", "", *lines]


def _markdown_cells(row: Row) -> list[str]:
    first, *others = (_markdown_cell(cell) for cell in row.cells)
    return ["&emsp;" * row.level + first, *others]


def _markdown_cell(cell: Cell) -> str:
    return _MARKDOWN_SPECIAL.sub(r"\\\1", cell.text) if cell.verbatim else _markdown_text(cell.text)


def _markdown_text(text: str) -> str:
    return _MARKDOWN_SPECIAL.sub(r"\\\1", with_glyphs(text))


def _html_cells(row: Row) -> list[str]:
    first, *others = (html_cell(cell) for cell in row.cells)
    return ["&emsp;" * row.level + first, *others]
