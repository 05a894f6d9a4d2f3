"""A comparison of schemes as JSON and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sepcost.comparison import Comparison, SchemeCost
from sepcost.core.exact import Exact
from sepcost.core.formulas import Stage
from sepcost.core.layer import Layer
from sepcost.core.scheme import AXES_OF
from sepcost.report.comparison_fields import SCHEME_FIELDS
from sepcost.report.convention import convention
from sepcost.report.fields import ALWAYS, data, fields_for, record
from sepcost.report.given import sizes_document, spacing_document
from sepcost.report.result import Document, Record, Report

if TYPE_CHECKING:
    from sepcost.core.limits import LimitCheck
    from sepcost.report.picture.figure import Picture
    from sepcost.report.table import Table


def report(result: Comparison, checks: tuple[LimitCheck, ...] = ()) -> Report:
    """Return a comparison ready for every kind of output, with the limits it was compared with."""
    return Report(
        document=lambda: _document(result, checks),
        records=lambda: [_record(row, result) for row in result.schemes],
        table=lambda: _table(result, checks),
        picture=lambda: _picture(result),
    )


def _picture(result: Comparison) -> Picture:
    from sepcost.report.picture import comparison

    return comparison.picture(result)


def _table(result: Comparison, checks: tuple[LimitCheck, ...]) -> Table:
    from sepcost.report.comparison_table import comparison_table

    return comparison_table(result, checks)


def _document(result: Comparison, checks: tuple[LimitCheck, ...]) -> Document:
    document: Document = {
        "schema": "sepcost/compare/1",
        "layer": _layer(result.layer),
        "convention": convention(result.layer.bias, result.batch, result.norm, result.execution),
        "against": result.against,
        "budgets": _budgets(checks),
        "schemes": [_scheme(row, result) for row in result.schemes],
    }
    if result.execution is not None:
        from sepcost.report.machines import machine_document

        document["machine"] = machine_document(result.machine)
    return document


def _budgets(checks: tuple[LimitCheck, ...]) -> list[Record]:
    if not checks:
        return []
    from sepcost.report.limits import limit_record

    return [limit_record(check) for check in checks]


def _layer(layer: Layer) -> Document:
    return {
        **sizes_document(layer),
        **spacing_document(layer),
        "out": None if layer.out is None else list(layer.out),
        "gamma": str(layer.gamma),
    }


def _scheme(row: SchemeCost, result: Comparison) -> Document:
    if row.cost is None:
        built = {"realizable": False} if row.applicable else {}
        return {"scheme": row.scheme, "applicable": row.applicable, **built, "reason": row.reason}
    known = fields_for(SCHEME_FIELDS, result.execution)
    own = [field for field in known if not field.group]
    costs = [field for field in own if field.needs == ALWAYS]
    loads = [field for field in own if field.needs != ALWAYS]
    savings = [field for field in known if field.group]
    document: Document = {
        "scheme": row.scheme,
        "applicable": True,
        "realizable": row.realizable,
        "multiplier": None if row.multiplier is None else str(row.multiplier),
        **data(costs, row, result, row.realizable),
        "saving": None if row.saving is None else data(savings, row, result),
        "parameters": {name: _whole(value) for name, value in row.parameters.items()},
        "stages": [
            {**_stage(each.stage, result.layer), **data(own, each, result, row.realizable)}
            for each in row.stages
        ],
    }
    if row.refusal is not None:
        document["reason"] = row.reason
    if not row.realizable:
        exact = {field.key: field.value(row, result) for field in own if field.unit == "count"}
        document["exact"] = {key: None if value is None else str(value) for key, value in exact.items()}
        document["approx"] = {key: None if value is None else float(value) for key, value in exact.items()}
        document["nearest_multipliers"] = list(row.nearest_multipliers or ())
    document |= data(loads, row, result, row.realizable)
    if result.machine is not None:
        from sepcost.report.roofline_phrases import disagreement

        document["note"] = disagreement(row)
    return document


def _stage(stage: Stage, layer: Layer) -> Document:
    """Return what a stage is, without what it costs."""
    channels = {"n_i": _whole(stage.inputs), "n_o": _whole(stage.outputs)}
    axes = zip(AXES_OF[stage.kernel], layer.kernel, strict=True)
    shape = {"groups": _whole(stage.groups), "kernel": [length if taken else 1 for taken, length in axes]}
    return {"stage": stage.name, **channels, **shape}


def _whole(value: Exact) -> int | None:
    return value if isinstance(value, int) else None


def _record(row: SchemeCost, result: Comparison) -> Record:
    columns = fields_for(SCHEME_FIELDS, result.execution, csv=True)
    costs = [field for field in columns if field.needs == ALWAYS]
    loads = [field for field in columns if field.needs != ALWAYS]
    return {
        "scheme": row.scheme,
        "applicable": row.applicable,
        "realizable": row.realizable,
        "multiplier": None if row.multiplier is None else str(row.multiplier),
        **record(costs, row, result, row.realizable),
        "reason": row.reason,
        **record(loads, row, result, row.realizable),
    }
