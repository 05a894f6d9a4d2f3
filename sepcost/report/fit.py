"""The largest layer or network within a budget as JSON, rows and a table."""

from __future__ import annotations

from sepcost.core.limits import LimitCheck
from sepcost.core.metrics import METRICS, TIME, spoken
from sepcost.fitting import Budget, Fit, FitRow, Totals
from sepcost.network.width import WidthFit
from sepcost.report import phrases as words
from sepcost.report.audit import network_document
from sepcost.report.convention import convention, convention_note
from sepcost.report.given import given_document, given_words, spacing_document
from sepcost.report.limits import measured_words, number
from sepcost.report.result import Document, Record, Report
from sepcost.report.roofline_phrases import bound_note, estimate_notes, machine_note
from sepcost.report.table import Cell, Column, Row, Table

_SCHEMA = "sepcost/fit/1"
_NAMES = {"k": "square kernel k", "size": "square size"}


def report(result: Fit) -> Report:
    """Return the largest layers, ready for every kind of output."""
    return Report(
        document=lambda: _document(result),
        records=lambda: [_record(row) for row in result.rows],
        table=lambda: _table(result),
    )


def width_report(result: WidthFit) -> Report:
    """Return the largest width of a network, ready for every kind of output."""
    return Report(
        document=lambda: _width_document(result),
        records=lambda: [_width_record(result)],
        table=lambda: _width_table(result),
    )


def _document(result: Fit) -> Document:
    given = result.given
    return {
        "schema": _SCHEMA,
        "convention": convention(given.bias),
        "unknown": result.unknown,
        "given": {**given_document(given), **spacing_document(given)},
        "budget": _budget(result.budget),
        "results": [_result(row) for row in result.rows],
    }


def _budget(budget: Budget) -> Document:
    return {metric: number(getattr(budget, metric)) for metric in budget.metrics}


def _result(row: FitRow) -> Document:
    document: Document = {
        "scheme": row.scheme,
        "largest": row.largest,
        **_totals(row.totals),
        "limited_by": list(row.limited_by),
    }
    return document if row.reason is None else {**document, "reason": row.reason}


def _totals(totals: Totals | None) -> Document:
    """Return the counts, and whatever else is limited."""
    if totals is None:
        return {"weights": None, "macs": None}
    every = totals._asdict()
    return {
        name: None if value is None else number(value)
        for name, value in every.items()
        if name in METRICS or value is not None
    }


def _record(row: FitRow) -> Record:
    return {**_result(row), "limited_by": " ".join(row.limited_by) or None, "reason": row.reason}


def _width_document(result: WidthFit) -> Document:
    found: Document = {
        "largest": _width(result),
        **_totals(result.totals),
        "limited_by": list(result.limited_by),
    }
    if result.reason is not None:
        found["reason"] = result.reason
    return {
        "schema": _SCHEMA,
        "convention": convention(bias=False),
        "unknown": "width",
        "network": network_document(result.network),
        "budget": _budget(result.budget),
        "results": [found],
    }


def _width_record(result: WidthFit) -> Record:
    return {
        "network": result.network.name,
        "largest": _width(result),
        **_totals(result.totals),
        "limited_by": " ".join(result.limited_by) or None,
        "reason": result.reason,
    }


def _width(result: WidthFit) -> float | None:
    """Return the width, which as a decimal of two places is exact to the last digit shown."""
    return None if result.width is None else float(result.width)


def _table(result: Fit) -> Table:
    given = result.given
    name = _NAMES.get(result.unknown, result.unknown)
    columns = (Column("scheme"), Column(f"largest {result.unknown}", numeric=True), *_cost_columns())
    rows = [_cells(row.scheme, row.largest, row.totals, result.budget) for row in result.rows]
    notes = [f"{row.scheme}: {row.reason}" for row in result.rows if row.reason is not None]
    ended = [row.scheme for row in result.rows if row.largest is not None and not row.limited_by]
    notes += [f"{scheme}: there is no larger {result.unknown}; the budget is kept" for scheme in ended]
    return Table(
        f"Largest {name} within {_words(result.budget)}: {given_words(given, result.unknown)}",
        columns,
        tuple(rows),
        (*map(Cell, notes), convention_note(given.bias)),
    )


def _width_table(result: WidthFit) -> Table:
    row = _cells(result.network.name, _width(result), result.totals, result.budget, verbatim=True)
    notes = [] if result.reason is None else [result.reason]
    if result.width is not None and not result.limited_by:
        notes.append("there is no larger width; the budget is kept")
    machine = result.execution.machine
    run = [] if machine is None else [bound_note(), *estimate_notes(machine), machine_note(machine)]
    return Table(
        f"Largest width within {_words(result.budget)}",
        (Column("network", wraps=True), Column("largest width", numeric=True), *_cost_columns()),
        (row,),
        (*map(Cell, notes), *run, convention_note(bias=False)),
    )


def _cost_columns() -> tuple[Column, ...]:
    return (
        Column("weights", numeric=True),
        Column("MACs", numeric=True),
        Column("of the budget", numeric=True),
    )


def _cells(
    name: str,
    largest: float | None,
    totals: Totals | None,
    budget: Budget,
    verbatim: bool = False,
) -> Row:
    shown = words.NOTHING if largest is None else f"{largest:,}"
    weights, macs = (None, None) if totals is None else totals[:2]
    return Row(
        (
            Cell(name, verbatim=verbatim),
            Cell(shown),
            Cell(words.grouped(weights)),
            Cell(words.grouped(macs)),
            Cell(_share(totals, budget)),
        )
    )


def _share(totals: Totals | None, budget: Budget) -> str:
    """Return how much of the budget is spent, of two the one nearer to its end, rounded down."""
    if totals is None:
        return words.NOTHING
    thousandths = max(1000 * getattr(totals, name) // getattr(budget, name) for name in budget.metrics)
    return f"{thousandths / 10:.1f}%"


def _words(budget: Budget) -> str:
    limits = (LimitCheck(name, getattr(budget, name), 0) for name in budget.metrics)
    return " and ".join(
        measured_words(each, each.limit) + ("" if each.metric == TIME else f" {spoken(each.metric)}")
        for each in limits
    )
