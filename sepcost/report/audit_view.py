"""What an audit is to show: the rows and what was asked of it besides."""

from __future__ import annotations

from dataclasses import dataclass

from sepcost.core.limits import LimitCheck
from sepcost.network.audit import Audit, AuditedLayer, Changes
from sepcost.network.model import Network
from sepcost.network.plan import Plan


@dataclass(frozen=True)
class AuditView:
    """An audit and what was asked of it besides.

    rows: the layers to show, in the order to show them.
    against: the network that it is held against, with what changed since; None where there is none.
    """

    audit: Audit
    rows: tuple[AuditedLayer, ...]
    plan: Plan | None = None
    against: Network | None = None
    changes: Changes | None = None
    checks: tuple[LimitCheck, ...] = ()
