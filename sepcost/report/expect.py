"""The conventions by which a network has a number that was printed for it, as JSON, rows and a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from sepcost.core.amounts import amount
from sepcost.core.metrics import spoken
from sepcost.network.counters.expect import Convention, Expectation
from sepcost.report.result import Document, Record, Report, as_page, refuse_picture
from sepcost.report.table import Cell, Column, Row, Table

Expectations = Mapping[str, Expectation]
"""What was printed, by its metric: 'macs' or 'weights'."""


def report(found: Expectations, name: str, document: Callable[[], Document]) -> Report:
    """Return which conventions give printed numbers; `document` is the audit's of a network of that name."""
    return Report(
        document=lambda: {**document(), "expect": {key: _document(one) for key, one in found.items()}},
        records=lambda: _records(found),
        table=lambda: _table(found, name),
        others={"html": lambda: as_page(_table(found, name))},
        picture=partial(refuse_picture, "expect_macs"),
    )


def _document(one: Expectation) -> Document:
    return {
        "printed": one.number.text,
        "conventions": [{**_convention(match.convention), "how": match.how} for match in one.matches],
        "nearest": None if one.nearest is None else _convention(one.nearest),
    }


def _convention(one: Convention) -> Document:
    return {"counts": one.counts, "without": list(one.without), "value": one.value}


def _records(found: Expectations) -> Iterator[Record]:
    """Yield a row for each convention; for a number that none gives, one that names none."""
    for metric, one in found.items():
        asked: Record = {"metric": metric, "printed": one.number.text}
        for match in one.matches:
            named = {"convention": match.convention.name, "value": match.convention.value, "how": match.how}
            yield {**asked, **named}
        if not one.matches:
            yield {**asked, "convention": None, "value": None, "how": None}


def _table(found: Expectations, name: str) -> Table:
    columns = (Column("convention", wraps=True), Column("value", numeric=True), Column("printed"))
    rows = [
        Row((Cell(convention.name), Cell(f"{convention.value:,}"), Cell(f"{one.number.text} {how}")))
        for one in found.values()
        for convention, how in _shown(one)
    ]
    asked = " and ".join(_printed(one, metric) for metric, one in found.items())
    return Table(f"{name}: what gives {asked}", columns, tuple(rows), tuple(_notes(found)), verbatim=True)


def _shown(one: Expectation) -> Iterator[tuple[Convention, str]]:
    """Yield the conventions that give a number, else the nearest, each with how it gives it."""
    yield from one.matches
    if one.nearest is not None:
        apart = one.nearest.value - int(one.number.value)
        yield one.nearest, f"{'is exceeded by' if apart > 0 else 'is missed by'} {abs(apart):,}"


def _printed(one: Expectation, metric: str) -> str:
    """Return the number as it was printed, and what it counts."""
    return amount(metric, 1) if one.number.text == "1" else f"{one.number.text} {spoken(metric)}"


def _notes(found: Expectations) -> Iterator[Cell]:
    for metric, one in found.items():
        if one.nearest is not None:
            asked = _printed(one, metric)
            yield Cell(f"no convention that is known here gives {asked}: the nearest is shown")
    yield Cell("the classifier: the dense layers at the end; the stem: the first layer, a convolution")
