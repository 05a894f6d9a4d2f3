"""A network's limits: each compared with what is counted, and refused where the true count may be larger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sepcost.core.errors import quoted
from sepcost.core.limits import Limited
from sepcost.core.metrics import METRICS, TIME
from sepcost.core.quantity import several
from sepcost.network.layer import NetworkLayer
from sepcost.network.model import Network


class Doubt(NamedTuple):
    """Why a limit proves nothing: an operator, and what is not known of it."""

    op: str
    problem: str


def doubts(
    network: Network,
    limits: Mapping[str, Limited],
    allow: Iterable[str],
    layers: Sequence[NetworkLayer] | None = None,
) -> Iterator[Doubt]:
    """Yield what keeps limits from being proved; none where each is kept, or exceeded, for sure.

    limits: the most by metric. allow: operators that are left out, whatever they cost.
    layers: those that each keep the limits by themselves; None where the whole network keeps them.
    """
    allowed = set(allow)
    for op in network.opaque_beyond(allowed):
        yield Doubt(op, f"the cost of {quoted(op)} is not known")
    if TIME in limits and network.others:
        yield Doubt("If", "which branch of 'If' runs is not known, and so is its time")
    held = [one for one in network.held if one.op not in allowed]
    if TIME in limits and (beside := [one for one in held if one.macs]):
        yield Doubt(
            beside[0].op,
            f"its time leaves out {several(beside[0].macs, 'product')} of {quoted(beside[0].op)}",
        )
    if layers is not None:
        ops = {layer.op for layer in layers}
        held = [one for one in held if one.op in ops]
    for metric, most in ((metric, limits[metric]) for metric in METRICS if metric in limits):
        missing = [one for one in held if one.of(metric)]
        if not missing:
            continue
        value = network.most(metric) if layers is None else max(one.counts.of(metric) for one in layers)
        if value <= most < value + sum(one.of(metric) for one in missing):
            op, count = missing[0].op, missing[0].of(metric)
            left_out = several(count, "product" if metric == "macs" else "possible weight")
            verb = "is" if count == 1 else "are"
            beyond = f"with {'it' if count == 1 else 'them'} the limit of {most:,} may be exceeded"
            yield Doubt(op, f"{left_out} of {quoted(op)} {verb} not counted, and {beyond}")
