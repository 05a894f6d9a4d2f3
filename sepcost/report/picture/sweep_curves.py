"""What each scheme costs and saves over one list of sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isnan

from sepcost.report.picture.axes import (
    factor,
    label_places,
    scaled,
    wants_logarithm,
)
from sepcost.report.picture.figure import Artist, Axes, Figure, stacked
from sepcost.report.picture.style import BASELINE, draw_line, line_key
from sepcost.report.picture.sweep_axes import PlottedGrid, VariedList

_WIDTH, _HEIGHT, _GAP = 5.4, 2.1, 0.5


def curves(figure: Figure, plotted: PlottedGrid) -> list[Artist]:
    """Draw costs above savings, and return the legend's entries."""
    (over,), against = plotted.lists, plotted.grid.against
    above, below = stacked(figure, _WIDTH, _HEIGHT, 2, _GAP)
    costs = plotted.costs()
    name, written = plotted.cost_axis
    _draw(above, over, costs, written)
    above.set_ylabel(name)
    below.axhline(1, **BASELINE)
    savings = {scheme: line for scheme, line in plotted.savings().items() if scheme != against}
    _draw(below, over, savings, factor, also=1.0)
    below.set_ylabel(f"saving in {plotted.metric}")
    below.set_xlabel(over.name)
    keys = [line_key(above, scheme, scheme) for scheme in plotted.grid.schemes]
    return keys if against in costs else [*below.plot([], [], label=against, **BASELINE), *keys]


def _draw(
    axes: Axes,
    over: VariedList,
    lines: dict[str, list[float]],
    written: Callable[[float], str],
    also: float | None = None,
) -> None:
    xs = over.scale or [float(place) for place in range(len(over.values))]
    for place, (scheme, ys) in enumerate(lines.items()):
        points = [(x, y) for x, y in zip(xs, ys, strict=True) if not isnan(y)]
        draw_line(axes, scheme, [x for x, _ in points], [y for _, y in points], place)
    values = [y for ys in lines.values() for y in ys if not isnan(y)]
    _scale_up(axes, values if also is None else [*values, also], written)
    _scale_across(axes, over, xs)
    axes.grid(visible=True)


def _scale_up(axes: Axes, values: Sequence[float], written: Callable[[float], str]) -> None:
    low, high = min(values), max(values)
    if wants_logarithm(low, high):
        scaled(axes, "y", low / 1.2, high * 1.2, logarithmic=True, written=written)
    else:
        scaled(axes, "y", 0, high * 1.08, logarithmic=False, written=written)


def _scale_across(axes: Axes, over: VariedList, xs: Sequence[float]) -> None:
    low, high = min(xs), max(xs)
    if over.scale is not None and wants_logarithm(low, high):
        scaled(axes, "x", low / 1.06, high * 1.06, logarithmic=True, base=2)
        return
    margin = (high - low) * 0.03
    scaled(axes, "x", low - margin, high + margin, logarithmic=False)
    if over.scale is None:
        shown = label_places(axes.figure, over.labels, axes.bbox.width / len(xs))
        axes.set_xticks([xs[place] for place in shown], [over.labels[place] for place in shown])
