"""The time of a layer in a scheme, by its bound or by an estimate, in one unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from sepcost.hardware.estimate import Pass, Passes, level_of, rate_of
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.solver.piecewise import Level, PassTime, PassTimes
from sepcost.solver.quadratic import Quadratic, as_quadratic

METRIC, ESTIMATE = "time", "time_estimate"
"""What rows are about: bounds, and estimates on a machine that was measured."""

PassTimesOf = Callable[[Passes], PassTimes]
"""Passes -> their time in an unknown."""


def over_balance(execution: Execution) -> Iterator[tuple[str, PassTimesOf]]:
    """Yield what rows are about, and the time of passes in the machine's balance."""
    yield METRIC, bounds_over_balance
    machine = execution.machine
    if machine is not None and machine.measured is not None:
        yield ESTIMATE, lambda passes: _over_balance(passes, machine)


def over_channels(machine: Machine) -> Iterator[tuple[str, PassTimesOf]]:
    """Yield what rows are about, and the time of passes in channels."""
    bare = replace(machine, measured=None)
    yield METRIC, lambda passes: _over_channels(passes, bare)
    if machine.measured is not None:
        yield ESTIMATE, lambda passes: _over_channels(passes, machine)


def bounds_over_balance(passes: Passes) -> PassTimes:
    """Return the bounds of passes × the machine's peak, in its balance."""
    return _over_balance(passes, Machine(1, 1))


def _over_channels(passes: Passes, machine: Machine) -> PassTimes:
    """Return the times of passes in seconds, in the unknown of their MACs and bytes."""

    def levels(moved: Quadratic) -> Iterator[Level]:
        for cache in machine.figures.caches:
            yield Level(moved / cache.bandwidth, moved - cache.size)
        yield Level(moved / machine.bandwidth)

    return tuple(_time(each, tuple(levels(as_quadratic(each.bytes))), machine) for each in passes)


def _over_balance(passes: Passes, machine: Machine) -> PassTimes:
    """Return the times of passes in seconds, in the balance: that of memory alone, all else held."""
    caches = machine.figures.caches

    def moving(moved: int) -> Quadratic:
        place = level_of(moved, machine)
        if place < len(caches):
            return Quadratic(Fraction(moved, caches[place].bandwidth))
        return Quadratic(0, Fraction(moved, machine.peak))

    return tuple(_time(each, (Level(moving(each.bytes)),), machine) for each in passes)


def _time(each: Pass, levels: tuple[Level, ...], machine: Machine) -> PassTime:
    computing = (as_quadratic(macs) / rate_of(kind, machine) for kind, macs in each.macs_by_kind)
    return PassTime(sum(computing, Quadratic()), levels, machine.figures.launch)
