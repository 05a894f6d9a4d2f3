"""Decimals, times and amounts of a metric as people say them."""

from __future__ import annotations

from fractions import Fraction

from sepcost.core.metrics import TIME, spoken
from sepcost.core.quantity import several
from sepcost.core.units import TIME_UNITS

NOTHING = "-"

_ALL_FIGURES_KNOWN = 1e15
_UNITS = (*TIME_UNITS.items(), ("ps", 10**12))


def decimal(value: Fraction | float | None) -> str:
    """Return a decimal of four figures at least, thousands grouped, and no figure that is not known.

    >>> decimal(12399.82), decimal(1.125), decimal(52.5), decimal(1.5e27), decimal(None)
    ('12,400', '1.125', '52.5', '1.5e+27', '-')
    """
    if value is None:
        return NOTHING
    value = float(value)
    if 1000 <= abs(value) < _ALL_FIGURES_KNOWN:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def seconds(value: Fraction | float | None) -> str:
    """Return a time in four figures.

    >>> seconds(Fraction(1, 3_821_000)), seconds(Fraction(5, 2)), seconds(None)
    ('261.7 ns', '2.5 s', '-')
    """
    if value is None:
        return NOTHING
    unit, scale = time_unit(value)
    above, below = value.as_integer_ratio()
    above *= scale
    return f"{decimal(above / below)} {unit}" if above >= below else f"{float(value):.4g} s"


def time_unit(value: Fraction | float) -> tuple[str, int]:
    """Return the largest unit of time that is no longer than a time, and how many of it are a second.

    >>> time_unit(Fraction(1, 3_821_000))
    ('ns', 1000000000)
    """
    above, below = value.as_integer_ratio()
    return next(((unit, scale) for unit, scale in _UNITS if above * scale >= below), _UNITS[-1])


def amount(metric: str, number: int | Fraction) -> str:
    """Return a number of what a metric counts, or a time, as people say it.

    >>> amount("macs", 600_000), amount("weights", 1), amount("memory", 1), amount("time", Fraction(1, 200))
    ('600,000 MACs', '1 weight', '1 byte of memory', '5 ms')
    """
    if metric == TIME:
        return seconds(number)
    what, *of = spoken(metric).split(" ", 1)
    return " ".join([several(number, what.removesuffix("s")), *of])
