"""The time of a layer in a scheme, by its bound or by an estimate, in one unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from sepcost.hardware.estimate import Pass, rate_of
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.solver.piecewise import Level, PassTime, Times
from sepcost.solver.quadratic import Polynomial, as_polynomial

METRIC, ESTIMATE = "time", "time_estimate"
"""What rows are about: bounds, and estimates on a machine that was measured."""

TimesOf = Callable[[tuple[Pass, ...]], Times]
"""Passes -> their time in an unknown."""


def over_balance(how: Execution) -> Iterator[tuple[str, TimesOf]]:
    """Yield what rows are about, and the time of passes in the machine's balance."""
    yield METRIC, bounds_over_balance
    machine = how.machine
    if machine is not None and machine.measured is not None:
        yield ESTIMATE, lambda passes: estimates_over_balance(passes, machine)


def over_channels(machine: Machine) -> Iterator[tuple[str, TimesOf]]:
    """Yield what rows are about, and the time of passes in channels."""
    yield METRIC, lambda passes: bounds_of(passes, machine)
    if machine.measured is not None:
        yield ESTIMATE, lambda passes: estimates_of(passes, machine)


def bounds_of(passes: Iterable[Pass], machine: Machine) -> Times:
    """Return the roofline bounds of passes in seconds, in the unknown of their MACs and bytes."""
    found = []
    for each in passes:
        macs = _sum(macs for _, macs in each.macs)
        moving = as_polynomial(each.bytes) / machine.bandwidth
        found.append(PassTime(macs / machine.peak, (Level(moving),)))
    return tuple(found)


def estimates_of(passes: Iterable[Pass], machine: Machine) -> Times:
    """Return the estimates of passes on a machine that was measured, in seconds, in their unknown."""
    assert machine.measured is not None
    found = []
    for each in passes:
        moved = as_polynomial(each.bytes)
        levels = [Level(moved / cache.bandwidth, moved - cache.size) for cache in machine.measured.caches]
        computing = _sum(as_polynomial(macs) / rate_of(kind, machine) for kind, macs in each.macs)
        last = Level(moved / machine.bandwidth)
        found.append(PassTime(computing, (*levels, last), machine.measured.launch))
    return tuple(found)


def bounds_over_balance(passes: Iterable[Pass]) -> Times:
    """Return the bounds of passes × the machine's peak, in its balance."""
    return tuple(
        PassTime(_sum(macs for _, macs in each.macs), (Level(Polynomial(0, each.bytes)),)) for each in passes
    )


def estimates_over_balance(passes: Iterable[Pass], machine: Machine) -> Times:
    """Return the estimates of passes in seconds, in the balance: that of memory alone, all else held."""
    assert machine.measured is not None
    found = []
    for each in passes:
        computing = _sum(as_polynomial(macs) / rate_of(kind, machine) for kind, macs in each.macs)
        caches = machine.measured.caches
        level = next((cache.bandwidth for cache in caches if each.bytes <= cache.size), None)
        through_memory = Polynomial(0, Fraction(each.bytes, machine.peak))
        moving = through_memory if level is None else Polynomial(Fraction(each.bytes, level))
        found.append(PassTime(computing, (Level(moving),), machine.measured.launch))
    return tuple(found)


def _sum(parts: Iterable[object]) -> Polynomial:
    return sum((as_polynomial(part) for part in parts), Polynomial())  # type: ignore[arg-type]
