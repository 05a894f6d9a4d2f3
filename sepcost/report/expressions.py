"""The schemes' formulas as text, LaTeX, Python, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator

from sepcost import mathtext
from sepcost.expressions import CostExpression, Given, SchemeExpression
from sepcost.report import words
from sepcost.report.convention import convention, convention_note
from sepcost.report.given import given_document, given_words
from sepcost.report.mathematics import expression_cell
from sepcost.report.result import Document, Record, Report
from sepcost.report.table import Cell, Column, Row, Table

_EXACT_ROOT = '''\
from fractions import Fraction
from math import isqrt
from math import sqrt as float_sqrt


def sqrt(value):
    """The square root: exact where it is rational, else a float."""
    value = Fraction(value)
    root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
    return root if root * root == value else float_sqrt(value)


'''
_METRICS = ("weights", "macs")


def report(given: Given, schemes: tuple[SchemeExpression, ...]) -> Report:
    """Return formulas ready for every kind of output."""
    return Report(
        document=lambda: _document(given, schemes),
        records=lambda: list(_records(schemes)),
        table=lambda: _table(given, schemes),
        others={"python": lambda: python(schemes), "latex": lambda: latex(schemes)},
    )


def latex(schemes: tuple[SchemeExpression, ...]) -> str:
    """Return one equation a line, between dollar signs, within what mathtext reads."""
    lines = []
    for scheme in schemes:
        for cost, part in _costs(scheme):
            for metric in _METRICS:
                name = rf"\mathrm{{{'MACs' if metric == 'macs' else metric}}}_{{\mathrm{{{part}}}}}"
                lines.append(f"${name} = {mathtext.latex(getattr(cost, metric))}$")
    return "\n".join(lines) + "\n"


def python(schemes: tuple[SchemeExpression, ...]) -> str:
    """Return a Python module with a function for the weights and MACs of each stage and scheme."""
    functions = [
        _function(f"{scheme.scheme}{'' if cost is scheme.total else '_' + cost.name}_{metric}", cost, metric)
        for scheme in schemes
        for cost, _ in _costs(scheme)
        for metric in _METRICS
    ]
    body = "\n\n".join(functions)
    return (_EXACT_ROOT if "sqrt(" in body else "") + body


def _function(name: str, cost: CostExpression, metric: str) -> str:
    expression = getattr(cost, metric)
    parameters = ", ".join(mathtext.symbol_names(expression))
    # A power of a fraction is a float in Python; a root can be exact.
    returned = mathtext.text(expression).replace("gamma**(3/2)", "gamma*sqrt(gamma)")
    return f"def {name}({parameters}):\n    return {returned}\n"


def _costs(scheme: SchemeExpression) -> Iterator[tuple[CostExpression, str]]:
    """Yield each stage of a scheme, then its total, with the part of the scheme that it is."""
    if scheme.total is None:
        return
    if len(scheme.stages) > 1:
        for stage in scheme.stages:
            yield stage, f"{scheme.scheme},\\ {stage.name}"
    yield scheme.total, scheme.scheme


def _document(given: Given, schemes: tuple[SchemeExpression, ...]) -> Document:
    return {
        "schema": "sepcost/formula/1",
        "convention": convention(given.bias),
        "given": given_document(given.n_i, given.n_o, given.kernel, given.gamma, given.size),
        "schemes": [_scheme(scheme) for scheme in schemes],
    }


def _scheme(scheme: SchemeExpression) -> Document:
    if scheme.total is None:
        return {"scheme": scheme.scheme, "applicable": False, "reason": scheme.reason}
    return {
        "scheme": scheme.scheme,
        "applicable": True,
        **_texts(scheme.total),
        "stages": [{"stage": stage.name, **_texts(stage)} for stage in scheme.stages],
    }


def _texts(cost: CostExpression) -> Document:
    return {
        "weights": mathtext.text(cost.weights),
        "macs": mathtext.text(cost.macs),
        "latex": {"weights": mathtext.latex(cost.weights), "macs": mathtext.latex(cost.macs)},
    }


def _records(schemes: tuple[SchemeExpression, ...]) -> Iterator[Record]:
    for scheme in schemes:
        if scheme.total is None:
            yield {
                "scheme": scheme.scheme,
                "stage": None,
                "weights": None,
                "macs": None,
                "reason": scheme.reason,
            }
        for cost, _ in _costs(scheme):
            yield {
                "scheme": scheme.scheme,
                "stage": None if cost is scheme.total else cost.name,
                "weights": mathtext.text(cost.weights),
                "macs": mathtext.text(cost.macs),
                "reason": None,
            }


def _table(given: Given, schemes: tuple[SchemeExpression, ...]) -> Table:
    rows: list[Row] = []
    notes: list[Cell] = []
    for scheme in schemes:
        if scheme.total is None:
            rows.append(Row((Cell(scheme.scheme), Cell(words.NOTHING), Cell(words.NOTHING))))
            notes.append(Cell(f"{scheme.scheme}: not applicable: {scheme.reason}"))
            continue
        rows.append(_row(scheme.total, level=0))
        if len(scheme.stages) > 1:
            rows += [_row(stage, level=1) for stage in scheme.stages]
    title = given_words(given.n_i, given.n_o, given.kernel, given.gamma, given.size)
    return Table(
        f"Costs of one layer: {title}",
        (Column("scheme"), Column("weights"), Column("MACs")),
        tuple(rows),
        (*notes, convention_note(given.bias)),
    )


def _row(cost: CostExpression, level: int) -> Row:
    return Row((Cell(cost.name), expression_cell(cost.weights), expression_cell(cost.macs)), level)
