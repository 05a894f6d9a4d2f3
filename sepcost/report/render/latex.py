"""A table as LaTeX that a document takes as it is, whose notes are typeset too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sepcost.report.phrases import with_glyphs
from sepcost.report.table import Cell, Row, Section, Table

_SIGNS = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        **{char: "\\" + char for char in "&%$#_{}"},
        "→": r"$\to$",
        "≥": r"$\geq$",
        "≤": r"$\leq$",
        "≈": r"$\approx$",
        "γ": r"$\gamma$",
        "·": r"$\cdot$",
        "×": r"$\times$",
        "√": r"$\surd$",
        "²": "$^2$",
        "³": "$^3$",
        "µ": r"$\mu$",
        "\N{REPLACEMENT CHARACTER}": "?",
    }
)
"""What LaTeX reads specially or has no letter for."""

_MATHEMATICS = (
    (re.compile(r"\\surd\$(\w+)"), r"\\sqrt{\1}$"),
    (re.compile(r"\b([NFLO])\\_([iorc])\b"), r"$\1_\2$"),
)
"""Roots and sizes, as they are once signs are typeset."""


def latex(table: Table) -> str:
    """Return a table as a LaTeX tabular, its title and warnings above it, its notes and sections below."""
    above = [bold(cell) for cell in (table.heading, *table.warnings)]
    notes = [itemized(table.notes)] if table.notes else []
    return "\n\n".join([*above, _tabular(table), *notes, *map(_section, table.sections)]) + "\n"


def bold(cell: Cell) -> str:
    """Return a cell as a line of its own."""
    return rf"\noindent\textbf{{{_cell(cell)}}}"


def itemized(cells: Sequence[Cell]) -> str:
    """Return cells, of which there is one at least, as a list."""
    return "\n".join([r"\begin{itemize}", *(rf"\item {_cell(cell)}" for cell in cells), r"\end{itemize}"])


def _tabular(table: Table) -> str:
    alignment = "".join("r" if column.numeric else "l" for column in table.columns)
    headings = " & ".join(_words(column.heading) for column in table.columns)
    lines = [
        r"\noindent",
        rf"\begin{{tabular}}{{{alignment}}}",
        r"\hline",
        rf"{headings} \\",
        r"\hline",
        *(rf"{' & '.join(_cells(row))} \\" for row in table.rows),
        r"\hline",
        r"\end{tabular}",
    ]
    return "\n".join(lines)


def _cells(row: Row) -> list[str]:
    first, *others = map(_cell, row.cells)
    return [r"\quad " * row.level + first, *others]


def _section(section: Section) -> str:
    """Return a heading with lines below it: mathematics displayed, words as a list."""
    if all(line.latex for line in section.lines):
        lines = [rf"\[ {line.latex} \]" for line in section.lines]
    else:
        lines = [itemized(section.lines)]
    return "\n".join([bold(section.heading), *lines])


def _cell(cell: Cell) -> str:
    if cell.latex:
        return f"${cell.latex}$"
    text = _text(cell.text) if cell.verbatim else _words(cell.text)
    # What stands before, \\ or \item, would read a bracket or a star as its own.
    return f"{{}}{text}" if text.startswith(("[", "*")) else text


def _words(text: str) -> str:
    """Return words of plain ASCII mathematics with its signs."""
    typeset = _text(with_glyphs(text))
    for pattern, mathematics in _MATHEMATICS:
        typeset = pattern.sub(mathematics, typeset)
    return typeset


def _text(text: str) -> str:
    """Return a text that is typeset as it is: two hyphens would be one dash."""
    return re.sub("-(?=-)", "-{}", text.translate(_SIGNS))
