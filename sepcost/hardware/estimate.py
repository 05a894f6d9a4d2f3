"""Estimates of time from what was measured on a machine: never a bound, never exact.

A pass takes what a launch costs, and then the longer of its arithmetic, at the part of the peak that its
kind of stage reaches, and of its traffic with the smallest memory that holds it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from sepcost.core.formulas import Number
from sepcost.hardware.machine import Machine


class Pass(NamedTuple):
    """What one pass does and moves: MACs by kind of stage, and bytes."""

    macs_by_kind: tuple[tuple[str, Number], ...]
    bytes: Number

    @property
    def macs(self) -> Number:
        """MACs of every kind together."""
        return sum(macs for _, macs in self.macs_by_kind)

    @property
    def intensity(self) -> Fraction:
        """MACs per byte."""
        return Fraction(self.macs, self.bytes)


Passes = tuple[Pass, ...]
"""A pass per stage, or a single one of all the stages fused."""


def joined(passes: Iterable[Pass]) -> Pass:
    """Return passes as one."""
    every = list(passes)
    macs_by_kind = tuple(macs for each in every for macs in each.macs_by_kind)
    return Pass(macs_by_kind, sum(each.bytes for each in every))


def estimate(passes: Iterable[Pass], machine: Machine) -> Fraction | None:
    """Return the seconds that passes take one after the other, None on a machine that was not measured.

    >>> from sepcost.hardware.measured import Cache, Measured
    >>> near = Measured(caches=(Cache(50, 40),), launch=Fraction(1, 8), efficiency={"standard": "1/2"})
    >>> chip = Machine(100, 10, measured=near)
    >>> [str(estimate([Pass((("standard", 100),), moved)], chip)) for moved in (40, 80)]
    ['17/8', '65/8']
    """
    if machine.measured is None:
        return None
    return sum((_seconds(each, machine) for each in passes), Fraction(0))


_MEASURED_AS = {"attention": "dense", "recurrent": "dense"}
"""Kinds that are products of matrices, as dense layers are, by which efficiencies are given."""


def rate_of(kind: str, machine: Machine) -> Fraction:
    """Return the MAC/s that a kind of stage reaches; the peak where that was not measured."""
    return machine.peak * Fraction(machine.figures.efficiency.get(_MEASURED_AS.get(kind, kind), 1))


def level_of(moved: Number, machine: Machine) -> int:
    """Return the place of the smallest cache that holds what a pass moves; memory is behind them all."""
    caches = machine.figures.caches
    return next((place for place, cache in enumerate(caches) if moved <= cache.size), len(caches))


def regime(passes: Iterable[Pass], machine: Machine) -> tuple[object, ...]:
    """Return what stays the same while no pass is estimated to take less time for doing and moving more.

    That is the kinds of their stages, and how many caches they outgrow that are slower than the next.
    """
    bandwidths = _bandwidths(machine)
    slower = [place for place, (own, following) in enumerate(pairwise(bandwidths)) if own < following]
    return tuple(
        (
            tuple(kind for kind, _ in one.macs_by_kind),
            bisect_left(slower, level_of(one.bytes, machine)) if slower else 0,
        )
        for one in passes
    )


def _bandwidths(machine: Machine) -> tuple[int, ...]:
    """Return the byte/s of each cache, and of the memory behind them."""
    return (*(cache.bandwidth for cache in machine.figures.caches), machine.bandwidth)


def _seconds(one: Pass, machine: Machine) -> Fraction:
    level = _bandwidths(machine)[level_of(one.bytes, machine)]
    computing = sum((macs / rate_of(kind, machine) for kind, macs in one.macs_by_kind), Fraction(0))
    return machine.figures.launch + max(computing, Fraction(one.bytes, level))
