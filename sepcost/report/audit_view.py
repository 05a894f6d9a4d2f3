"""What an audit shows: its rows and what else the options select."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sepcost.core.limits import LimitCheck
from sepcost.hardware.execution import USUALLY, Execution
from sepcost.network.audit import Audit, AuditedLayer
from sepcost.network.changes import Changes
from sepcost.network.memory import Footprint, footprint
from sepcost.network.model import Network
from sepcost.network.plan import Plan
from sepcost.network.subtotals import Parameters, Subtotal, parameters, subtotals
from sepcost.report.convention import MACS, Unit


@dataclass(frozen=True)
class AuditView:
    """An audit and what its options select.

    rows: the layers to show, in the order to show them.
    execution: how its layers run. metric: what a picture of it shows.
    against: the network that it is compared with, and what changed since; None where there is none.
    unit: what operations are shown in.
    """

    audit: Audit
    rows: tuple[AuditedLayer, ...]
    plan: Plan | None = None
    against: Network | None = None
    changes: Changes | None = None
    checks: tuple[LimitCheck, ...] = ()
    execution: Execution = USUALLY
    metric: str = "macs"
    unit: Unit = MACS

    @cached_property
    def footprint(self) -> Footprint:
        """The memory and the storage that the network takes."""
        return footprint(self.audit.network, self.execution)

    @cached_property
    def subtotals(self) -> tuple[Subtotal, ...]:
        """What the layers of each kind cost, those that are not shown among them."""
        return subtotals(self.audit.layers)

    @cached_property
    def parameters(self) -> Parameters | None:
        """The network's learned parameters, None where they are not known."""
        return parameters(self.audit.network)
