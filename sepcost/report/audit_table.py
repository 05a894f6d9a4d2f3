"""An audit of a network as a table for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sepcost.core.quantity import by
from sepcost.network.layer import NetworkLayer
from sepcost.network.model import Network
from sepcost.report import phrases as words
from sepcost.report.audit_notes import notes
from sepcost.report.audit_view import AuditView
from sepcost.report.columns import cell_of, columns_of, total_cell
from sepcost.report.footprint import fits_notes
from sepcost.report.plan_table import plan_sections
from sepcost.report.table import Cell, Column, Row, Section, Table


def audit_table(view: AuditView) -> Table:
    """Return a network's layers with what replaces each, totals last."""
    network = view.audit.network
    leading = list(_leading(network))
    found = [
        (field, column)
        for field, column in columns_of(view.fields, view.run, view)
        if not field.group or view.audit.replace is not None
    ]
    rows = [
        Row(
            (
                *(cell(shown.row.layer) for _, cell in leading),
                *(cell_of(field, shown, view) for field, _ in found),
            )
        )
        for shown in view.layers
    ]
    blank = [Cell("")] * (len(leading) - 1)
    rows.append(Row((Cell("total"), *blank, *(total_cell(field, view) for field, _ in found))))
    return Table(
        _title(network),
        (*(column for column, _ in leading), *(column for _, column in found)),
        tuple(rows),
        tuple(notes(view)),
        (*_by_kind(view), *plan_sections(view.plan)),
        verbatim=True,
        warnings=tuple(_fits(view)),
    )


def _leading(network: Network) -> Iterator[tuple[Column, Callable[[NetworkLayer], Cell]]]:
    """Yield the columns of layers' names and sizes, each with what returns its cell."""
    yield Column("layer", wraps=True), lambda layer: Cell(layer.name, verbatim=True)
    if any(layer.path is not None for layer in network.layers):
        yield Column("path", spare=True), lambda layer: Cell(layer.path or layer.name, verbatim=True)
    yield Column("kind"), lambda layer: Cell(layer.kind)
    yield Column("channels"), lambda layer: Cell(f"{layer.n_i}->{layer.n_o}")
    if any(layer.groups > 1 for layer in network.layers):
        yield Column("groups", numeric=True), lambda layer: Cell(words.grouped(layer.groups))
    yield Column("kernel"), lambda layer: Cell(by(layer.kernel))
    yield Column("positions", numeric=True, spare=True), lambda layer: Cell(words.grouped(layer.positions))


def _fits(view: AuditView) -> Iterable[Cell]:
    """Return whether the network fits the machine, as it is and replaced."""
    if view.bounded is None:
        return
    yield from fits_notes(view.measures)
    if view.audit.replaced_layers:
        yield from fits_notes(view.measures, replaced=True)


def _by_kind(view: AuditView) -> Iterable[Section]:
    """Return what the layers of each kind cost, where there are more kinds than one."""
    if len(view.subtotals) < 2:
        return
    lines = (
        f"{words.several(subtotal.layers, f'{subtotal.kind} layer')}: "
        f"{words.several(subtotal.cost.weights, 'weight')}, "
        f"{words.several(subtotal.cost.macs * view.unit.of_a_mac, view.unit.name.removesuffix('s'))}"
        for subtotal in view.subtotals
    )
    yield Section("By kind", tuple(map(Cell, lines)))


def _title(network: Network) -> str:
    layers = words.several(len(network.layers), "counted layer")
    return f"{network.name}: input {by(network.input) or 'of one number'}, {layers}"
