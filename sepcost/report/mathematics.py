"""Mathematics as cells of a table."""

from __future__ import annotations

from sepcost.report.table import Cell
from sepcost.solver import mathtext
from sepcost.solver.symbolic import Expr, Statement


def expression_cell(expression: Expr) -> Cell:
    """Return an expression as text and as LaTeX; a number has its thousands grouped."""
    text = mathtext.text(expression)
    return Cell(f"{int(text):,}" if text.isdigit() else text, mathtext.latex(expression))


def statement_cell(claim: Statement) -> Cell:
    """Return a statement as text and as LaTeX."""
    return Cell(mathtext.statement(claim, mathtext.readable), mathtext.latex_statement(claim))
