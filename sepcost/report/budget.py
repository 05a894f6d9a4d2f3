"""Budgets and what was compared with them, as JSON, rows, a table and GitHub annotations."""

from __future__ import annotations

from sepcost.core.metrics import METRICS
from sepcost.network.budget import BudgetRow, Budgets
from sepcost.report import phrases as words
from sepcost.report.budget_notes import budget_notes
from sepcost.report.convention import convention, convention_note
from sepcost.report.limits import limit_line, measure, measured_record, measured_words
from sepcost.report.result import Document, Record, Report
from sepcost.report.table import Cell, Column, Row, Table

_HEADINGS: Record = dict.fromkeys(
    ("name", "layer", "metric", "limit", "value", "passed", "source", "error", "bytes"),
)
"""The columns of CSV, which are the same whether or not a layer or a time is limited."""


def report(budgets: Budgets, path: str = "") -> Report:
    """Return checked budgets ready for every kind of output; `path` is the file they stand in."""
    return Report(
        document=lambda: _document(budgets),
        records=lambda: [_HEADINGS | _record(row) for row in budgets.rows],
        table=lambda: _table(budgets),
        others={"github": lambda: "".join(_annotation(row, path) for row in budgets.rows)},
    )


def subject(row: BudgetRow) -> str:
    """Return the budget, and the layer where it is held for layers, with the others that exceed it."""
    if row.layer is None:
        return row.name
    return f"{row.name}, {row.layer}" + (f" (also {words.first_of(row.others)})" if row.others else "")


def _document(budgets: Budgets) -> Document:
    return {
        "schema": "sepcost/check/1",
        "convention": convention(bias=False),
        "passed": budgets.passed,
        "budgets": [{**_record(row), **_others(row)} for row in budgets.rows],
    }


def _record(row: BudgetRow) -> Record:
    record: Record = {"name": row.name, **measured_record(row.check)}
    if row.check.metric not in METRICS:
        record["bytes"] = None if row.own else row.execution.element_size
    return record if row.layer is None else {**record, "layer": row.layer}


def _others(row: BudgetRow) -> Document:
    return {"others": list(row.others)} if row.others else {}


def _table(budgets: Budgets) -> Table:
    columns = (
        Column("budget", wraps=True),
        Column("counted"),
        Column("limit", numeric=True),
        Column("value", numeric=True),
        Column("held"),
    )
    held = sum(row.check.passed for row in budgets.rows)
    title = f"{held:,} of {words.several(len(budgets.rows), 'limit')} held"
    notes = (*budget_notes(budgets), convention_note(bias=False))
    return Table(title, columns, tuple(map(_row, budgets.rows)), notes)


def _row(row: BudgetRow) -> Row:
    check = row.check
    return Row(
        (
            Cell(subject(row), verbatim=True),
            Cell(measure(check)),
            Cell(measured_words(check, check.limit)),
            Cell(measured_words(check, check.value)),
            Cell("yes" if check.passed else "no"),
        )
    )


def _annotation(row: BudgetRow, path: str) -> str:
    """Return a workflow command that GitHub shows beside the file."""
    check = row.check
    if check.passed:
        value, limit = (measured_words(check, number) for number in (check.value, check.limit))
        said = f"{measure(check)} {value} within the limit of {limit}"
    else:
        said = limit_line(check)
    level = "notice" if check.passed else "error"
    return f"::{level} file={_property(path)},title={_property(subject(row))}::{_message(said)}\n"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
