"""An audit of a network as JSON and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from sepcost.core.quantity import by
from sepcost.network.audit import Audit, audit
from sepcost.network.changes import Changes
from sepcost.network.model import Network, NetworkLayer, OperatorCount
from sepcost.network.operators import COUNTED
from sepcost.network.plan import Plan
from sepcost.network.subtotals import Parameters, Subtotal, kind_in_subtotals
from sepcost.report.audit_view import AuditView, ShownLayer
from sepcost.report.convention import FLOPS, convention, with_flops
from sepcost.report.fields import ALWAYS, LAYER_FIELDS, Field, data, fields_for, record, totals
from sepcost.report.footprint import checks_document, fits_document, footprint_document
from sepcost.report.limits import limit_record, number
from sepcost.report.result import Document, Record, Report, refuse_picture

if TYPE_CHECKING:
    from sepcost.network.bounds import NetworkBound, Times
    from sepcost.network.measure import Measures
    from sepcost.report.picture.figure import Picture
    from sepcost.report.table import Table


def report(view: AuditView, warn: Callable[[str], None] = lambda problem: None) -> Report:
    """Return an audit ready for every kind of output.

    warn: is told why a page has no picture, where a library is missing.
    """

    def in_unit(document: Document) -> Document:
        return with_flops(document) if view.unit is FLOPS else document

    made = Report(
        document=lambda: in_unit(_document(view)),
        records=lambda: map(in_unit, _rows(view)),
        table=lambda: _table(view),
        others={"html": lambda: _page(view, made, warn)},
        picture=lambda: _picture(view),
        headings=() if view.changes is None else in_unit(_CHANGED),
    )
    return made


def _page(view: AuditView, report: Report, warn: Callable[[str], None]) -> str:
    from sepcost.report.audit_page import audit_page

    return audit_page(view, report, warn)


def audit_report(audit: Audit) -> Report:
    """Return an audit with nothing beyond the network's layers."""
    from sepcost.hardware.execution import USUALLY
    from sepcost.network.measure import Measures

    return report(AuditView(Measures(audit.network, USUALLY, audit), audit.layers))


def network_report(network: Network) -> Report:
    """Return a network's layers as they are."""
    return audit_report(audit(network, replace=None))


def plan_report(plan: Plan) -> Report:
    """Return which replacements reach a target."""
    return Report(
        document=lambda: _plan(plan),
        records=lambda: [{"layer": name} for name in plan.layers],
        table=lambda: _plan_table(plan),
    )


def _plan_table(plan: Plan) -> Table:
    from sepcost.report import audit_table

    return audit_table.plan_table(plan)


def _rows(view: AuditView) -> Iterator[Record]:
    return _records(view) if view.changes is None else _change_records(view.changes)


def _picture(view: AuditView) -> Picture:
    from sepcost.report.picture import audit

    if view.changes is not None:
        refuse_picture("--against")
    return audit.picture(view)


def _table(view: AuditView) -> Table:
    if view.changes is None:
        from sepcost.report.audit_table import audit_table

        return audit_table(view)
    from sepcost.report.changes_table import changes_table

    return changes_table(view)


def _document(view: AuditView) -> Document:
    audit, network, bounded = view.audit, view.audit.network, view.bounded
    known = fields_for(view.fields, view.run)
    own, replaced = _grouped(known, ""), _grouped(known, "replacement")
    savings = _grouped(fields_for(view.fields, view.run, csv=True), "saving")
    document: Document = {
        "schema": "sepcost/audit/1",
        "network": network_document(network),
        "convention": {
            **convention(bias=False, batch=network.batch, execution=view.run),
            "counted": list(COUNTED),
        },
        "layers": [_layer(shown, view, own, replaced, savings) for shown in view.layers],
        "totals": _totals(view),
        "subtotals": [_subtotal(subtotal) for subtotal in view.subtotals],
        "replaced": {
            **audit.replaced._asdict(),
            "layers": audit.replaced_layers,
            **footprint_document(view.measures.replaced_footprint),
            **_summed(view, "replacement"),
        },
        "uncounted": {
            "free": _operators(network.free),
            "opaque": _operators(network.opaque),
            "held": [asdict(held) for held in network.held],
        },
        "budgets": [limit_record(check) for check in view.checks],
    }
    if view.plan is not None:
        document["plan"] = _plan(view.plan)
    if view.against is not None and view.changes is not None:
        other = view.against
        document["against"] = {
            "network": network_document(other.audit.network),
            "totals": _totals(other),
        }
        document["changes"] = _changes(view.changes)
    if bounded is not None:
        document |= _run(bounded, view.measures)
        document["replaced"]["fits"] = fits_document(view.measures, replaced=True)
    return document


def _totals(view: AuditView) -> Document:
    """Return what a network takes as it is."""
    return {
        **view.audit.totals._asdict(),
        "parameters": _parameters(view.parameters),
        **footprint_document(view.measures.footprint),
        **_summed(view, ""),
    }


def _summed(view: AuditView, group: str) -> Document:
    """Return what the fields of layers come to; a peak of memory is no sum, and says where it is."""
    return totals(_grouped(fields_for(LAYER_FIELDS, view.run), group), view)


def _run(bounded: NetworkBound, measures: Measures) -> Document:
    """Return what is said of a run: its machine, whether the network fits it, which layers gain time."""
    from sepcost.report.machines import machine_document

    document: Document = {
        "machine": None if bounded.machine is None else machine_document(bounded.machine),
        "fits": fits_document(measures),
    }
    if bounded.bounds is not None:
        document["time"] = {**_time(bounded.bounds, "bound"), "leaves_out_uncounted": True}
    if bounded.estimates is not None:
        document["time"]["estimate"] = _time(bounded.estimates, "estimate")
    return document


def _time(times: Times, name: str) -> Document:
    """Return which replacements gain time and which lose it, and the time with those that do not lose."""
    return {
        "gaining": list(times.gaining),
        "losing": list(times.losing),
        f"best_time_{name}_s": float(times.best_seconds),
    }


def _grouped(fields: Iterable[Field], group: str) -> list[Field]:
    return [field for field in fields if field.group == group]


def network_document(network: Network) -> Document:
    """Return what a network is, without its layers."""
    document: Document = {"name": network.name, "format": network.format, "input": list(network.input)}
    if network.leading is not None:
        document["batch_divided_out"] = network.leading.divided_out
        document["not_divided"] = network.leading.reason
    return document


def _parameters(parameters: Parameters | None) -> Document | None:
    if parameters is None:
        return None
    return {
        "weights": parameters.weights,
        "biases": parameters.biases,
        "normalization": parameters.normalization,
        "all": parameters.all,
    }


def _subtotal(subtotal: Subtotal) -> Document:
    return {"kind": subtotal.kind, "layers": subtotal.layers, **subtotal.cost._asdict()}


def _plan(plan: Plan) -> Document:
    return {
        "metric": plan.metric,
        "target": number(plan.target),
        "reached": plan.reached,
        "layers": list(plan.layers),
        "value": number(plan.value),
        **({} if plan.source is None else {"source": plan.source}),
        **({"fits": checks_document(plan.fits)} if plan.fits else {}),
        **({} if plan.least is None else {"least": _plan(plan.least)}),
    }


def _operators(counts: Iterable[OperatorCount]) -> list[Document]:
    return [{"op": count.op, "count": count.count} for count in counts]


def _changes(changes: Changes) -> Document:
    return {
        "added": [_network_layer(layer) for layer in changes.added],
        "removed": [_network_layer(layer) for layer in changes.removed],
        "changed": [
            {"name": after.name, "before": _network_layer(before), "after": _network_layer(after)}
            for before, after in changes.changed
        ],
    }


def _network_layer(layer: NetworkLayer) -> Document:
    return {
        "name": layer.name,
        "op": layer.op,
        "kind": layer.kind,
        "n_i": layer.n_i,
        "n_o": layer.n_o,
        "kernel": list(layer.kernel),
        "stride": list(layer.stride),
        "dilation": list(layer.dilation),
        "groups": layer.groups,
        "positions": layer.positions,
        "reads": None if layer.input_shape is None else list(layer.input_shape),
        "writes": None if layer.output_shape is None else list(layer.output_shape),
        "path": layer.path,
        "weights": layer.weights,
        "macs": layer.macs,
    }


def _layer(
    shown: ShownLayer, view: AuditView, own: list[Field], replaced: list[Field], savings: list[Field]
) -> Document:
    """Return a layer with its own fields, those of its replacement, and what that saves."""
    row = shown.row
    document = {**_network_layer(row.layer), "replacement": None}
    if row.replacement is None:
        return {**document, "reason": row.reason, **data(own, shown, view)}
    replacement = {"scheme": row.replacement.scheme, **data(replaced, shown, view)}
    document |= {"replacement": replacement, **data(own, shown, view)}
    if view.run is not None or view.counted == "memory":
        document["saving"] = data(savings, shown, view)
    return document


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
    columns = fields_for(view.fields, view.run, csv=True)
    counts = [field for field in columns if field.needs == ALWAYS]
    loads = [field for field in columns if field.needs != ALWAYS]
    for shown in view.layers:
        row = shown.row
        layer = _network_layer(row.layer)
        for axes in ("kernel", "stride", "dilation", "reads", "writes"):
            layer[axes] = None if layer[axes] is None else by(tuple(layer[axes]))
        subtotal = of_kind[kind_in_subtotals(row.layer)]
        yield {
            **layer,
            "replacement": None if row.replacement is None else row.replacement.scheme,
            **record(counts, shown, view),
            "reason": row.reason,
            "subtotal": subtotal.kind,
            "subtotal_layers": subtotal.layers,
            "subtotal_weights": subtotal.cost.weights,
            "subtotal_macs": subtotal.cost.macs,
            **record(loads, shown, view),
        }
