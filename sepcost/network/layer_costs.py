"""What each layer of an audit takes now and replaced, in whatever it is sorted or planned by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from sepcost.core.errors import FieldError
from sepcost.core.limits import Limited
from sepcost.core.metrics import METRICS, TIME
from sepcost.network.audit import Audit, AuditedLayer
from sepcost.network.measure import Measures
from sepcost.network.memory import Memory, peak_memory
from sepcost.network.model import Network, Operator, Tensor


class LayerCost(NamedTuple):
    """What a layer takes now and replaced, the same where it is not replaced."""

    row: AuditedLayer
    now: Limited
    replaced: Limited

    @property
    def saving(self) -> Limited:
        """How much less it takes replaced; below 0 where it takes more."""
        return self.now - self.replaced

    @property
    def replacement(self) -> Limited | None:
        """What it takes replaced; None where it is not replaced."""
        return None if self.row.replacement is None else self.replaced

    @property
    def times_fewer(self) -> Fraction | None:
        """What it takes now ÷ replaced; None where it is not replaced, and of nothing."""
        return Fraction(self.now) / self.replaced if self.replacement else None


def layer_costs(measures: Measures, metric: str) -> Iterable[LayerCost]:
    """Yield what each layer takes of 'weights', 'macs', 'memory' or 'time', in the audit's order.

    Time is an estimate on a machine that was measured, else the bound.
    Raises FieldError, which names the metric, where that is not known.
    """
    rows = measures.audited.layers
    if metric in METRICS:
        return (LayerCost(row, row.cost.of(metric), row.replaced_cost.of(metric)) for row in rows)
    if metric == TIME:
        return (LayerCost(*change) for change in measures.times.layers)
    now, after = memory_of(measures), peak_memory(replaced(measures.audited), measures.how)
    return (LayerCost(row, now.of(row.layer.name) or 0, after.of(row.layer.name) or 0) for row in rows)


def memory_of(measures: Measures) -> Memory:
    """Return what a network's maps take, operator by operator; FieldError where not known."""
    found = measures.footprint
    if found.memory is None:
        raise FieldError("memory", f"{found.memory_reason}")
    return found.memory


def replaced(audit: Audit) -> Network:
    """Return the network with the operators of each replaced layer in its place, and the maps between them.

    Its layers and parameters stay as they were: it is for its maps alone.
    """
    rows = {row.layer.name: row for row in audit.layers if row.replacement is not None}
    tensors = {tensor.name: tensor for tensor in audit.network.tensors}
    operators: list[Operator] = []
    for operator in audit.network.operators:
        row = rows.get(operator.layers[0]) if len(operator.layers) == 1 else None
        if row is None or not operator.reads or len(operator.writes) != 1:
            operators.append(operator)
            continue
        between, built = _built(operator, row, tensors[operator.writes[0]])
        tensors.update({tensor.name: tensor for tensor in between})
        operators += built
    return replace(audit.network, operators=tuple(operators), tensors=tuple(tensors.values()))


def _built(operator: Operator, row: AuditedLayer, written: Tensor) -> tuple[list[Tensor], list[Operator]]:
    """Return the maps inside a replacement, and its operators; stages side by side are joined at the end."""
    assert row.replacement is not None
    stages, maps = row.replacement.stages, row.replacement.maps
    ends = [number for number, stage in enumerate(stages) if stage.is_last]
    between: list[Tensor] = []
    built: list[Operator] = []
    for number, stage in enumerate(stages):
        made = written
        if ends != [number]:
            shape = (1, int(stage.outputs), int(maps.positions(stage.written_at)))
            made = Tensor(f"{written.name}/{number}:{stage.name}", shape, written.bits)
            between.append(made)
        read = operator.reads[0]
        if stage.source is not None:
            read = f"{written.name}/{stage.source}:{stages[stage.source].name}"
        built.append(
            Operator(f"{operator.name}/{stage.name}", "Conv", (read,), (made.name,), operator.layers)
        )
    if len(ends) > 1:
        parts = tuple(between[number].name for number in ends)
        built.append(Operator(f"{operator.name}/join", "Concat", parts, operator.writes, operator.layers))
    return between, built
