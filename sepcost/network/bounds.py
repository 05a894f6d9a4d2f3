"""A network's layers on a machine: what bounds each, and whether its replacement gains time or loses it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from sepcost.core.errors import FieldError, quoted
from sepcost.core.lookup import by_name
from sepcost.hardware.estimate import Pass, estimate
from sepcost.hardware.execution import USUAL_EXECUTION, Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.roofline import Load, bound, load_of, run_on
from sepcost.network.audit import Audit, AuditedLayer
from sepcost.network.layer import NetworkLayer
from sepcost.network.layer_cost import LayerCost


@dataclass(frozen=True)
class LayerBound:
    """What a layer of an audit does and moves, and its times, for the whole batch.

    now, replaced: as it is and as it would be replaced, the same where it stays as it is.
    """

    row: AuditedLayer
    now: Load
    replaced: Load

    @property
    def replacement(self) -> Load | None:
        """As it would be replaced; None where it stays as it is."""
        return None if self.row.replacement is None else self.replaced

    @property
    def saving(self) -> Fraction | None:
        """The bound now ÷ the bound replaced: below 1 where the replacement loses time; None without one."""
        return None if self.bound_change is None else self.bound_change.saving

    @property
    def bound_change(self) -> LayerCost | None:
        """The bounds in seconds, None without a machine."""
        return self._change(self.now.seconds, self.replaced.seconds)

    @property
    def estimate_change(self) -> LayerCost | None:
        """The estimates in seconds, None without a machine that was measured."""
        return self._change(self.now.estimate, self.replaced.estimate)

    def _change(self, now: Fraction | None, replaced: Fraction | None) -> LayerCost | None:
        return None if now is None or replaced is None else LayerCost(self.row, now, replaced)


@dataclass(frozen=True)
class Times:
    """The time of a network's layers, by their bounds or by estimates."""

    layers: tuple[LayerCost, ...]

    @cached_property
    def seconds(self) -> Fraction:
        """The sum of the layers' times."""
        return Fraction(sum(layer.now for layer in self.layers))

    @cached_property
    def replaced_seconds(self) -> Fraction:
        """The sum once every replaceable layer is replaced."""
        return Fraction(sum(layer.replaced for layer in self.layers))

    @property
    def saving(self) -> Fraction | None:
        """The time now ÷ the time replaced; None of layers that take none."""
        now, replaced = self.seconds, self.replaced_seconds
        return now / replaced if now and replaced else None

    @cached_property
    def best_seconds(self) -> Fraction:
        """The sum once the layers that lose no time by it are replaced."""
        return Fraction(sum(min(layer.now, layer.replaced) for layer in self.layers))

    @property
    def gaining(self) -> tuple[str, ...]:
        """The names of the layers whose replacement takes less time."""
        return tuple(layer.name for layer in self.layers if layer.replaced < layer.now)

    @property
    def losing(self) -> tuple[str, ...]:
        """The names of the layers whose replacement takes more time."""
        return tuple(layer.name for layer in self.layers if layer.replaced > layer.now)


@dataclass(frozen=True)
class NetworkBound:
    """The bounds of a network's counted layers on a machine; uncounted operators are left out of them.

    execution: how they run; where it has no machine there are no bounds and no seconds.
    """

    audit: Audit
    execution: Execution
    layers: tuple[LayerBound, ...]

    @property
    def machine(self) -> Machine | None:
        """The machine that the layers run on; None where bytes alone are of interest."""
        return self.execution.machine

    @cached_property
    def bytes(self) -> int:
        """Bytes that all layers move."""
        return sum(each.bytes for layer in self.layers for each in layer.now.passes)

    @cached_property
    def replaced_bytes(self) -> int:
        """Bytes moved once every replaceable layer is replaced."""
        return sum(each.bytes for layer in self.layers for each in layer.replaced.passes)

    @cached_property
    def bounds(self) -> Times | None:
        """The layers' bounds; None without a machine."""
        if self.machine is None:
            return None
        return Times(tuple(each.bound_change for each in self.layers if each.bound_change is not None))

    @cached_property
    def estimates(self) -> Times | None:
        """The layers' estimates; None without a machine that was measured."""
        if self.execution.measured is None:
            return None
        return Times(tuple(each.estimate_change for each in self.layers if each.estimate_change is not None))

    def of(self, rows: Iterable[AuditedLayer]) -> tuple[LayerBound, ...]:
        """Return the bounds of some rows of the audit, in their order."""
        found = {layer.row.layer.name: layer for layer in self.layers}
        return tuple(found[row.layer.name] for row in rows)

    def layer(self, name: str) -> LayerBound:
        """Return the layer of that name; QuantityError where there is none."""
        return by_name(name, self.layers, lambda layer: layer.row.layer.name, "a layer of this network")


def network_bound(audit: Audit, execution: Execution | None = None) -> NetworkBound:
    """Bound each layer of an audit on a machine, as it is and as it would be replaced.

    execution: how they run; its batch is the network's.
    Raises FieldError for a layer whose maps are not known.
    """
    execution = replace(execution or USUAL_EXECUTION, batch=audit.network.batch)
    return NetworkBound(audit, execution, tuple(_layer_bound(row, execution) for row in audit.layers))


def _layer_bound(row: AuditedLayer, execution: Execution) -> LayerBound:
    now = _load(row.layer, execution)
    if row.replacement is None:
        return LayerBound(row, now, now)
    run = run_on(row.replacement.maps, execution)._replace(batch=row.layer.batch)
    return LayerBound(row, now, load_of(row.replacement.stages, run, execution.machine))


def _load(layer: NetworkLayer, execution: Execution) -> Load:
    traffic = layer.traffic
    if traffic is None:
        raise FieldError(
            f"layer {quoted(layer.name)}",
            "has no bound: the size of a map that it reads or writes is not known",
        )
    passes = (Pass(((layer.kind, layer.macs),), traffic.bytes(execution.element_size)),)
    if execution.machine is None:
        return Load(passes[0].bytes, passes)
    times = bound(passes, execution.machine), estimate(passes, execution.machine)
    return Load(passes[0].bytes, passes, bound=times[0], estimate=times[1])
