"""A network's limits: each compared with what is counted, and refused where more may be there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sepcost.core.errors import quoted
from sepcost.core.limits import LimitCheck
from sepcost.network.model import Network


class Doubt(NamedTuple):
    """Why a limit proves nothing: an operator, and what is not known of it."""

    op: str
    problem: str


def doubts(network: Network, limits: Mapping[str, int], allow: Iterable[str]) -> Iterator[Doubt]:
    """Yield what keeps limits from being proved; none where each is kept, or exceeded, for sure.

    limits: the most of 'weights' or 'macs'. allow: operators that are left out, whatever they cost.
    """
    allowed = set(allow)
    for op in network.opaque_beyond(allowed):
        yield Doubt(op, f"the cost of {quoted(op)} is not known")
    for metric, most in limits.items():
        value = network.most(metric)
        missing = [one for one in network.held if one.of(metric) and one.op not in allowed]
        if value <= most < value + sum(one.of(metric) for one in missing):
            op, count = missing[0].op, missing[0].of(metric)
            what = "products" if metric == "macs" else "numbers"
            yield Doubt(op, f"{count:,} {what} of {quoted(op)} are not counted, and may exceed {most:,}")


def checks(network: Network, limits: Mapping[str, int]) -> tuple[LimitCheck, ...]:
    """Return each limit compared with what is counted, of branches those that have more."""
    return tuple(LimitCheck(metric, most, network.most(metric)) for metric, most in limits.items())
