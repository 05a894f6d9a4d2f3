"""An audit of a network as JSON and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from sepcost.network.audit import Audit, audit
from sepcost.network.changes import Changes
from sepcost.network.model import Network
from sepcost.network.plan import Plan
from sepcost.network.subtotals import kind_in_subtotals
from sepcost.report.audit_document import audit_document, plan_document
from sepcost.report.audit_fields import columns_of_csv
from sepcost.report.audit_view import AuditView
from sepcost.report.convention import FLOPS, with_flops
from sepcost.report.fields import record
from sepcost.report.plan_table import plan_table
from sepcost.report.result import Document, Record, Report, refuse_picture

if TYPE_CHECKING:
    from sepcost.report.picture.figure import Picture
    from sepcost.report.table import Table


def report(view: AuditView, warn: Callable[[str], None] = lambda problem: None) -> Report:
    """Return an audit ready for every kind of output.

    warn: is told why a page has no picture, where a library is missing.
    """

    def in_unit(document: Document) -> Document:
        return with_flops(document) if view.unit is FLOPS else document

    made = Report(
        document=lambda: in_unit(audit_document(view)),
        records=lambda: map(in_unit, _rows(view)),
        table=lambda: _table(view),
        others={"html": lambda: _page(view, made, warn)},
        picture=lambda: _picture(view),
        headings=() if view.against is None else in_unit(_CHANGED),
    )
    return made


def _page(view: AuditView, report: Report, warn: Callable[[str], None]) -> str:
    from sepcost.report.audit_page import audit_page

    return audit_page(view, report, warn)


def audit_report(audit: Audit) -> Report:
    """Return an audit with nothing beyond the network's layers."""
    from sepcost.hardware.execution import USUAL_EXECUTION
    from sepcost.network.measure import Measures

    return report(AuditView(Measures(audit.network, USUAL_EXECUTION, audit), audit.layers))


def network_report(network: Network) -> Report:
    """Return a network's layers as they are."""
    return audit_report(audit(network, replace=None))


def plan_report(plan: Plan) -> Report:
    """Return which replacements reach a target."""
    return Report(
        document=lambda: plan_document(plan),
        records=lambda: [{"layer": name} for name in plan.layers],
        table=lambda: plan_table(plan),
    )


def _rows(view: AuditView) -> Iterator[Record]:
    return _records(view) if view.against is None else _change_records(view.against.changes)


def _picture(view: AuditView) -> Picture:
    from sepcost.report.picture import audit

    if view.against is not None:
        refuse_picture("--against")
    return audit.picture(view)


def _table(view: AuditView) -> Table:
    if view.against is None:
        from sepcost.report.audit_table import audit_table

        return audit_table(view)
    from sepcost.report.changes_table import changes_table

    return changes_table(view, view.against)


_COMPARED = ("kind", "weights", "macs")
_CHANGED: Record = dict.fromkeys(
    ("name", "change", *(f"{key}_{when}" for when in ("before", "after") for key in _COMPARED))
)


def _change_records(changes: Changes) -> Iterator[Record]:
    """Yield a row for each layer that is not in both networks alike; what one has not is empty."""
    for name, change, before, after in changes.rows:
        found: Record = {**_CHANGED, "name": name, "change": change}
        for when, layer in (("before", before), ("after", after)):
            if layer is not None:
                found |= {f"{key}_{when}": getattr(layer, key) for key in _COMPARED}
        yield found


def _records(view: AuditView) -> Iterator[Record]:
    """Yield a row for each layer, with what all layers of its kind cost together."""
    of_kind = {subtotal.kind: subtotal for subtotal in view.subtotals}
    columns = columns_of_csv(view.fields, view.run)
    for shown in view.layers:
        subtotal = of_kind[kind_in_subtotals(shown.row.layer)]
        yield record(columns, shown._replace(subtotal=subtotal), view)
