"""Axes: what a scale runs over, where its ticks stand and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log, log10
from typing import Generic, TypeVar

from sepcost.core.metrics import spoken
from sepcost.report.phrases import PREFIXES, decimal, seconds, time_unit
from sepcost.report.picture.figure import Axes, Figure, text_width

B = TypeVar("B")

AXIS_NAMES = {
    "n_o": "output channels Nₒ",
    "n_i": "input channels Nᵢ",
    "gamma": "depth multiplier γ",
    "kernel": "side k of the square kernel",
    "size": "side of the square input",
}
"""What stands on the axis of a size, by its field; of a kernel or an input, where it is a square."""

BOUND, ESTIMATED = spoken("time_bound"), spoken("time_estimate")
"""What stands on an axis of times."""

_LARGEST_WITH_SUFFIX = 1e15
_LOGARITHMIC_FROM = 10
_MOST_TICKS = 9
_LABEL_SIZE, _LABEL_ROOM = 8, 1.3
_THREE_FIGURES = 1000
_LONG = 10**6
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_ONE_STEP, _FEW_DECADES = 5, 10**3
_FINE_DIGITS = (1, 1.2, 1.4, 1.6, 1.8, *range(2, 10))


def short(value: float) -> str:
    """Return a number as a tick has it.

    >>> short(2500), short(115_600_000), short(0.5), short(1e18)
    ('2.5 k', '115.6 M', '0.5', '1e+18')
    """
    if abs(value) < _LARGEST_WITH_SUFFIX:
        for prefix, size in PREFIXES:
            if abs(value) >= size:
                return f"{value / size:.4g} {prefix}"
    return f"{value:.4g}"


@dataclass(frozen=True)
class BarChart(Generic[B]):
    """Bars on one axis: its name, a bar for each layer or scheme, and how its ticks are written."""

    name: str
    bars: tuple[B, ...]
    tick: Callable[[float], str] = short


def count(value: float) -> str:
    """Return a count with its thousands grouped, in four figures where that would be long.

    >>> count(115_605_504), count(10**18)
    ('115,605,504', '1e+18')
    """
    return f"{value:,}" if isinstance(value, int) and value < _LARGEST_WITH_SUFFIX else decimal(float(value))


def time_axis(
    most: float, name: str = BOUND, least: float | None = None
) -> tuple[str, Callable[[float], str]]:
    """Return what stands on an axis of seconds that runs so far, and how its ticks are written.

    least: where it starts, on a logarithmic one; far below `most`, each tick has its own unit.

    >>> name, written = time_axis(4.8e-7)
    >>> name, written(2.5e-7)
    ('bound in time, ns', '250')
    """
    if least is not None and most >= _FEW_DECADES * least:
        return name, lambda value: seconds(value).replace("us", "µs")
    unit, scale = time_unit(most)
    return f"{name}, {unit.replace('us', 'µs')}", lambda value: f"{value * scale:,.4g}"


def wants_logarithm(low: float, high: float) -> bool:
    """Whether a range is too wide to be read on a linear scale."""
    return low > 0 and high >= _LOGARITHMIC_FROM * low


def factor(value: float) -> str:
    """Return how many times less, in three figures.

    >>> factor(7.894), factor(0.5)
    ('7.89×', '0.5×')
    """
    return f"{value:,.0f}×" if value >= _THREE_FIGURES else f"{value:.3g}×"


def scaled(
    axes: Axes,
    axis: str,
    low: float,
    high: float,
    logarithmic: bool,
    base: int = 10,
    written: Callable[[float], str] | None = None,
) -> None:
    """Let an axis run over a range; a logarithmic one has its ticks at powers of the base."""
    getattr(axes, f"set_{axis}lim")(low, high)
    if not logarithmic:
        said = written or short
        getattr(axes, f"{axis}axis").set_major_formatter(lambda value, _: said(value))
        return
    getattr(axes, f"set_{axis}scale")("log", base=base)
    getattr(axes, f"set_{axis}lim")(low, high)
    ticks = logarithmic_ticks(low, high, base)
    said = written or (short if base == 10 else _power)
    getattr(axes, f"set_{axis}ticks")(ticks, [said(tick) for tick in ticks])
    getattr(axes, f"set_{axis}ticks")([], minor=True)


def label_places(figure: Figure, labels: Sequence[str], space: float, upright: bool = False) -> list[int]:
    """Return which of evenly spaced labels to write so that none runs into the next."""
    size = max((text_width(figure, each, _LABEL_SIZE) for each in labels), default=0)
    step = ceil((_LABEL_SIZE if upright else size) * _LABEL_ROOM / space)
    return list(range(0, len(labels), max(step, 1)))


def _power(value: float) -> str:
    """Return a power of 2 as a tick: in full where there is room."""
    if isinstance(value, int) and value < _LONG:
        return f"{value:,}"
    return "2" + str(round(log(value, 2))).translate(_RAISED)


def logarithmic_ticks(low: float, high: float, base: int) -> list[float]:
    """Return ticks in a range: powers of the base, thinned out or, where few, with 2 and 5 between.

    >>> logarithmic_ticks(1, 100, 2)
    [1, 2, 4, 8, 16, 32, 64]
    >>> logarithmic_ticks(3, 60, 10)
    [5, 10, 20, 50]
    """
    if base == 10 and high / low < _FEW_DECADES:
        digits = (1, 2, 5) if high / low >= _ONE_STEP else _FINE_DIGITS
        every = (digit * 10.0**power for power in _powers(low, high, 10) for digit in digits)
        return _inside(every, low, high)
    powers = _inside((float(base) ** power for power in _powers(low, high, base)), low, high)
    step = ceil(len(powers) / _MOST_TICKS)
    return [tick for tick in powers if round(log(tick, base)) % step == 0]


def _powers(low: float, high: float, base: int) -> range:
    return range(floor(log(low, base)) - 1, ceil(log(high, base)) + 1)


def _inside(ticks: Iterable[float], low: float, high: float) -> list[float]:
    slack = 1 + 1e-9
    kept = (tick for tick in ticks if low / slack <= tick <= high * slack)
    return [int(tick) if tick == int(tick) and log10(tick) < 15 else tick for tick in kept]


def spread(centres: list[float], widths: list[float], low: float, high: float) -> list[float]:
    """Return where labels stand that are wanted at ascending centres, none over another.

    They stay between `low` and `high` where there is room for them.

    >>> spread([10, 12, 80], [6, 6, 10], 0, 100)
    [8.0, 14.0, 80.0]
    """
    blocks: list[tuple[float, float, list[int]]] = []  # Left edge, width, labels.
    for label, (centre, width) in enumerate(zip(centres, widths, strict=True)):
        block = (_within(centre - width / 2, width, low, high), width, [label])
        while blocks and blocks[-1][0] + blocks[-1][1] > block[0]:
            block = _joined(blocks.pop(), block, centres, widths, low, high)
        blocks.append(block)
    found = []
    for left, _, labels in blocks:
        for label in labels:
            found.append(left + widths[label] / 2)
            left += widths[label]
    return found


def _joined(
    one: tuple[float, float, list[int]],
    other: tuple[float, float, list[int]],
    centres: list[float],
    widths: list[float],
    low: float,
    high: float,
) -> tuple[float, float, list[int]]:
    """Return two blocks of labels as one, as near as can be to where all of them are wanted."""
    labels, width = one[2] + other[2], one[1] + other[1]
    offset, wanted = 0.0, 0.0
    for label in labels:
        wanted += centres[label] - widths[label] / 2 - offset
        offset += widths[label]
    return _within(wanted / len(labels), width, low, high), width, labels


def _within(left: float, width: float, low: float, high: float) -> float:
    return max(low, min(left, high - width))
