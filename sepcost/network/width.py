"""A budget -> the largest width of a network that keeps it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from sepcost.core.errors import FileError
from sepcost.core.files import Path, load_toml
from sepcost.core.layer import Pair
from sepcost.core.quantity import checked_if_given, checked_pair
from sepcost.fitting import Budget, Totals, grows, nothing_fits, nothing_limits
from sepcost.network.model import Network
from sepcost.network.read import format_of
from sepcost.network.toml import NARROWEST, network_of

STEPS = 100
"""A width is a multiple of 1/100."""

WIDEST = 100
"""The largest width that is tried."""


@dataclass(frozen=True)
class WidthFit:
    """The largest width at which a network keeps a budget.

    network: as the file has it, without a width.
    width, totals: the width and what the network costs then; None where there is none, and then
    `reason` says why.
    limited_by: the metrics that the next width exceeds; empty where the widths end first.
    """

    network: Network
    budget: Budget
    width: Fraction | None = None
    totals: Totals | None = None
    limited_by: tuple[str, ...] = ()
    reason: str | None = None


def fit_width(
    path: Path, *, max_weights: int | None = None, max_macs: int | None = None, size: Pair | None = None
) -> WidthFit:
    """Find, exactly, the largest width from 1/100 to 100 at which a TOML network keeps a budget.

    size: rows and columns of the input, instead of the file's. A width at which a layer cannot be
    built in its scheme is left out.

    Raises FileError for a file that holds no network, FieldError without a budget.
    """
    budget = Budget(max_weights, max_macs)
    if format_of(path) != "toml":
        raise FileError(os.fspath(path), "has no width: it multiplies the channels of a TOML network")
    fixed = checked_if_given("size", checked_pair, size)
    content = load_toml(path)
    network = network_of(content, path, size=fixed)

    def totals_at(step: int) -> Totals | None:
        try:
            return _totals(network_of(content, path, Fraction(step, STEPS), fixed))
        except FileError:
            return None

    below, above = _around(totals_at, budget)
    if below is None:
        return WidthFit(network, budget, reason=_why_none(network, budget, above))
    if above is None and not grows(budget, _totals(network), below.totals):
        return WidthFit(network, budget, reason=nothing_limits("width", budget))
    limited_by = () if above is None else budget.exceeded_by(above.totals)
    return WidthFit(network, budget, below.width, below.totals, limited_by)


class _Built(NamedTuple):
    step: int
    totals: Totals

    @property
    def width(self) -> Fraction:
        return Fraction(self.step, STEPS)


def _around(totals_at: Callable[[int], Totals | None], budget: Budget) -> tuple[_Built | None, _Built | None]:
    """Return the last width within the budget and the first beyond it, None where there is none.

    Each width is built once at most: those that cannot be built are left behind with their half.
    """
    below, above = None, None
    low, high = 0, STEPS * WIDEST
    while low < high:
        middle = (low + high + 1) // 2
        built = _last_built(totals_at, range(middle, low, -1))
        if built is None:
            low = middle
        elif budget.exceeded_by(built.totals):
            above, high = built, built.step - 1
        else:
            below, low = built, middle
    return below, above


def _last_built(totals_at: Callable[[int], Totals | None], steps: range) -> _Built | None:
    for step in steps:
        totals = totals_at(step)
        if totals is not None:
            return _Built(step, totals)
    return None


def _why_none(network: Network, budget: Budget, least: _Built | None) -> str:
    """Return why no width keeps a budget; the network as written, which has no floor, still may."""
    if least is None:
        reason = "no width can be built"
    else:
        reason = nothing_fits("width", str(float(least.width)), budget, least.totals)
        reason += f"; no width takes an out below {NARROWEST} channels"
    return reason if budget.exceeded_by(_totals(network)) else f"{reason}; as written, the network fits"


def _totals(network: Network) -> Totals:
    return Totals(network.weights, network.macs)
