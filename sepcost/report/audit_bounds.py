"""An audit with the bytes that each layer moves and its roofline bounds, as JSON, rows and a table."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from sepcost.hardware.roofline import Bound, Work
from sepcost.network.bounds import LayerBound, NetworkBound
from sepcost.report import audit
from sepcost.report import phrases as words
from sepcost.report.audit_view import AuditView
from sepcost.report.convention import run_convention
from sepcost.report.footprint import fits_document, fits_notes
from sepcost.report.machines import machine_document
from sepcost.report.result import Document, Record, Report
from sepcost.report.roofline import bound_document

if TYPE_CHECKING:
    from sepcost.report.picture.figure import Picture
    from sepcost.report.table import Cell, Table


def report(view: AuditView, bounded: NetworkBound) -> Report:
    """Return the report of an audit, what its layers move and their bounds added to each part of it."""
    base = audit.report(view)
    layers = bounded.of(view.rows)
    return Report(
        document=lambda: _document(base.document(), layers, bounded),
        records=lambda: [
            {**record, **_record(bound, bounded)}
            for record, bound in zip(base.records(), layers, strict=True)
        ],
        table=lambda: _table(base.table(), layers, bounded),
        picture=lambda: _picture(view, bounded),
    )


def _picture(view: AuditView, bounded: NetworkBound) -> Picture:
    from sepcost.report.picture import audit

    return audit.picture(view, bounded)


def _document(document: Document, layers: tuple[LayerBound, ...], bounded: NetworkBound) -> Document:
    document["convention"].update(run_convention(bounded.execution.element_size, bounded.execution.fused))
    document["machine"] = None if bounded.machine is None else machine_document(bounded.machine)
    document["fits"] = fits_document(bounded)
    for layer, bound in zip(document["layers"], layers, strict=True):
        layer.update(_work(bound.work), **_bound(bound.bound, bounded))
        if layer["replacement"] is not None:
            layer["replacement"].update(_work(bound.replaced_work), **_bound(bound.replaced_bound, bounded))
            layer["saving"] = _saving(bound)
    for name, work, seconds in (
        ("totals", bounded.work, bounded.seconds),
        ("replaced", bounded.replaced_work, bounded.replaced_seconds),
    ):
        document[name]["bytes"] = work.bytes
        if seconds is not None:
            document[name]["time_bound_s"] = float(seconds)
    if bounded.best_seconds is not None:
        document["time"] = _time(bounded, bounded.best_seconds)
    return document


def _work(work: Work) -> Document:
    return {"bytes": work.bytes, "intensity": float(work.intensity)}


def _bound(bound: Bound | None, bounded: NetworkBound) -> Document:
    return {} if bounded.machine is None else bound_document(bound)


def _saving(bound: LayerBound) -> Document:
    return {
        "macs": bound.work.macs / bound.replaced_work.macs,
        "time": None if bound.saving is None else float(bound.saving),
    }


def _time(bounded: NetworkBound, best: Fraction) -> Document:
    """Return which replacements gain time and which lose it, and the bound with those that do not lose."""
    return {
        "gaining": [layer.row.layer.name for layer in bounded.gaining],
        "losing": [layer.row.layer.name for layer in bounded.losing],
        "best_time_bound_s": float(best),
        "leaves_out_uncounted": True,
    }


def _record(bound: LayerBound, bounded: NetworkBound) -> Record:
    replaced = None if bound.row.replacement is None else bound.replaced_bound
    return {
        **_work(bound.work),
        **bound_document(bound.bound),
        "replacement_bytes": None if bound.row.replacement is None else bound.replaced_work.bytes,
        "replacement_time_bound_s": None if replaced is None else float(replaced.seconds),
        "saving_time": None if bound.saving is None else float(bound.saving),
    }


def _table(table: Table, layers: tuple[LayerBound, ...], bounded: NetworkBound) -> Table:
    """Return the audit's table with columns for bytes and, on a machine, bounds and what they save."""
    from sepcost.report.roofline_phrases import network_notes
    from sepcost.report.table import Column

    columns = [Column("bytes", numeric=True)]
    if bounded.machine is not None:
        columns += [
            Column("bound", numeric=True),
            Column("bound by"),
            Column("bound replaced", numeric=True),
            Column("time saving", numeric=True),
        ]
    added = [*map(_cells, layers), _total_cells(bounded)]
    rows = tuple(
        row._replace(cells=(*row.cells, *cells[: len(columns)]))
        for row, cells in zip(table.rows, added, strict=True)
    )
    *notes, convention = table.notes
    notes = [*fits_notes(bounded), *notes]
    notes += [*network_notes(bounded), convention]
    return table._replace(columns=(*table.columns, *columns), rows=rows, notes=tuple(notes))


def _cells(layer: LayerBound) -> tuple[Cell, ...]:
    from sepcost.report.table import Cell

    replaced = layer.replaced_bound if layer.row.replacement is not None else None
    texts = (
        words.grouped(layer.work.bytes),
        words.seconds(layer.bound and layer.bound.seconds),
        layer.bound.by if layer.bound else words.NOTHING,
        words.seconds(replaced and replaced.seconds),
        words.times(layer.saving),
    )
    return tuple(map(Cell, texts))


def _total_cells(bounded: NetworkBound) -> tuple[Cell, ...]:
    from sepcost.report.table import Cell

    now, then = bounded.seconds, bounded.replaced_seconds
    saving = now / then if now and then else None
    texts = (
        words.grouped(bounded.work.bytes),
        words.seconds(now),
        "",
        words.seconds(then),
        words.times(saving),
    )
    return tuple(map(Cell, texts))
