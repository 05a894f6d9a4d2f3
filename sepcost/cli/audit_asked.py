"""What the options of `sepcost audit` ask of a network, each answered by the package that knows it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from sepcost.core.errors import FieldError

if TYPE_CHECKING:
    from sepcost.core.limits import LimitCheck, Limited
    from sepcost.core.printed import Printed
    from sepcost.core.quantity import Lengths
    from sepcost.core.scaled import Share
    from sepcost.hardware.execution import Execution
    from sepcost.network.audit import AuditedLayer
    from sepcost.network.counters.rules import Tool
    from sepcost.network.measure import Measures
    from sepcost.network.model import Network
    from sepcost.network.plan import Plan
    from sepcost.report.audit_view import Against, AuditView
    from sepcost.report.result import Report


def networks_of(
    file: str,
    against: str | None,
    width: Fraction | None,
    size: Lengths | None,
    input_shapes: Sequence[tuple[str, tuple[int, ...]]],
    unbatched: bool,
    batch: int,
) -> tuple[Network, Network | None]:
    """Return a network and, if there is one, the network that it is compared with, for so many inputs.

    What is said of an exported network's input is for the one of both that is exported, else for both.
    """
    from sepcost.network.read import format_of, read_network

    shapes = dict(input_shapes)
    if len(shapes) != len(input_shapes):
        raise FieldError("--input-shape", "gives one input two shapes")

    def read(
        path: str, other: str | None, width: Fraction | None = None, size: Lengths | None = None
    ) -> Network:
        if other is not None and format_of(Path(path)) == "toml" != format_of(Path(other)):
            return read_network(path, width, size).for_batch(batch)
        return read_network(path, width, size, shapes or None, unbatched).for_batch(batch)

    network = read(file, against, width, size)
    return network, None if against is None else read(against, file)


def against_of(network: Network, before: Network | None, execution: Execution, runs: bool) -> Against | None:
    """Return what a network is compared with, as it is. runs: whether what layers do and move is shown."""
    if before is None:
        return None
    from sepcost.network.changes import changes
    from sepcost.network.measure import Measures
    from sepcost.report.audit_view import Against, AuditView

    measures = Measures(before, execution)
    return Against(AuditView(measures, measures.audited.layers, runs), changes(network, before))


def like_report(view: AuditView, tool: Tool) -> Report:
    """Return what another counter prints for the network."""
    from sepcost.network.counters.like import like
    from sepcost.report import audit
    from sepcost.report.like import report

    network = view.audit.network
    return report(like(network, tool), network.name, audit.report(view).document)


def expected_report(view: AuditView, asked: dict[str, Printed]) -> Report:
    """Return the conventions that give printed numbers, by metric."""
    from sepcost.network.counters.expect import expected
    from sepcost.report import audit
    from sepcost.report.expect import report

    network = view.audit.network
    found = {key: expected(network, key, number) for key, number in asked.items()}
    return report(found, network.name, audit.report(view).document)


def in_order(measures: Measures, sort: str, metric: str) -> list[AuditedLayer]:
    """Return the layers in the order that is wanted; those of one rank stay in their order."""
    if sort == "position":
        return list(measures.audited.layers)
    costs = measures.layer_costs(metric if sort == "saving" else sort)
    ordered = sorted(costs, key=lambda cost: cost.gain if sort == "saving" else cost.now, reverse=True)
    return [cost.row for cost in ordered]


def plan_of(measures: Measures, targets: dict[str, Limited | Share]) -> Plan | None:
    """Return which replacements reach a target, None without one; FieldError for two."""
    if not targets:
        return None
    (metric, target), *others = targets.items()
    if others:
        raise FieldError(
            f"--target-{others[0][0]}", f"cannot be used with --target-{metric}: give one target"
        )
    from sepcost.network.plan import planned

    return planned(measures, metric, target)


def checks_of(
    measures: Measures, limits: dict[str, Limited], allow: tuple[str, ...]
) -> tuple[LimitCheck, ...]:
    """Return each limit with what the network takes; refuse where that is not known."""
    if not limits:
        return ()
    from sepcost.network.doubts import doubts

    if not measures.network.layers:
        raise FieldError("FILE", "has no layer that is counted: a limit would hold nothing")
    for _, problem in doubts(measures.network, limits, allow):
        raise FieldError("--allow", f"{problem}: name it here to leave it out")
    return tuple(measures.check(metric, most) for metric, most in limits.items())
