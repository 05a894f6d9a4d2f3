"""The schemes' formulas as text, LaTeX, Python, Markdown and JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sepcost.core.given import Given
from sepcost.report import phrases as words
from sepcost.report.convention import convention, convention_note, run_convention
from sepcost.report.given import given_document, given_words, spacing_document
from sepcost.report.mathematics import expression_cell
from sepcost.report.result import Document, Record, Report
from sepcost.report.roofline_phrases import traffic_note
from sepcost.report.table import Cell, Column, Row, Section, Table
from sepcost.solver import mathtext
from sepcost.solver.expressions import OUT_R, CostExpression, Expressions, SchemeExpression
from sepcost.solver.symbolic import L_C, L_R

_EXACT = "from fractions import Fraction\n"
_EXACT_ROOT = '''\
from math import isqrt
from math import sqrt as float_sqrt


def sqrt(value):
    """The square root: exact where it is rational, else a float."""
    value = Fraction(value)
    root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
    return root if root * root == value else float_sqrt(value)
'''
_SECTIONS = {
    "numbers read and written, weights besides": ("inputs", "outputs"),
    "bytes moved": ("bytes",),
    "MACs per byte": ("intensity",),
}
"""What a table shows below it, line by line."""

_METRICS = ("weights", "macs", "inputs", "outputs", "bytes", "intensity")


def report(result: Expressions) -> Report:
    """Return formulas ready for every kind of output."""
    return Report(
        document=lambda: _document(result),
        records=lambda: list(_records(result.schemes)),
        table=lambda: _table(result),
        others={"python": lambda: python(result), "latex": lambda: latex(result)},
    )


def latex(result: Expressions) -> str:
    """Return one equation a line, between dollar signs, within what mathtext reads."""
    lines = [f"% {_title(result.given)}"]
    for scheme in result.schemes:
        for cost, part in _costs(scheme):
            for metric in _METRICS:
                name = rf"\mathrm{{{'MACs' if metric == 'macs' else metric}}}_{{\mathrm{{{part}}}}}"
                lines.append(f"${name} = {mathtext.latex(getattr(cost, metric))}$")
    lines += [f"% {note.text}" for note in _notes(result)]
    return "\n".join(lines) + "\n"


def python(result: Expressions) -> str:
    """Return a Python module with a function for the weights, MACs and traffic of each stage and scheme."""
    functions = [
        _function(f"{scheme.scheme}{'' if cost is scheme.total else '_' + cost.name}_{metric}", cost, metric)
        for scheme in result.schemes
        for cost, _ in _costs(scheme)
        for metric in _METRICS
    ]
    body = "\n\n".join(functions)
    notes = "\n".join(note.text for note in _notes(result))
    imports = _EXACT if "Fraction(" in body or "sqrt(" in body else ""
    root = _EXACT_ROOT if "sqrt(" in body else ""
    parts = [f'"""{_title(result.given)}.\n\n{notes}\n"""\n', imports + root, "\n" + body]
    return "\n".join(part for part in parts if part.strip())


def _function(name: str, cost: CostExpression, metric: str) -> str:
    expression = getattr(cost, metric)
    parameters = ", ".join(mathtext.symbol_names(expression))
    # A power of a fraction and a quotient of whole numbers are floats in Python; these are exact.
    returned = mathtext.text(expression).replace("gamma**(3/2)", "gamma*sqrt(gamma)")
    returned = re.sub(r"/(\d+)", r"/Fraction(\1)", returned)
    return f"def {name}({parameters}):\n    return {returned}\n"


def _costs(scheme: SchemeExpression) -> Iterator[tuple[CostExpression, str]]:
    """Yield each stage of a scheme, then its total, with the part of the scheme that it is."""
    if scheme.total is None:
        return
    if len(scheme.stages) > 1:
        for stage in scheme.stages:
            yield stage, f"{scheme.scheme},\\ {stage.name}"
    yield scheme.total, scheme.scheme


def _document(result: Expressions) -> Document:
    return {
        "schema": "sepcost/formula/1",
        "convention": {
            **convention(result.given.bias, result.batch),
            **run_convention(result.number_bytes, result.fused),
        },
        "given": {**given_document(result.given), **spacing_document(result.given)},
        "schemes": [_scheme(scheme) for scheme in result.schemes],
    }


def _scheme(scheme: SchemeExpression) -> Document:
    if scheme.total is None:
        return {"scheme": scheme.scheme, "applicable": False, "reason": scheme.reason}
    return {
        "scheme": scheme.scheme,
        "applicable": True,
        "realizable": scheme.broken is None,
        **_texts(scheme.total),
        "stages": [{"stage": stage.name, **_texts(stage)} for stage in scheme.stages],
    }


def _texts(cost: CostExpression) -> Document:
    return {
        **{metric: mathtext.text(getattr(cost, metric)) for metric in _METRICS},
        "latex": {metric: mathtext.latex(getattr(cost, metric)) for metric in _METRICS},
    }


def _records(schemes: tuple[SchemeExpression, ...]) -> Iterator[Record]:
    for scheme in schemes:
        if scheme.total is None:
            nothing = dict.fromkeys(_METRICS)
            yield {"scheme": scheme.scheme, "stage": None, **nothing, "reason": scheme.reason}
        for cost, _ in _costs(scheme):
            yield {
                "scheme": scheme.scheme,
                "stage": None if cost is scheme.total else cost.name,
                **{metric: mathtext.text(getattr(cost, metric)) for metric in _METRICS},
                "reason": None,
            }


def _table(result: Expressions) -> Table:
    rows: list[Row] = []
    for scheme in result.schemes:
        if scheme.total is None:
            rows.append(Row((Cell(scheme.scheme), Cell(words.NOTHING), Cell(words.NOTHING))))
            continue
        rows.append(_row(scheme.total, level=0))
        if len(scheme.stages) > 1:
            rows += [_row(stage, level=1) for stage in scheme.stages]
    return Table(
        _title(result.given),
        (Column("scheme"), Column("weights"), Column("MACs")),
        tuple(rows),
        tuple(_notes(result)),
        tuple(_section(result, heading, metrics) for heading, metrics in _SECTIONS.items()),
    )


def _section(result: Expressions, heading: str, metrics: tuple[str, ...]) -> Section:
    """Return what each scheme and each of its stages has of some metrics, a line each."""
    lines = []
    for scheme in result.schemes:
        for cost, _ in _costs(scheme):
            name = cost.name if cost is scheme.total else f"{scheme.scheme}, {cost.name}"
            cells = [expression_cell(getattr(cost, metric)) for metric in metrics]
            text = " and ".join(cell.text for cell in cells)
            latex = r" \ \mathrm{and} \ ".join(str(cell.latex) for cell in cells)
            lines.append(Cell(f"{name}: {text}", rf"\mathrm{{{name}:}} \ {latex}"))
    return Section(heading, tuple(lines))


def _title(given: Given) -> str:
    return f"Costs of one layer: {given_words(given)}"


def _notes(result: Expressions) -> list[Cell]:
    schemes = result.schemes
    reasons = {scheme.scheme: scheme.reason for scheme in schemes if scheme.reason is not None}
    notes = [Cell(f"{scheme}: not applicable: {reason}") for scheme, reason in reasons.items()]
    notes += [Cell(f"{each.scheme}: not realizable: {each.broken}") for each in schemes if each.broken]
    if any(OUT_R in scheme.total.macs.free_symbols for scheme in schemes if scheme.total is not None):
        notes.append(Cell("O_r, O_c: output rows and columns"))
    if any({L_R, L_C} & each.total.bytes.free_symbols for each in schemes if each.total is not None):
        notes.append(Cell("L_r, L_c: input rows and columns"))
    return [
        *notes,
        traffic_note(result.number_bytes, result.fused),
        convention_note(result.given.bias, result.batch),
    ]


def _row(cost: CostExpression, level: int) -> Row:
    return Row((Cell(cost.name), expression_cell(cost.weights), expression_cell(cost.macs)), level)
