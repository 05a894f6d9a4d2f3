"""A table in the dialects that documents are written in: Markdown, LaTeX and HTML."""

from __future__ import annotations

import re
from html import escape

from sepcost.report.phrases import with_glyphs
from sepcost.report.table import Cell, Row, Section, Table

_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$])")
_LATEX_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{char: "\\" + char for char in "&%$#_{}"},
}
_LATEX_SIGNS = (
    (re.compile(r"-\\textgreater\{\}"), r"$\\to$"),
    (re.compile(r"\\textasciitilde\{\} "), r"$\\approx$ "),
    (re.compile(r"\*"), r"$\\cdot$"),
    (re.compile(r"\bsqrt\((\w+)\)"), r"$\\sqrt{\1}$"),
    (re.compile(r"(?<=\d)x(?=\d|\b)"), r"$\\times$"),
    (re.compile(r"\$\$"), " "),
)


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


def latex(table: Table) -> str:
    """Return a table as a LaTeX tabular, its title, warnings and notes as comments."""
    alignment = "".join("r" if column.numeric else "l" for column in table.columns)
    headings = " & ".join(latex_text(column.heading) for column in table.columns)
    rows = [" & ".join(_latex_cells(row)) + r" \\" for row in table.rows]
    return (
        "\n".join(
            [
                f"% {table.title}",
                *(f"% {warning.text}" for warning in table.warnings),
                rf"\begin{{tabular}}{{{alignment}}}",
                r"\hline",
                rf"{headings} \\",
                r"\hline",
                *rows,
                r"\hline",
                r"\end{tabular}",
                *(line for section in table.sections for line in _latex_section(section)),
                *(f"% {note.text}" for note in table.notes),
            ]
        )
        + "\n"
    )


def html(table: Table) -> str:
    """Return a table as HTML, for a notebook."""
    warnings = "<br>".join(map(html_cell, table.warnings))
    below = [(Cell(section.heading), *section.lines) for section in table.sections] + [table.notes]
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


def latex_text(text: str) -> str:
    """Return words with what LaTeX reads specially escaped."""
    return "".join(_LATEX_SPECIAL.get(char, char) for char in text)


def _latex_words(text: str) -> str:
    """Return words of plain ASCII mathematics with LaTeX's signs."""
    text = latex_text(text)
    for pattern, sign in _LATEX_SIGNS:
        text = pattern.sub(sign, text)
    return text


def _latex_cell(cell: Cell) -> str:
    if cell.latex:
        return f"${cell.latex}$"
    return latex_text(cell.text) if cell.verbatim else _latex_words(cell.text)


def _markdown_section(section: Section) -> list[str]:
    lines = [f"- {_markdown_cell(line)}" for line in section.lines]
    return ["", f"**{_markdown_text(section.heading)}**", "", *lines]


def _markdown_cells(row: Row) -> list[str]:
    first, *others = (_markdown_cell(cell) for cell in row.cells)
    return ["&emsp;" * row.level + first, *others]


def _markdown_cell(cell: Cell) -> str:
    return _MARKDOWN_SPECIAL.sub(r"\\\1", cell.text) if cell.verbatim else _markdown_text(cell.text)


def _markdown_text(text: str) -> str:
    return _MARKDOWN_SPECIAL.sub(r"\\\1", with_glyphs(text))


def _latex_section(section: Section) -> list[str]:
    lines = [rf"\[ {line.latex} \]" if line.latex else latex_text(line.text) for line in section.lines]
    return ["", rf"\paragraph{{{latex_text(section.heading)}}}", *lines]


def _html_cells(row: Row) -> list[str]:
    first, *others = (html_cell(cell) for cell in row.cells)
    return ["&emsp;" * row.level + first, *others]


def _latex_cells(row: Row) -> list[str]:
    first, *others = map(_latex_cell, row.cells)
    # The row before ends in \\, which would read a bracket or a star as its own.
    guard = "{}" if first.startswith(("[", "*")) else ""
    return [r"\quad " * row.level + guard + first, *others]
