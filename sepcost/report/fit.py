"""The largest layer or network within a budget as JSON, rows and a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from sepcost.core.amounts import amount
from sepcost.core.limits import Budget, Totals
from sepcost.core.metrics import METRICS, TIME, spoken
from sepcost.fitting import Fit, FitRow
from sepcost.hardware.execution import USUAL_EXECUTION, Execution, error_of, time_source
from sepcost.network.width import WIDEST, WidthFit
from sepcost.report import phrases as words
from sepcost.report.audit_document import network_document
from sepcost.report.convention import convention, convention_note
from sepcost.report.given import given_document, given_words, spacing_document
from sepcost.report.limits import number
from sepcost.report.machines import machine_document
from sepcost.report.result import Document, Record, Report
from sepcost.report.roofline_phrases import machine_note, run_notes
from sepcost.report.table import Cell, Column, Row, Table

_SCHEMA = "sepcost/fit/1"
_NAMES = {"k": "square kernel k", "size": "square size"}


def report(result: Fit) -> Report:
    """Return the largest layers, ready for every kind of output."""
    return Report(
        document=lambda: _document(result),
        records=lambda: [
            {"scheme": row.scheme, **_record(row, row.largest, result.budget)} for row in result.rows
        ],
        table=lambda: _table(result),
    )


def width_report(result: WidthFit) -> Report:
    """Return the largest width of a network, ready for every kind of output."""
    return Report(
        document=lambda: _width_document(result),
        records=lambda: [{"network": result.network.name, **_record(result, _width(result), result.budget)}],
        table=lambda: _width_table(result),
    )


def _document(result: Fit) -> Document:
    given, execution = result.given, result.execution
    return {
        "schema": _SCHEMA,
        "convention": convention(given.bias, execution=execution),
        "unknown": result.unknown,
        "given": {**given_document(given), **spacing_document(given)},
        "budget": _budget(result.budget),
        **({} if execution is None else _run(result.budget, execution)),
        "results": [{"scheme": row.scheme, **_found(row, row.largest, result.budget)} for row in result.rows],
    }


def _budget(budget: Budget) -> Document:
    return {metric: number(getattr(budget, metric)) for metric in budget.metrics}


def _run(budget: Budget, execution: Execution) -> Document:
    """Return the machine, and what a time that is limited is and how far off."""
    document: Document = {"machine": machine_document(execution.machine)}
    if budget.time is not None:
        document["source"] = time_source(execution)
        if (error := error_of(execution)) is not None:
            document["error"] = float(error)
    return document


def _found(found: FitRow | WidthFit, largest: float | None, budget: Budget) -> Document:
    """Return the largest value, what it takes and what limits it, or why there is none."""
    document: Document = {
        "largest": largest,
        **_totals(found.totals, budget),
        "limited_by": list(found.limited_by),
    }
    return document if found.reason is None else {**document, "reason": found.reason}


def _totals(totals: Totals | None, budget: Budget) -> Document:
    """Return the counts, and whatever else is limited."""
    names = (*METRICS, *_of_run(budget))
    values = {name: None if totals is None else getattr(totals, name) for name in names}
    return {name: None if value is None else number(value) for name, value in values.items()}


def _of_run(budget: Budget) -> tuple[str, ...]:
    """Return what is limited and depends on how layers run."""
    return tuple(name for name in budget.metrics if name not in METRICS)


def _record(found: FitRow | WidthFit, largest: float | None, budget: Budget) -> Record:
    limited_by = " ".join(found.limited_by) or None
    return {**_found(found, largest, budget), "limited_by": limited_by, "reason": found.reason}


def _width_document(result: WidthFit) -> Document:
    return {
        "schema": _SCHEMA,
        "convention": convention(bias=False, execution=result.execution),
        "unknown": "width",
        "network": network_document(result.network),
        "budget": _budget(result.budget),
        **_run(result.budget, result.execution),
        "results": [_found(result, _width(result), result.budget)],
    }


def _width(result: WidthFit) -> float | None:
    """Return the width, which as a decimal of two places is exact to the last digit shown."""
    return None if result.width is None else float(result.width)


def _table(result: Fit) -> Table:
    given, budget, execution = result.given, result.budget, result.execution
    name = _NAMES.get(result.unknown, result.unknown)
    heading = Column(f"largest {result.unknown}", numeric=True)
    named = [(", ".join(row.scheme for row in alike), alike[0]) for alike in result.alike]
    rows = [_cells(name, row.largest, row, budget) for name, row in named]
    notes = [f"{name}: {row.reason}" for name, row in named if row.reason is not None]
    ended = [name for name, row in named if row.largest is not None and not row.limited_by]
    no_larger = f"no larger {result.unknown} can be built of sizes up to 10^9; the budget is kept"
    notes += [f"{scheme}: {no_larger}" for scheme in ended]
    run = () if execution is None else _limit_notes(budget, execution)
    return Table(
        f"Largest {name} within {_words(budget)}: {given_words(given, result.unknown)}",
        (Column("scheme", wraps=True), heading, *_cost_columns(budget, execution or USUAL_EXECUTION)),
        tuple(rows),
        (*map(Cell, notes), *run, convention_note(given.bias, 1 if execution is None else execution.batch)),
    )


def _width_table(result: WidthFit) -> Table:
    budget, execution = result.budget, result.execution
    row = _cells(result.network.name, _width(result), result, budget, verbatim=True)
    notes = [] if result.reason is None else [result.reason]
    if result.width is not None and not result.limited_by:
        notes.append(f"no larger width up to {WIDEST} can be built; the budget is kept")
    heading = Column("largest width", numeric=True)
    run = _limit_notes(budget, execution)
    return Table(
        f"Largest width within {_words(budget)}",
        (Column("network", wraps=True), heading, *_cost_columns(budget, execution)),
        (row,),
        (*map(Cell, notes), *run, convention_note(bias=False, batch=execution.batch)),
    )


def _limit_notes(budget: Budget, execution: Execution) -> Iterator[Cell]:
    """Yield what is limited besides counts, and the machine."""
    if budget.of_machine:
        limits, those = ("limit", "that") if len(budget.of_machine) == 1 else ("limits", "those")
        yield Cell(f"{limits} of {' and '.join(budget.of_machine)}: {those} of the machine")
    held = "the parameters and of the maps" if budget.shared else "the maps"
    of = {"memory": f"memory: of {held} that live at the peak", "storage": "storage: of the parameters"}
    if said := [text for metric, text in of.items() if metric in budget.metrics]:
        yield Cell("; ".join([*said, f"{words.several(execution.element_size, 'byte')} an element"]))
    if budget.time is not None:
        yield from run_notes(execution)
    elif execution.machine is not None:
        yield machine_note(execution.machine)


def _cost_columns(budget: Budget, execution: Execution) -> Iterator[Column]:
    yield from (Column(heading, numeric=True) for heading in ("weights", "MACs"))
    for name in _of_run(budget):
        yield Column(time_source(execution) if name == TIME else spoken(name), numeric=True)
    if len(budget.metrics) > 1:
        yield Column("limited by")
        yield Column("of that limit", numeric=True)
    else:
        yield Column("of the budget", numeric=True)


def _cells(
    name: str,
    largest: float | None,
    found: FitRow | WidthFit,
    budget: Budget,
    verbatim: bool = False,
) -> Row:
    shown = words.NOTHING if largest is None else f"{largest:,}"
    totals = found.totals
    costs = [None if totals is None else getattr(totals, name) for name in (*METRICS, *_of_run(budget))]
    amounts = [words.seconds(cost) if isinstance(cost, Fraction) else words.grouped(cost) for cost in costs]
    alone = len(budget.metrics) == 1
    limits = budget.metrics if alone else found.limited_by
    by = [] if alone else [" and ".join(map(spoken, limits)) or words.NOTHING]
    return Row(
        (Cell(name, verbatim=verbatim), *map(Cell, (shown, *amounts, *by, _share(found, limits, budget))))
    )


def _share(found: FitRow | WidthFit, limits: Iterable[str], budget: Budget) -> str:
    """Return how much of a limit is spent, of several that one nearest to its end, rounded down."""
    spent = [1000 * getattr(found.totals, name) // getattr(budget, name) for name in limits if found.totals]
    return f"{max(spent) / 10:.1f}%" if spent else words.NOTHING


def _words(budget: Budget) -> str:
    return " and ".join(amount(name, getattr(budget, name)) for name in budget.metrics)
