"""Formulas as LaTeX equations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sepcost.core.metrics import spoken
from sepcost.report.render.latex import bold, itemized
from sepcost.report.table import Cell
from sepcost.solver import mathtext
from sepcost.solver.expressions import CostExpression, SchemeExpression


def latex(
    schemes: Iterable[SchemeExpression], metrics: Iterable[str], title: str, notes: Sequence[Cell]
) -> str:
    """Return equations as an `align*` of amsmath, their title above, one note or more below.

    Each side of each equation is within what Matplotlib's mathtext reads.
    """
    shown = list(metrics)
    equations = [
        rf"\mathrm{{{spoken(metric)}}}_{{\text{{{_part(scheme, cost)}}}}}"
        f" &= {mathtext.latex(getattr(cost, metric))}"
        for scheme in schemes
        for cost in scheme.costs
        for metric in shown
    ]
    block = [r"\begin{align*}", " \\\\\n".join(equations), r"\end{align*}"] if equations else []
    return "\n".join([r"% needs \usepackage{amsmath}", bold(Cell(title)), *block, "", itemized(notes)]) + "\n"


def _part(scheme: SchemeExpression, cost: CostExpression) -> str:
    part = scheme.scheme if cost is scheme.total else f"{scheme.scheme}, {cost.name}"
    return part.replace("_", r"\_")
