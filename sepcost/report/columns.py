"""Fields as the columns and cells of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sepcost.hardware.execution import Execution
from sepcost.report import phrases as words
from sepcost.report.fields import Field, fields_for
from sepcost.report.table import Cell, Column

_WRITTEN: dict[str, Callable[[Any], str]] = {
    "count": words.grouped,
    "ratio": words.decimal,
    "factor": words.times,
    "seconds": words.seconds,
    "word": str,
    "binder": str,
}


def columns_of(
    fields: Iterable[Field], execution: Execution | None, result: object
) -> list[tuple[Field, Column]]:
    """Return the fields that have a column in a result's table, each with that column."""
    found = []
    for field in fields_for(fields, execution):
        heading = field.heading(result) if callable(field.heading) else field.heading
        if heading is not None:
            found.append((field, Column(heading, numeric=field.unit != "binder", spare=field.spare)))
    return found


def cell_of(field: Field, row: object, result: object) -> Cell:
    """Return what a row's cell says of a field."""
    return value_cell(field, field.value(row, result), result)


def total_cell(field: Field, result: object) -> Cell:
    """Return what the cell of all rows together says of a field; it is blank where they come to nothing."""
    return value_cell(field, field.in_all(result), result) if field.total else Cell("")


def value_cell(field: Field, value: Any, result: Any) -> Cell:
    """Return what a cell says of a field's value."""
    if value is None:
        return Cell(words.NOTHING)
    if field.unit == "macs":
        return Cell(words.grouped(value * result.unit.of_a_mac))
    return Cell(_WRITTEN[field.unit](value))
