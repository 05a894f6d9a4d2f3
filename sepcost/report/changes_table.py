"""What changed between two networks, as a table for people."""

from __future__ import annotations

from collections.abc import Iterator

from sepcost.core.metrics import BYTES_MOVED
from sepcost.network.bounds import NetworkBound, Times
from sepcost.network.layer import Counts, NetworkLayer
from sepcost.report import phrases as words
from sepcost.report.audit_notes import counting_notes, replaced_words
from sepcost.report.audit_view import Against, AuditView
from sepcost.report.convention import Unit, convention_note
from sepcost.report.footprint import change_words, fits_notes, footprint_change_notes
from sepcost.report.plan_table import plan_sections
from sepcost.report.roofline_phrases import run_notes
from sepcost.report.table import Cell, Column, Row, Table


def changes_table(view: AuditView, against: Against) -> Table:
    """Return the changes since the network that it is compared with, as a review wants them."""
    columns = (
        Column("layer", wraps=True),
        Column("change"),
        Column("weights", numeric=True),
        Column("difference", numeric=True),
        Column(view.unit.name, numeric=True),
        Column("difference", numeric=True),
    )
    rows = [_change(*row, view.unit) for row in against.changes.rows]
    network, other = view.audit.network, against.view.audit
    total = _difference(other.totals, view.audit.totals, view.unit)
    rows.append(Row((Cell("total"), Cell(""), *total)))
    apart = words.several(len(rows) - 1, "layer")
    return Table(
        f"{network.name} against {other.network.name}: {apart} apart",
        columns,
        tuple(rows),
        tuple(_notes(view, against.view)),
        tuple(plan_sections(view.plan)),
        verbatim=True,
        warnings=() if view.bounded is None else tuple(fits_notes(view.measures)),
    )


def _notes(view: AuditView, other: AuditView) -> Iterator[Cell]:
    """Yield what both networks take as they run, what replacements would gain, and what is not counted."""
    network = view.audit.network
    names = other.audit.network.name, network.name
    yield from footprint_change_notes(
        names, other.measures.footprint, view.measures.footprint, view.measures.execution
    )
    if view.bounded is not None and other.bounded is not None:
        yield from _run_changes(other.bounded, view.bounded)
    if view.audit.replaced_layers:
        yield Cell(f"replaceable: {replaced_words(view)}")
    yield from counting_notes(network)
    if view.bounded is not None:
        yield from run_notes(view.bounded.execution, uncounted=True)
    yield convention_note(bias=False, batch=network.batch, unit=view.unit)


def _run_changes(before: NetworkBound, after: NetworkBound) -> Iterator[Cell]:
    """Yield the bytes that are moved and, on a machine, the times, before and now."""
    yield Cell(f"{BYTES_MOVED}: {change_words(before.bytes, after.bytes)}")
    if before.bounds is not None and after.bounds is not None:
        yield Cell(f"time bound: {_time_change(before.bounds, after.bounds)}")
    if before.estimates is not None and after.estimates is not None:
        yield Cell(f"time estimate: {_time_change(before.estimates, after.estimates)}")


def _time_change(before: Times, after: Times) -> str:
    was, is_ = before.seconds, after.seconds
    if was == is_:
        return f"{words.seconds(is_)} (unchanged)"
    change = f"{'-' if is_ < was else '+'}{words.seconds(abs(is_ - was))}"
    return f"{words.seconds(was)} -> {words.seconds(is_)} ({change})"


def _change(
    name: str, change: str, before: NetworkLayer | None, after: NetworkLayer | None, unit: Unit
) -> Row:
    was, is_ = (layer.counts if layer else Counts(0, 0) for layer in (before, after))
    return Row((Cell(name, verbatim=True), Cell(change), *_difference(was, is_, unit)))


def _difference(before: Counts, after: Counts, unit: Unit) -> tuple[Cell, Cell, Cell, Cell]:
    """Return weights, their difference, operations and their difference."""
    return (
        Cell(f"{after.weights:,}"),
        Cell(words.signed(after.weights - before.weights)),
        Cell(f"{after.macs * unit.of_a_mac:,}"),
        Cell(words.signed((after.macs - before.macs) * unit.of_a_mac)),
    )
