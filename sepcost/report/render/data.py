"""A result as data: JSON and CSV, exact whole numbers in base units."""

from __future__ import annotations

from collections.abc import Iterable

from sepcost.report.result import Document, Record

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def json(document: Document) -> str:
    """Return a result as JSON, the same bytes for the same result, with no NaN or Infinity."""
    from json import dumps

    return dumps(document, indent=2, allow_nan=False) + "\n"


def csv(records: Iterable[Record], headings: Iterable[str] = ()) -> str:
    """Return rows as CSV under one heading; an empty cell stands for None.

    headings: of the columns, where there are no rows.
    """
    import csv as library
    import io

    text = io.StringIO()
    writer = library.writer(text, lineterminator="\n")
    for record in records:
        if not text.tell():
            writer.writerow(record)
        writer.writerow(map(_csv_value, record.values()))
    if headings and not text.tell():
        writer.writerow(headings)
    return text.getvalue()


def _csv_value(value: object) -> object:
    """Return a value as CSV has it; text that a spreadsheet would run is quoted with an apostrophe."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value
