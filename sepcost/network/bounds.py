"""A network's layers on a machine: what bounds each, and whether its replacement gains time or loses it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from sepcost.core.errors import FieldError, quoted
from sepcost.core.lookup import by_name
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.roofline import (
    Bound,
    Passes,
    Run,
    Work,
    bound,
    passes_of_stages,
    total,
)
from sepcost.network.audit import Audit, AuditedLayer
from sepcost.network.model import NetworkLayer


@dataclass(frozen=True)
class LayerBound:
    """A layer of an audit and its bound, now and replaced; what stays as it is keeps its bound.

    work, replaced_work: MACs and bytes for the whole batch.
    bound, replaced_bound: None without a machine.
    """

    row: AuditedLayer
    work: Work
    replaced_work: Work
    bound: Bound | None = None
    replaced_bound: Bound | None = None

    @property
    def saving(self) -> Fraction | None:
        """The bound now ÷ the bound replaced: below 1 where the replacement loses time; None without one."""
        if self.row.replacement is None or self.bound is None or self.replaced_bound is None:
            return None
        return self.bound.seconds / self.replaced_bound.seconds

    @property
    def best_bound(self) -> Bound | None:
        """The bound now where the replacement loses time, else the bound replaced."""
        return self.bound if self.saving is not None and self.saving < 1 else self.replaced_bound


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

    @property
    def work(self) -> Work:
        """MACs and bytes of all layers."""
        return total(layer.work for layer in self.layers)

    @property
    def replaced_work(self) -> Work:
        """MACs and bytes once every replaceable layer is replaced."""
        return total(layer.replaced_work for layer in self.layers)

    @property
    def seconds(self) -> Fraction | None:
        """The sum of the layers' bounds; None without a machine."""
        return self._seconds(layer.bound for layer in self.layers)

    @property
    def replaced_seconds(self) -> Fraction | None:
        """The sum of the bounds once every replaceable layer is replaced; None without a machine."""
        return self._seconds(layer.replaced_bound for layer in self.layers)

    @property
    def best_seconds(self) -> Fraction | None:
        """The sum of the bounds once the layers that gain time by it are replaced; None without a machine."""
        return self._seconds(layer.best_bound for layer in self.layers)

    @property
    def gaining(self) -> tuple[LayerBound, ...]:
        """The layers whose replacement has a lower bound."""
        return tuple(layer for layer in self.layers if layer.saving is not None and layer.saving > 1)

    @property
    def losing(self) -> tuple[LayerBound, ...]:
        """The layers whose replacement has a higher bound."""
        return tuple(layer for layer in self.layers if layer.saving is not None and layer.saving < 1)

    def of(self, rows: Iterable[AuditedLayer]) -> tuple[LayerBound, ...]:
        """Return the bounds of some rows of the audit, in their order."""
        found = {layer.row.layer.name: layer for layer in self.layers}
        return tuple(found[row.layer.name] for row in rows)

    def layer(self, name: str) -> LayerBound:
        """Return the layer of that name; QuantityError where there is none."""
        return by_name(name, self.layers, lambda layer: layer.row.layer.name, "a layer of this network")

    def _seconds(self, bounds: Iterable[Bound | None]) -> Fraction | None:
        if self.machine is None:
            return None
        return sum((each.seconds for each in bounds if each is not None), Fraction(0))


def network_bound(audit: Audit, execution: Execution) -> NetworkBound:
    """Bound each layer of an audit on a machine, as it is and as it would be replaced.

    execution: how they run; its batch is the network's.
    Raises FieldError for a layer whose maps are not known.
    """
    how = replace(execution, batch=audit.network.batch)
    return NetworkBound(audit, how, tuple(_layer_bound(row, how) for row in audit.layers))


def _layer_bound(row: AuditedLayer, how: Execution) -> LayerBound:
    now = (_work(row.layer, how.element_size),)
    replaced = _replaced(row, how) or now
    if how.machine is None:
        return LayerBound(row, total(now), total(replaced))
    return LayerBound(row, total(now), total(replaced), bound(now, how.machine), bound(replaced, how.machine))


def _work(layer: NetworkLayer, element_size: int) -> Work:
    traffic = layer.traffic
    if traffic is None:
        raise FieldError(
            f"layer {quoted(layer.name)}",
            "has no bound: the size of a map that it reads or writes is not known",
        )
    return Work(layer.macs, traffic.bytes(element_size))


def _replaced(row: AuditedLayer, how: Execution) -> Passes:
    """Return the passes of a replacement, none where there is none."""
    if row.replacement is None:
        return ()
    run = Run(
        row.replacement.maps,
        element_size=how.element_size,
        batch=row.layer.batch,
        fused=how.fused,
    )
    return passes_of_stages(row.replacement.stages, run)
