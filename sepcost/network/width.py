"""A budget -> the largest width of a network that keeps it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from math import log
from typing import NamedTuple

from sepcost.core.errors import FileError
from sepcost.core.files import Path
from sepcost.core.limits import Budget, Totals
from sepcost.core.metrics import METRICS, TIME
from sepcost.core.quantity import Lengths, several
from sepcost.core.shown import Shown
from sepcost.fitting import differ, nothing_fits, nothing_limits, pieces
from sepcost.hardware.budget import budget_on
from sepcost.hardware.estimate import Passes
from sepcost.hardware.execution import USUAL_EXECUTION, Execution
from sepcost.network.measure import Measures
from sepcost.network.model import Network
from sepcost.network.read import format_of
from sepcost.network.toml.read import Design, read_design

STEPS = 100
"""A width is a multiple of 1/100."""

WIDEST = 100
"""The largest width that is tried."""

_MOST_GUESSES = 12
"""The widths that are guessed; from then on what is left is halved."""


@dataclass(frozen=True)
class WidthFit(Shown):
    """The largest width at which a network keeps a budget.

    network: as the file has it, without a width.
    width, totals: the width and what the network costs then; None where there is none, and then
    `reason` says why.
    limited_by: the metrics that the next width exceeds; empty where the widths end first.
    execution: how its layers run.
    """

    network: Network
    budget: Budget
    width: Fraction | None = None
    totals: Totals | None = None
    limited_by: tuple[str, ...] = ()
    reason: str | None = None
    execution: Execution = USUAL_EXECUTION


def fit_width(
    path: Path,
    *,
    max_weights: int | None = None,
    max_macs: int | None = None,
    max_memory: int | None = None,
    max_storage: int | None = None,
    max_time: Fraction | None = None,
    size: Lengths | None = None,
    execution: Execution = USUAL_EXECUTION,
) -> WidthFit:
    """Find, exactly, the largest width from 1/100 to 100 at which a TOML network keeps a budget.

    max_memory, max_storage: bytes; the machine's own where it has them and none is given.
    max_time: seconds on the execution's machine, by its estimate where it was measured, else by its bound.
    size: the input's length along each axis, instead of the file's.
    A width at which a layer cannot be built in its scheme is left out.

    Raises FileError for a file that holds no network, FieldError without a budget.
    """
    limits = {
        "weights": max_weights,
        "macs": max_macs,
        "memory": max_memory,
        "storage": max_storage,
        TIME: max_time,
    }
    budget = budget_on(execution, limits)
    if format_of(path) != "toml":
        raise FileError(os.fspath(path), "has no width: it multiplies the channels of a TOML network")
    design = read_design(path)
    network = design.network(size=size)

    def totals_at(step: int) -> Totals | None:
        try:
            return _totals(design.network(Fraction(step, STEPS), size), budget, execution)
        except FileError:
            return None

    def passes_at(step: int) -> Passes:
        """Return what runs at a width, or at the next below it that can be built; nothing where none can."""
        for built in range(step, 0, -1):
            with suppress(FileError):
                return _passes(design.network(Fraction(built, STEPS), size), execution)
        return ()

    as_written = _totals(network, budget, execution)
    parts = tuple(pieces(range(1, STEPS * WIDEST + 1), passes_at, budget, execution))
    below, above = _around(totals_at, budget, parts)
    if below is None:
        reason = _why_none(design, as_written, budget, above)
        return WidthFit(network, budget, reason=reason, execution=execution)
    if above is None and not differ(budget, (as_written, below.totals)):
        return WidthFit(network, budget, reason=nothing_limits("width", budget), execution=execution)
    limited_by = () if above is None else budget.exceeded_by(above.totals)
    return WidthFit(network, budget, below.width, below.totals, limited_by, execution=execution)


def _totals(network: Network, budget: Budget, execution: Execution) -> Totals:
    """Return what a network costs, as far as a budget limits it; counts in any case."""
    built = network.for_batch(execution.batch)
    measures = Measures(built, execution)
    run = {name: measures.check(name, 1).value for name in budget.metrics if name not in METRICS}
    if budget.shared:
        run["memory"] += measures.check("storage", 1).value
    return Totals(built.weights, built.macs, **run)  # type: ignore[arg-type]


def _passes(network: Network, execution: Execution) -> Passes:
    built = network.for_batch(execution.batch)
    layers = Measures(built, execution).bounds.layers
    return tuple(one for layer in layers for one in layer.now.passes)


class _Built(NamedTuple):
    step: int
    totals: Totals

    @property
    def width(self) -> Fraction:
        return Fraction(self.step, STEPS)

    def share(self, budget: Budget) -> float:
        """Return how many times the budget it takes: at most 1 where it keeps it."""
        return max(float(getattr(self.totals, name) / getattr(budget, name)) for name in budget.metrics)


def _around(
    totals_at: Callable[[int], Totals | None], budget: Budget, parts: Sequence[Sequence[int]]
) -> tuple[_Built | None, _Built | None]:
    """Return the last width within the budget and the first beyond it, None where there is none.

    parts: the widths in steps, ascending; within each cost only rises.
    """
    above = None
    for steps in reversed(parts):
        below, beyond = _around_within(totals_at, budget, steps)
        above = beyond or above
        if below is not None:
            return below, above
    return None, above


def _around_within(
    totals_at: Callable[[int], Totals | None], budget: Budget, steps: Sequence[int]
) -> tuple[_Built | None, _Built | None]:
    """Return the same among widths whose cost only rises.

    Building a network is what takes time, so each width is built once at most, and those are tried first
    where the budget should end. Those that cannot be built are left behind with their part.
    """
    below, above = None, None
    low, high = steps[0] - 1, steps[-1]
    tried: list[_Built] = []
    side = reach = 0
    while low < high:
        guess = (low + high + 1) // 2 if len(tried) > _MOST_GUESSES else _guess(tried, budget) + reach
        middle = max(low + 1, min(high, guess))
        built = _last_built(totals_at, range(middle, low, -1))
        if built is None:
            low = middle
            continue
        tried.append(built)
        before = side
        if budget.exceeded_by(built.totals):
            side, above, high = -1, built, built.step - 1
        else:
            side, below, low = 1, built, middle
        # Guesses that stay on one side creep towards the end of the budget: each goes further beyond it.
        reach = side * max(1, 2 * abs(reach)) if side == before else 0
    return below, above


def _guess(tried: list[_Built], budget: Budget) -> int:
    """Return the step at which the budget should end, from how cost grew between the last two tried."""
    if not tried:
        return STEPS
    last, power = tried[-1], 2.0
    if len(tried) > 1 and tried[-2].step != last.step:
        growth = log(last.share(budget) / tried[-2].share(budget)) / log(last.step / tried[-2].step)
        power = min(max(growth, 1.0), 3.0)
    return int(last.step / last.share(budget) ** (1 / power))


def _last_built(totals_at: Callable[[int], Totals | None], steps: range) -> _Built | None:
    for step in steps:
        totals = totals_at(step)
        if totals is not None:
            return _Built(step, totals)
    return None


def _why_none(design: Design, as_written: Totals, budget: Budget, least: _Built | None) -> str:
    """Return why no width keeps a budget; the network as written, which has no floor, still may."""
    if least is None:
        reason = "no width can be built"
    else:
        reason = nothing_fits("width", str(float(least.width)), budget, least.totals)
        narrowest = several(design.widths(None).narrowest, "channel")
        reason += f"; no width takes an out below {narrowest}"
    return reason if budget.exceeded_by(as_written) else f"{reason}; as written, the network fits"
