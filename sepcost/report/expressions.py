"""The schemes' formulas as JSON, rows and a table; other modules have them as LaTeX and as Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sepcost.core.metrics import BYTES_MOVED, FORMULA_KINDS, LIMITED, METRICS
from sepcost.core.scheme import Parameter
from sepcost.hardware.execution import USUAL_EXECUTION
from sepcost.report import phrases as words
from sepcost.report.convention import convention, run_convention
from sepcost.report.expressions_latex import latex
from sepcost.report.expressions_notes import notes
from sepcost.report.expressions_python import python
from sepcost.report.given import given_document, given_words, parameter_words, spacing_document
from sepcost.report.mathematics import expression_cell
from sepcost.report.pytorch import pytorch
from sepcost.report.result import Document, Record, Report
from sepcost.report.table import Cell, Column, Row, Section, Table
from sepcost.solver import mathtext
from sepcost.solver.constraints import constraint_words
from sepcost.solver.expressions import CostExpression, Expressions, SchemeExpression

_EVERY = tuple(metric for metrics in FORMULA_KINDS.values() for metric in metrics)
_COLUMNS = {
    **{metric: LIMITED[metric].heading for metric in METRICS},
    "inputs": "elements read",
    "outputs": "elements written",
}
_SECTIONS = {
    "elements of the maps read and written": ("inputs", "outputs"),
    BYTES_MOVED: ("bytes",),
    "MACs per byte": ("intensity",),
}
"""What a table shows below it, line by line."""

_LEFT_OUT = "elements and bytes moved, and MACs per byte: {}"


def report(result: Expressions, only: Iterable[str] = (), traffic_by: str = "") -> Report:
    """Return formulas ready for every kind of output.

    only: of FORMULA_KINDS, those that are shown. Unless it says so, data has all of them, and what people
    read, a table or LaTeX, has traffic where the result says how a layer runs.
    traffic_by: what else shows it.
    """
    chosen = [metric for kind in FORMULA_KINDS if kind in only for metric in FORMULA_KINDS[kind]]
    shown = tuple(chosen) or _EVERY
    says_run = result.execution != USUAL_EXECUTION
    in_full = bool(chosen) or says_run
    read = shown if in_full else METRICS
    left_out = () if in_full or not traffic_by else (Cell(_LEFT_OUT.format(traffic_by)),)

    def described(
        write: Callable[..., str], metrics: tuple[str, ...], more: tuple[Cell, ...] = ()
    ) -> Callable[[], str]:
        return lambda: write(result.schemes, metrics, _title(result), (*notes(result, metrics), *more))

    names = [each.scheme for each in result.schemes]
    return Report(
        document=lambda: _document(result, shown),
        records=lambda: list(_records(result.schemes, shown)),
        table=lambda: _table(result, read, left_out),
        others={
            "python": described(python, shown),
            "latex": described(latex, read, left_out),
            "pytorch": lambda: pytorch(result.given, names, result.parameters),
        },
    )


def _document(result: Expressions, shown: tuple[str, ...]) -> Document:
    given = {**given_document(result.given), **spacing_document(result.given)}
    return {
        "schema": "sepcost/formula/1",
        "convention": {
            **convention(result.given.bias, result.execution.batch),
            **run_convention(result.execution.bytes, result.execution.fused),
        },
        "given": given | ({"parameters": dict(result.parameters)} if result.parameters else {}),
        "schemes": [_scheme(scheme, shown) for scheme in result.schemes],
    }


def _scheme(scheme: SchemeExpression, shown: tuple[str, ...]) -> Document:
    if scheme.total is None:
        return {"scheme": scheme.scheme, "applicable": False, "reason": scheme.reason}
    return {
        "scheme": scheme.scheme,
        "applicable": True,
        "realizable": scheme.broken is None,
        **({"reason": scheme.broken} if scheme.broken else {}),
        **_texts(scheme.total, shown),
        "parameters": [_parameter(each) for each in scheme.parameters],
        "constraints": constraint_words(scheme.constraints),
        "stages": [{"stage": stage.name, **_texts(stage, shown)} for stage in scheme.stages],
    }


def _parameter(parameter: Parameter) -> Document:
    return {"name": parameter.name, "symbol": parameter.symbol, "default": parameter.default}


def _texts(cost: CostExpression, shown: tuple[str, ...]) -> Document:
    return {
        **{metric: mathtext.text(getattr(cost, metric)) for metric in shown},
        "latex": {metric: mathtext.latex(getattr(cost, metric)) for metric in shown},
    }


def _records(schemes: tuple[SchemeExpression, ...], shown: tuple[str, ...]) -> Iterator[Record]:
    for scheme in schemes:
        if scheme.total is None:
            nothing = dict.fromkeys(shown)
            yield {"scheme": scheme.scheme, "stage": None, **nothing, "reason": scheme.reason}
        for cost in scheme.costs:
            yield {
                "scheme": scheme.scheme,
                "stage": None if cost is scheme.total else cost.name,
                **{metric: mathtext.text(getattr(cost, metric)) for metric in shown},
                "reason": scheme.broken,
            }


def _table(result: Expressions, shown: tuple[str, ...], left_out: tuple[Cell, ...]) -> Table:
    columns = [metric for metric in METRICS if metric in shown] or ["inputs", "outputs"]
    sections = (
        _section(result, heading, metrics)
        for heading, metrics in _SECTIONS.items()
        if metrics[0] in shown and metrics[0] not in columns
    )
    return Table(
        _title(result),
        (Column("scheme", wraps=True), *(Column(_COLUMNS[metric]) for metric in columns)),
        tuple(row for alike in result.alike for row in _rows(alike, columns)),
        (*notes(result, shown), *left_out),
        tuple(sections),
    )


def _rows(alike: tuple[SchemeExpression, ...], columns: list[str]) -> Iterator[Row]:
    scheme, name = alike[0], _named(alike)
    if scheme.total is None:
        yield Row((Cell(name), *[Cell(words.NOTHING)] * len(columns)))
        return
    yield _row(name, scheme.total, columns, level=0)
    if len(scheme.stages) > 1:
        yield from (_row(stage.name, stage, columns, level=1) for stage in scheme.stages)


def _named(alike: tuple[SchemeExpression, ...]) -> str:
    return ", ".join(scheme.scheme for scheme in alike)


def _section(result: Expressions, heading: str, metrics: tuple[str, ...]) -> Section:
    """Return what each scheme and each of its stages has of some metrics, a line each."""
    lines = []
    for alike in result.alike:
        for cost in alike[0].costs:
            schemes = _named(alike)
            name = schemes if cost is alike[0].total else f"{schemes}, {cost.name}"
            cells = [expression_cell(getattr(cost, metric)) for metric in metrics]
            lines.append(Cell(f"{name}: {' and '.join(cell.text for cell in cells)}"))
    return Section(heading, tuple(lines))


def _title(result: Expressions) -> str:
    given = [given_words(result.given), *parameter_words(result.parameters)]
    return f"Costs of one layer: {', '.join(given)}"


def _row(name: str, cost: CostExpression, columns: list[str], level: int) -> Row:
    return Row((Cell(name), *(expression_cell(getattr(cost, metric)) for metric in columns)), level)
