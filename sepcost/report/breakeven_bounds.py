"""A break-even of roofline bounds as JSON, rows and a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sepcost.core.errors import QuantityError
from sepcost.hardware.machines import machines_of
from sepcost.report import breakeven as break_even
from sepcost.report import phrases as words
from sepcost.report.convention import convention, convention_note, run_convention
from sepcost.report.given import given_document, given_words, spacing_document
from sepcost.report.machines import machine_document
from sepcost.report.result import Document, Report
from sepcost.report.roofline_phrases import bound_note, machine_note, traffic_note
from sepcost.report.table import Cell, Table
from sepcost.solver.bounds import RooflineQuestion, pays_on
from sepcost.solver.breakeven import BreakEven

if TYPE_CHECKING:
    from sepcost.report.picture.figure import Picture

_TITLES = {"balance": "Machine balance, in MACs per byte,", "N_o": "N_o"}


def report(result: BreakEven) -> Report:
    """Return the report of a break-even, with how the layer is run and on what machine added to it."""
    question = result.question
    assert isinstance(question, RooflineQuestion)
    base = break_even.report(result)
    return Report(
        document=lambda: _document(result, question, base.document()),
        records=base.records,
        table=lambda: _table(result, question, base.table()),
        picture=lambda: _picture(result, question),
    )


def _picture(result: BreakEven, question: RooflineQuestion) -> Picture:
    from sepcost.report.picture import balance

    if question.unknown != "balance":
        raise QuantityError("-o: --metric time has a picture with --for balance alone: give another ending")
    notes = _table(result, question, break_even.report(result).table()).notes
    return balance.picture(result, given_words(question), notes)


def _document(result: BreakEven, question: RooflineQuestion, document: Document) -> Document:
    document["convention"] = {
        **convention(question.bias, question.batch),
        **run_convention(question.number_bytes, question.fused),
    }
    document["given"] = {**given_document(question), **spacing_document(question)}
    if question.unknown == "balance":
        machines = machines_of(question.number_bytes)
        for row, found in zip(result.rows, document["results"], strict=True):
            found["machines"] = [machine.name for machine in machines if pays_on(row, machine)]
    document["machine"] = None if question.machine is None else machine_document(question.machine)
    return document


def _table(result: BreakEven, question: RooflineQuestion, table: Table) -> Table:
    *notes, _ = table.notes
    if question.unknown == "balance":
        notes += _machine_notes(result, question.number_bytes)
    notes += [traffic_note(question.number_bytes, question.fused), bound_note()]
    if question.machine is not None:
        notes.append(machine_note(question.machine))
    title = f"{_TITLES[question.unknown]} at which each bound is no higher than that of {result.against}"
    return table._replace(
        title=f"{title}: {given_words(question)}",
        notes=(*notes, convention_note(question.bias, question.batch)),
    )


def _machine_notes(result: BreakEven, number_bytes: int) -> Iterator[Cell]:
    """Yield on which of the machines known each scheme pays."""
    each, machines = words.several(number_bytes, "byte"), machines_of(number_bytes)
    if not machines:
        yield Cell(f"no machine that --machine knows has {each} a number")
    for row in result.rows if machines else ():
        if row.condition is None:
            continue
        pays = [str(machine.name) for machine in machines if pays_on(row, machine)]
        others = [str(machine.name) for machine in machines if not pays_on(row, machine)]
        said = f"pays on {', '.join(pays) or 'none'}" + (f", not on {', '.join(others)}" if others else "")
        yield Cell(f"{row.scheme}, of the known machines of {each} a number: {said}")
