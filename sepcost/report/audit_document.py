"""An audit of a network as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sepcost.network.audit import AuditedLayer
from sepcost.network.changes import Changes
from sepcost.network.layer import NetworkLayer
from sepcost.network.model import Network
from sepcost.network.operators import COUNTED
from sepcost.network.plan import Plan
from sepcost.network.subtotals import Learned, Subtotal
from sepcost.report.audit_fields import LAYER_FIELDS, OWN_FIELDS
from sepcost.report.audit_view import AuditView, ShownLayer
from sepcost.report.convention import convention
from sepcost.report.fields import Field, data, fields_for, in_group, totals
from sepcost.report.footprint import checks_document, fits_document, footprint_document
from sepcost.report.limits import limit_record, number
from sepcost.report.result import Document

if TYPE_CHECKING:
    from sepcost.network.bounds import NetworkBound, Times
    from sepcost.network.measure import Measures


def audit_document(view: AuditView) -> Document:
    """Return an audit as JSON has it, of operations in MACs alone."""
    audit, network, bounded = view.audit, view.audit.network, view.bounded
    known = fields_for(view.fields, view.run)
    run = [field for field in in_group(known, "") if field not in OWN_FIELDS]
    replaced = in_group(known, "replacement")
    savings = in_group(fields_for(view.fields, view.run, csv=True), "saving")
    document: Document = {
        "schema": "sepcost/audit/1",
        "network": network_document(network),
        "convention": {
            **convention(bias=False, batch=network.batch, execution=view.run),
            "counted": list(COUNTED),
        },
        "layers": [_layer(shown, view, run, replaced, savings) for shown in view.layers],
        "totals": _totals(view),
        "subtotals": [_subtotal(subtotal) for subtotal in view.subtotals],
        "replaced": {
            **audit.replaced._asdict(),
            "layers": audit.replaced_layers,
            **footprint_document(view.measures.replaced_footprint),
            **_summed(view, "replacement"),
        },
        "uncounted": {
            "free": [asdict(each) for each in network.free],
            "opaque": [asdict(each) for each in network.opaque],
            "held": [asdict(each) for each in network.held],
        },
        "budgets": [limit_record(check) for check in view.checks],
    }
    if view.plan is not None:
        document["plan"] = plan_document(view.plan)
    if view.against is not None:
        other = view.against.view
        document["against"] = {
            "network": network_document(other.audit.network),
            "totals": _totals(other),
        }
        document["changes"] = _changes(view.against.changes)
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
    return totals(in_group(fields_for(LAYER_FIELDS, view.run), group), view)


def _run(bounded: NetworkBound, measures: Measures) -> Document:
    """Return what is said of a run: its machine, whether the network fits it, which layers gain time."""
    from sepcost.report.machines import machine_document

    document: Document = {
        "machine": machine_document(bounded.machine),
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


def network_document(network: Network) -> Document:
    """Return what a network is, without its layers."""
    document: Document = {"name": network.name, "format": network.format, "input": list(network.input)}
    if network.leading is not None:
        document["batch_divided_out"] = network.leading.divided_out
        document["not_divided"] = network.leading.reason
    return document


def _parameters(parameters: Learned | None) -> Document | None:
    if parameters is None:
        return None
    return {**asdict(parameters), "all": parameters.all}


def _subtotal(subtotal: Subtotal) -> Document:
    return {"kind": subtotal.kind, "layers": subtotal.layers, **subtotal.cost._asdict()}


def plan_document(plan: Plan) -> Document:
    """Return which replacements reach a target."""
    return {
        "metric": plan.metric,
        "target": number(plan.target),
        "reached": plan.reached,
        "layers": list(plan.layers),
        "value": number(plan.value),
        **({} if plan.source is None else {"source": plan.source}),
        **({"fits": checks_document(plan.fits)} if plan.fits else {}),
        **({} if plan.least is None else {"least": plan_document(plan.least)}),
    }


def _changes(changes: Changes) -> Document:
    return {
        "added": [_bare(layer) for layer in changes.added],
        "removed": [_bare(layer) for layer in changes.removed],
        "changed": [
            {"name": after.name, "before": _bare(before), "after": _bare(after)}
            for before, after in changes.changed
        ],
    }


def _bare(layer: NetworkLayer) -> Document:
    """Return a layer by itself."""
    return data(OWN_FIELDS, ShownLayer(AuditedLayer(layer)), None)


def _layer(
    shown: ShownLayer, view: AuditView, run: list[Field], replaced: list[Field], savings: list[Field]
) -> Document:
    """Return a layer by itself, what replaces it, what is known of its run, and what replacing it saves."""
    document: Document = {**data(OWN_FIELDS, shown, view), "replacement": None}
    if shown.row.replacement is None:
        return {**document, "reason": shown.row.reason, **data(run, shown, view)}
    document |= {"replacement": data(replaced, shown, view), **data(run, shown, view)}
    if view.run is not None or view.counted == "memory":
        document["saving"] = data(savings, shown, view)
    return document
