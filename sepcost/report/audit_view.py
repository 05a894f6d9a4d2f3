"""What an audit shows: its rows and what else the options select."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import NamedTuple

from sepcost.core.limits import LimitCheck
from sepcost.core.metrics import TIME
from sepcost.hardware.execution import Execution
from sepcost.network.audit import Audit, AuditedLayer
from sepcost.network.bounds import LayerBound, NetworkBound
from sepcost.network.changes import Changes
from sepcost.network.layer_cost import LayerCost
from sepcost.network.measure import Measures
from sepcost.network.plan import Plan
from sepcost.network.subtotals import Learned, Subtotal, learned, subtotals
from sepcost.report.audit_fields import LAYER_FIELDS, MEMORY_FIELDS
from sepcost.report.convention import MACS, Unit
from sepcost.report.fields import Field


class ShownLayer(NamedTuple):
    """A row of an audit; what its layer does and moves, and the memory of its maps, where they are wanted.

    subtotal: what the layers of its kind cost, in the rows of CSV.
    """

    row: AuditedLayer
    load: LayerBound | None = None
    memory: LayerCost | None = None
    subtotal: Subtotal | None = None


class Against(NamedTuple):
    """What a network is compared with, as it is, and what changed since."""

    view: AuditView
    changes: Changes


@dataclass(frozen=True)
class AuditView:
    """An audit and what its options select.

    measures: the audit, and what its network takes as it runs.
    rows: the layers to show, in the order to show them.
    runs: whether what its layers do and move, and their times, are shown beside their counts.
    metric: what savings are in, and what a picture shows.
    against: what the network is compared with, None without one.
    unit: what operations are shown in.
    """

    measures: Measures
    rows: tuple[AuditedLayer, ...]
    runs: bool = False
    plan: Plan | None = None
    against: Against | None = None
    checks: tuple[LimitCheck, ...] = ()
    metric: str = "macs"
    unit: Unit = MACS

    @property
    def audit(self) -> Audit:
        """Its layers, and what replaces them."""
        return self.measures.audited

    @property
    def run(self) -> Execution | None:
        """How its layers run; None where their counts alone are shown."""
        return None if self.bounded is None else self.bounded.execution

    @property
    def bounded(self) -> NetworkBound | None:
        """What its layers do and move, and their times; None where their counts alone are shown."""
        return self.measures.bounds if self.runs else None

    @property
    def layers(self) -> tuple[ShownLayer, ...]:
        """The rows to show, each with what is known of it."""
        loads = repeat(None) if self.bounded is None else self.bounded.of(self.rows)
        if self.counted != "memory":
            return tuple(map(ShownLayer, self.rows, loads))
        of = {cost.name: cost for cost in self.measures.layer_costs("memory")}
        return tuple(map(ShownLayer, self.rows, loads, (of[row.layer.name] for row in self.rows)))

    @property
    def fields(self) -> tuple[Field, ...]:
        """What is known of each row."""
        return (*LAYER_FIELDS, *MEMORY_FIELDS) if self.counted == "memory" else LAYER_FIELDS

    @property
    def counted(self) -> str:
        """The metric of savings and pictures that layers are counted in: a time stands beside MACs."""
        return "macs" if self.metric == TIME else self.metric

    @cached_property
    def subtotals(self) -> tuple[Subtotal, ...]:
        """What the layers of each kind cost, those that are not shown among them."""
        return subtotals(self.audit.layers)

    @cached_property
    def parameters(self) -> Learned | None:
        """The network's learned parameters, None where they are not known."""
        return learned(self.audit.network)
