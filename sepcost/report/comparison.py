"""A comparison of schemes as JSON and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sepcost.comparison import Comparison, Cost, SchemeCost, StageCost
from sepcost.core.exact import Exact
from sepcost.core.layer import Layer
from sepcost.core.schemes import AXES_OF
from sepcost.report.convention import convention
from sepcost.report.given import spacing_document
from sepcost.report.result import Document, Record, Report

if TYPE_CHECKING:
    from sepcost.core.limits import LimitCheck
    from sepcost.report.picture.figure import Picture
    from sepcost.report.table import Table


def report(result: Comparison, checks: tuple[LimitCheck, ...] = ()) -> Report:
    """Return a comparison ready for every kind of output, with the limits it was held against."""
    return Report(
        document=lambda: _document(result, checks),
        records=lambda: [_record(row) for row in result.schemes],
        table=lambda: table(result),
        picture=lambda: _picture(result),
    )


def _picture(result: Comparison) -> Picture:
    from sepcost.report.picture import comparison

    return comparison.picture(result)


def table(result: Comparison) -> Table:
    """Return the schemes and their stages, side by side, for people."""
    from sepcost.report.comparison_table import comparison_table

    return comparison_table(result)


def _document(result: Comparison, checks: tuple[LimitCheck, ...]) -> Document:
    return {
        "schema": "sepcost/compare/1",
        "layer": _layer(result.layer),
        "convention": convention(result.layer.bias, result.batch, result.norm),
        "against": result.against,
        "budgets": _budgets(checks),
        "schemes": [_scheme(row, result.layer) for row in result.schemes],
    }


def _budgets(checks: tuple[LimitCheck, ...]) -> list[Record]:
    if not checks:
        return []
    from sepcost.report.limits import limit_record

    return [limit_record(check) for check in checks]


def _layer(layer: Layer) -> Document:
    l_r, l_c = layer.size or (None, None)
    return {
        "n_i": layer.n_i,
        "n_o": layer.n_o,
        "f_r": layer.kernel[0],
        "f_c": layer.kernel[1],
        "l_r": l_r,
        "l_c": l_c,
        **spacing_document(layer),
        "out": None if layer.out is None else list(layer.out),
        "gamma": str(layer.gamma),
    }


def _scheme(row: SchemeCost, layer: Layer) -> Document:
    if row.cost is None:
        return {"scheme": row.scheme, "applicable": False, "reason": row.reason}
    document: Document = {
        "scheme": row.scheme,
        "applicable": True,
        "realizable": row.realizable,
        "multiplier": None if row.multiplier is None else str(row.multiplier),
        **_counts(row.cost, row.realizable),
        "saving": _saving(row),
        "parameters": {name: _whole(value) for name, value in row.parameters.items()},
        "stages": [_stage(stage, row.realizable, layer) for stage in row.stages],
    }
    if row.refusal is not None:
        document["reason"] = row.reason
    if not row.realizable:
        costs = _named(row.cost)
        document["exact"] = {name: None if cost is None else str(cost) for name, cost in costs.items()}
        document["approx"] = {name: None if cost is None else float(cost) for name, cost in costs.items()}
        document["nearest_multipliers"] = list(row.nearest_multipliers or ())
    return document


def _stage(stage: StageCost, realizable: bool, layer: Layer) -> Document:
    form = stage.form
    channels = {"n_i": _whole(stage.n_i), "n_o": _whole(stage.n_o)}
    axes = zip(AXES_OF[form.kernel], layer.kernel, strict=True)
    shape = {"groups": _whole(form.groups), "kernel": [length if taken else 1 for taken, length in axes]}
    return {"stage": stage.stage, **channels, **shape, **_counts(stage.cost, realizable)}


def _whole(value: Exact) -> int | None:
    return value if isinstance(value, int) else None


def _named(cost: Cost) -> dict[str, Exact | None]:
    return {"weights": cost.weights, "macs_per_position": cost.macs_per_position, "macs": cost.macs}


def _counts(cost: Cost, realizable: bool) -> Document:
    return {name: _whole(count) if realizable and count else None for name, count in _named(cost).items()}


def _saving(row: SchemeCost) -> Document | None:
    if row.saving is None:
        return None
    macs = row.saving.macs
    return {"weights": float(row.saving.weights), "macs": None if macs is None else float(macs)}


def _record(row: SchemeCost) -> Record:
    saving = _saving(row) or {"weights": None, "macs": None}
    counts = dict.fromkeys(("weights", "macs_per_position", "macs"))
    if row.cost is not None:
        counts.update(_counts(row.cost, row.realizable))
    return {
        "scheme": row.scheme,
        "applicable": row.applicable,
        "realizable": row.realizable,
        "multiplier": None if row.multiplier is None else str(row.multiplier),
        **counts,
        "saving_weights": saving["weights"],
        "saving_macs": saving["macs"],
        "reason": row.reason,
    }
