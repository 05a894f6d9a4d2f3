"""An audit with the bytes that each layer moves and its roofline bounds, as JSON, rows and a table."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from sepcost.hardware.roofline import Bound, Work
from sepcost.network.bounds import Change, LayerBound, NetworkBound, Times
from sepcost.report import audit
from sepcost.report import phrases as words
from sepcost.report.audit_view import AuditView
from sepcost.report.convention import run_convention
from sepcost.report.footprint import fits_document, fits_notes
from sepcost.report.machines import machine_document
from sepcost.report.result import Document, Record, Report

if TYPE_CHECKING:
    from sepcost.hardware.machine import Machine
    from sepcost.report.picture.figure import Picture
    from sepcost.report.table import Cell, Table


def report(view: AuditView, bounded: NetworkBound) -> Report:
    """Return the report of an audit, what its layers move and their bounds added to each part of it."""
    base = audit.report(view)
    layers = bounded.of(view.rows)
    made = Report(
        document=lambda: _document(base.document(), layers, bounded),
        records=lambda: [
            {**record, **_record(bound, bounded)}
            for record, bound in zip(base.records(), layers, strict=True)
        ],
        table=lambda: _table(base.table(), layers, bounded),
        others={"html": lambda: audit.page_of(view, made, bounded)},
        picture=lambda: _picture(view, bounded),
    )
    return made


def _picture(view: AuditView, bounded: NetworkBound) -> Picture:
    from sepcost.report.picture import audit

    return audit.picture(view, bounded)


def _document(document: Document, layers: tuple[LayerBound, ...], bounded: NetworkBound) -> Document:
    document["convention"].update(run_convention(bounded.execution.element_size, bounded.execution.fused))
    document["machine"] = None if bounded.machine is None else machine_document(bounded.machine)
    document["fits"] = fits_document(bounded)
    for layer, bound in zip(document["layers"], layers, strict=True):
        layer.update(_work(bound.work), **_bound(bound.bound, bound.estimate, bounded))
        if layer["replacement"] is not None:
            after = _bound(bound.replaced_bound, bound.replaced_estimate, bounded)
            layer["replacement"].update(_work(bound.replaced_work), **after)
            layer["saving"] = _saving(bound)
    document["totals"].update(bytes=bounded.work.bytes)
    document["replaced"].update(bytes=bounded.replaced_work.bytes)
    if bounded.bounds is not None:
        document["totals"]["time_bound_s"] = float(bounded.bounds.seconds)
        document["replaced"]["time_bound_s"] = float(bounded.bounds.replaced_seconds)
        document["time"] = {**_time(bounded.bounds, "bound"), "leaves_out_uncounted": True}
    if bounded.estimates is not None:
        for name, seconds in (
            ("totals", bounded.estimates.seconds),
            ("replaced", bounded.estimates.replaced_seconds),
        ):
            document[name].update(_estimate_document(seconds, bounded.machine))
        document["time"]["estimate"] = _time(bounded.estimates, "estimate")
    return document


def _work(work: Work) -> Document:
    return {"bytes": work.bytes, "intensity": float(work.intensity)}


def _bound(bound: Bound | None, estimate: Fraction | None, bounded: NetworkBound) -> Document:
    if bounded.machine is None:
        return {}
    return {**_bound_document(bound), **_estimate_document(estimate, bounded.machine)}


def _bound_document(bound: Bound | None) -> Document:
    return {
        "time_bound_s": None if bound is None else float(bound.seconds),
        "bound_by": None if bound is None else bound.by,
    }


def _estimate_document(seconds: Fraction | None, machine: Machine | None) -> Document:
    """Return an estimate as JSON has it beside a bound, with its error; nothing where none can be made."""
    if machine is None or machine.measured is None:
        return {}
    return {"time_estimate_s": _float(seconds), "error": _float(machine.measured.error)}


def _saving(bound: LayerBound) -> Document:
    savings: Document = {
        "macs": bound.work.macs / bound.replaced_work.macs,
        "time": None if bound.saving is None else float(bound.saving),
    }
    if bound.estimate_change is not None:
        savings["time_estimate"] = _float(bound.estimate_change.saving)
    return savings


def _time(times: Times, name: str) -> Document:
    """Return which replacements gain time and which lose it, and the time with those that do not lose."""
    return {
        "gaining": list(times.gaining),
        "losing": list(times.losing),
        f"best_time_{name}_s": float(times.best_seconds),
    }


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _record(bound: LayerBound, bounded: NetworkBound) -> Record:
    replaced = None if bound.row.replacement is None else bound.replaced_bound
    return {
        **_work(bound.work),
        **_bound_document(bound.bound),
        "replacement_bytes": None if bound.row.replacement is None else bound.replaced_work.bytes,
        "replacement_time_bound_s": None if replaced is None else float(replaced.seconds),
        "saving_time": None if bound.saving is None else float(bound.saving),
        **_estimate_record(bound, bounded),
    }


def _estimate_record(bound: LayerBound, bounded: NetworkBound) -> Record:
    change = bound.estimate_change
    if change is None:
        return {}
    return {
        **_estimate_document(change.now, bounded.machine),
        "replacement_time_estimate_s": None if change.saving is None else float(change.replaced),
        "saving_time_estimate": _float(change.saving),
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
    if bounded.estimates is not None:
        columns += [
            Column("estimate", numeric=True),
            Column("estimate replaced", numeric=True),
            Column("estimated saving", numeric=True),
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
        *_change_words(layer.estimate_change),
    )
    return tuple(map(Cell, texts))


def _change_words(change: Change | None) -> tuple[str, ...]:
    if change is None:
        return ()
    after = None if change.saving is None else change.replaced
    return words.seconds(change.now), words.seconds(after), words.times(change.saving)


def _total_cells(bounded: NetworkBound) -> tuple[Cell, ...]:
    from sepcost.report.table import Cell

    now, by, *after = _total_words(bounded.bounds) if bounded.bounds else ("", "", "", "")
    now_estimated, _, *after_estimated = _total_words(bounded.estimates) if bounded.estimates else ("", "")
    texts = (words.grouped(bounded.work.bytes), now, by, *after, now_estimated, *after_estimated)
    return tuple(map(Cell, texts))


def _total_words(times: Times) -> tuple[str, str, str, str]:
    now, after = times.seconds, times.replaced_seconds
    saving = now / after if now and after else None
    return words.seconds(now), "", words.seconds(after), words.times(saving)
