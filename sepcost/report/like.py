"""What another counter prints for a network, and why, as JSON, rows and a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial

from sepcost.network.counters.like import Like
from sepcost.report.result import Document, Record, Report, as_page, refuse_picture
from sepcost.report.table import Cell, Column, Row, Table


def report(found: Like, name: str, document: Callable[[], Document]) -> Report:
    """Return what a counter prints for a network of that name; `document` is the audit's."""
    return Report(
        document=lambda: {**document(), "like": like_document(found)},
        records=lambda: _records(found),
        table=lambda: _table(found, name),
        others={"html": lambda: as_page(_table(found, name), footer=1)},
        picture=partial(refuse_picture, "like"),
    )


def like_document(found: Like) -> Document:
    """Return a counter's totals and each difference, as JSON has them."""
    return {
        "tool": found.tool.name,
        "version": found.tool.version,
        "unit": found.tool.unit,
        "parameters": found.parameters,
        "macs": found.macs,
        "differences": [asdict(one) for one in found.differences],
        "comparable": found.comparable,
        "doubts": list(found.doubts),
        "supposed": list(found.supposed),
    }


def _records(found: Like) -> Iterator[Record]:
    """Yield what is counted here, each difference, and their sum."""
    yield {"what": "counted here", "count": None, "parameters": found.weights, "macs": found.network_macs}
    for one in found.differences:
        yield asdict(one)
    yield {"what": found.tool.name, "count": None, "parameters": found.parameters, "macs": found.macs}


def _table(found: Like, name: str) -> Table:
    columns = (
        Column("what", wraps=True),
        Column("operators", numeric=True),
        Column("parameters", numeric=True),
        Column(f"{found.tool.unit}s", numeric=True),
    )
    *parts, total = ((one["what"], one["count"], one["parameters"], one["macs"]) for one in _records(found))
    rows = [
        Row((Cell(what, verbatim=True), _count(count), _signed(held, first), _signed(done, first)))
        for first, (what, count, held, done) in zip([True, *[False] * len(parts)], parts, strict=False)
    ]
    printed = f"{found.tool.name} {found.tool.version}"
    rows.append(Row((Cell(printed, verbatim=True), _count(None), *(_signed(one, True) for one in total[2:]))))
    title = f"{name} as counted by {printed}"
    return Table(title, columns, tuple(rows), tuple(_notes(found)), verbatim=True)


def _count(count: int | None) -> Cell:
    return Cell("" if count is None else f"{count:,}")


def _signed(number: int, is_total: bool) -> Cell:
    return Cell(f"{number:,}" if is_total or not number else f"{number:+,}")


def _notes(found: Like) -> Iterator[Cell]:
    tool = found.tool
    yield Cell(f"{tool.name}: {tool.summary}")
    for doubt in found.doubts:
        yield Cell(f"not comparable: {doubt}", verbatim=True)
    for supposed in found.supposed:
        yield Cell(supposed, verbatim=True)
    if not tool.prints_parameters:
        yield Cell(f"{tool.name} prints no parameters: those of the model stand here")
    if not tool.measured:
        yield Cell("its rules were read in its source, not tried")
    first = "the first row is weights and MACs as an audit counts them"
    yield Cell(f"{first}; {tool.of_a_mac} {tool.unit}s a MAC" if tool.of_a_mac > 1 else first)
