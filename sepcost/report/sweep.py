"""A grid of layers written in batches; a small one also as JSON, rows and a table."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sepcost.core.errors import FieldError, QuantityError, one_of
from sepcost.core.quantity import by, checked_field
from sepcost.report import phrases as words
from sepcost.report.columns import columns_of, value_cell
from sepcost.report.comparison_fields import SCHEME_FIELDS
from sepcost.report.convention import convention, convention_note
from sepcost.report.machines import machine_document
from sepcost.report.render.output import Destination, show
from sepcost.report.render.progress import progress
from sepcost.report.render.streams import opened
from sepcost.report.result import Document, Record, Report
from sepcost.report.roofline_phrases import run_notes, time_saving_note
from sepcost.report.table import Cell, Column, Row, Table
from sepcost.sweep.grid import Grid

if TYPE_CHECKING:
    from sepcost.report.picture.figure import Picture

MOST_SHOWN = 10_000
"""The most rows that are shown in a format that is not written in batches."""


def write(grid: Grid, destination: Destination, wanted: Sequence[str] | None = None) -> None:
    """Write a grid to where it is wanted, a batch at a time.

    wanted: the columns of rows that are data, in order; all of them unless given.

    Raises QuantityError for a format that cannot hold so many rows or go to stdout, MissingExtraError
    without Polars, FileError where it cannot be written, ReaderGoneError where nobody reads.
    """
    from sepcost.report.render.batches import WRITERS, interrupts_kept
    from sepcost.sweep.columns import batches
    from sepcost.sweep.wanted import checked_columns

    format_ = destination.format
    columns = None if wanted is None else checked_field("columns", partial(checked_columns, grid), wanted)
    if format_ not in WRITERS:
        if columns is not None:
            raise FieldError("columns", f"is for {', '.join(WRITERS)}: leave it out, or give -f csv")
        if grid.rows > MOST_SHOWN:
            raise QuantityError(f"{_too_many(grid)}: give -f {one_of(tuple(WRITERS))}")
        show(report(grid), destination)
        return
    if format_ == "parquet" and destination.output is None:
        raise QuantityError("-f parquet: Parquet goes into a file: give -o")
    beside_rows = destination.output is None and sys.stdout is not None and sys.stdout.isatty()
    with (
        opened(destination.output) as stream,
        progress(grid.rows, shown=not beside_rows) as advance,
        interrupts_kept() as raise_dropped,
        WRITERS[format_](stream) as write_batch,
    ):
        for batch in batches(grid, wanted=columns):
            write_batch(batch)
            advance(batch.height)
            del batch  # not to be held while the next one is computed
            raise_dropped()


def rows_line(grid: Grid) -> str:
    """Return how many rows a grid has, in words: one for each layer and scheme, or variant of a scheme."""
    schemes = words.several(len(grid.schemes), "scheme")
    if len(grid.variants) > len(grid.schemes):
        schemes = f"{words.several(len(grid.variants), 'variant')} of {schemes}"
    return f"{words.several(grid.rows, 'row')}: {words.several(grid.layers, 'layer')} in {schemes}"


def _too_many(grid: Grid) -> str:
    return f"{rows_line(grid)}, and {MOST_SHOWN:,} rows are shown at most"


def report(grid: Grid) -> Report:
    """Return a small grid ready for every kind of output.

    Raises QuantityError for one of too many rows.
    """
    if grid.rows > MOST_SHOWN:
        raise QuantityError(f"{_too_many(grid)}: sepcost.batches yields them all")
    return Report(
        document=lambda: _document(grid),
        records=lambda: _records(grid),
        table=lambda: _table(grid),
        picture=lambda: _picture(grid),
    )


def _picture(grid: Grid) -> Picture:
    from sepcost.report.picture import sweep

    return sweep.picture(grid, lambda: _records(grid), list(_run_notes(grid)))


def _document(grid: Grid) -> Document:
    return {
        "schema": "sepcost/sweep/1",
        "convention": convention(grid.bias, execution=grid.execution),
        "machine": machine_document(grid.machine),
        "against": grid.against,
        "rows": list(_records(grid)),
    }


def _records(grid: Grid) -> Iterator[Record]:
    from sepcost.sweep.columns import batches

    for batch in batches(grid):
        yield from batch.iter_rows(named=True)


def _table(grid: Grid) -> Table:
    """Return the rows with the sizes that vary, and those that do not in the title."""
    records = list(_records(grid))
    sizes = [_sizes(record) for record in records]
    varied = [name for name in sizes[0] if len({row[name] for row in sizes}) > 1]
    known = columns_of(SCHEME_FIELDS, grid.execution if grid.asks_for_bytes else None, grid)
    shown = [(field, column) for field, column in known if field.name in records[0]]
    columns = (
        *(Column(name, numeric=True) for name in varied),
        Column("scheme"),
        *(Column(name, numeric=True) for name in grid.parameters),
        *(column for _, column in shown),
    )
    rows = []
    for record, size in zip(records, sizes, strict=True):
        leading = [
            *(size[name] for name in varied),
            record["scheme"],
            *(words.grouped(record[name]) for name in grid.parameters),
        ]
        costs = (value_cell(field, record[field.name], grid) for field, _ in shown)
        rows.append(Row((*map(Cell, leading), *costs)))
    fixed = [f"{name} {value}" for name, value in sizes[0].items() if name not in varied]
    return Table(", ".join([rows_line(grid), *fixed]), columns, tuple(rows), tuple(_notes(grid)))


def _notes(grid: Grid) -> Iterator[Cell]:
    yield Cell(words.saving_note(grid.against, grid.weights_apart))
    if grid.machine is not None:
        yield time_saving_note(grid.against)
    yield from _run_notes(grid)


def _run_notes(grid: Grid) -> Iterator[Cell]:
    """Yield how layers run, on what machine, and what is counted."""
    if grid.asks_for_bytes:
        yield from run_notes(grid.execution)
    yield convention_note(grid.bias, grid.execution.batch)


def _sizes(record: Record) -> dict[str, str]:
    """Return what a row's layer is, in words."""
    size = {} if record["l_r"] is None else {"size": by((record["l_r"], record["l_c"]))}
    return {
        "N_i": f"{record['n_i']:,}",
        "N_o": f"{record['n_o']:,}",
        "kernel": by((record["f_r"], record["f_c"])),
        **size,
        "gamma": record["gamma"],
        "stride": record["stride"],
        "dilation": record["dilation"],
        "padding": record["padding"],
    }
