"""A break-even in time as JSON, rows and a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sepcost.hardware.machines import machines_of
from sepcost.report import breakeven
from sepcost.report import phrases as words
from sepcost.report.breakeven_notes import held_words, notes
from sepcost.report.convention import convention, convention_note
from sepcost.report.given import given_document, spacing_document
from sepcost.report.machines import machine_document
from sepcost.report.result import Document, Report
from sepcost.report.roofline_phrases import bound_note, run_notes
from sepcost.report.table import Cell, Table
from sepcost.solver.rows import BreakEven
from sepcost.solver.time_breakeven import pays_on
from sepcost.solver.time_problem import TimeProblem
from sepcost.solver.times import ESTIMATE, METRIC

if TYPE_CHECKING:
    from sepcost.report.picture.figure import Picture

_TITLES = {"balance": "Machine balance, in MACs per byte,", "N_o": "N_o", "N_i": "N_i"}


def report(result: BreakEven) -> Report:
    """Return the report of a break-even, with how the layer is run and on what machine added to it."""
    problem = result.problem
    assert isinstance(problem, TimeProblem)
    base = breakeven.report(result)
    return Report(
        document=lambda: _document(result, problem, base.document()),
        records=base.records,
        table=lambda: _table(result, problem, base.table()),
        picture=lambda: _picture(result, problem),
    )


def _picture(result: BreakEven, problem: TimeProblem) -> Picture:
    from sepcost.report.picture import balance
    from sepcost.report.picture.breakeven import picture_of_time

    drawn = balance.picture if problem.unknown == "balance" else picture_of_time
    return drawn(result, held_words(problem), list(_notes(result, problem)))


def _document(result: BreakEven, problem: TimeProblem, document: Document) -> Document:
    execution = problem.execution
    document["convention"] = convention(problem.bias, execution=execution)
    document["given"] = {
        **given_document(problem),
        **problem.parameters,
        **spacing_document(problem),
    }
    if problem.unknown == "balance":
        machines = machines_of(execution.element_size)
        for row, found in zip(result.rows, document["results"], strict=True):
            if METRIC in row.metrics:
                found["machines"] = [machine.name for machine in machines if pays_on(row, machine)]
    document["machine"] = machine_document(execution.machine)
    return document


def _table(result: BreakEven, problem: TimeProblem, table: Table) -> Table:
    said = "each bound is no higher than that"
    if any(ESTIMATE in row.metrics for row in result.rows):
        said = "each bound, and each estimate, is no higher than that"
    title = f"{_TITLES[problem.unknown]} at which {said} of {result.against}"
    return table._replace(
        title=f"{title}: {held_words(problem)}",
        notes=tuple(_notes(result, problem)),
    )


def _notes(result: BreakEven, problem: TimeProblem) -> Iterator[Cell]:
    """Yield what is said below any break-even, how layers run, and on which machines schemes pay."""
    execution = problem.execution
    yield from map(Cell, notes(result))
    if problem.unknown == "balance":
        yield from _machine_notes(result, execution.element_size)
    yield from run_notes(execution)
    if execution.machine is None:
        yield bound_note()
    yield convention_note(problem.bias, execution.batch)


def _machine_notes(result: BreakEven, element_size: int) -> Iterator[Cell]:
    """Yield on which of the machines known each scheme pays."""
    each, machines = words.several(element_size, "byte"), machines_of(element_size)
    if not machines:
        yield Cell(f"no machine that is known has {each} an element")
    for alike in result.alike if machines else ():
        row, schemes = alike[0], ", ".join(each.scheme for each in alike)
        if row.condition is None or METRIC not in row.metrics:
            continue
        pays = [str(machine.name) for machine in machines if pays_on(row, machine)]
        others = [str(machine.name) for machine in machines if not pays_on(row, machine)]
        said = f"pays on {', '.join(pays) or 'none'}" + (f", not on {', '.join(others)}" if others else "")
        yield Cell(f"{schemes}, of the known machines of {each} an element: {said}")
