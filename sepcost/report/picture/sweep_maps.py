"""The saving of each scheme over two lists of sizes, with the line at which it pays."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from typing import Any

from sepcost.core.errors import QuantityError, SepcostError
from sepcost.report.picture.axes import factor, label_places, logarithmic_ticks
from sepcost.report.picture.figure import INK, POINTS, Artist, Axes, Figure, beside, text_width
from sepcost.report.picture.style import BREAK_EVEN, BREAK_EVEN_HALO, MISSING
from sepcost.report.picture.sweep_axes import PlottedGrid

Cells = list[list[float]]
"""Savings by row, from the lowest, and column; nan where there is none."""

Point = tuple[float, float]

_WIDTH, _NARROWEST, _HEIGHT, _GAP = 5.0, 2.0, 3.0, 0.3
_BAR_WIDTH, _BAR_GAP = 0.14, 0.2
_NUMBER_SIZE, _ROOM = 7.5, 1.3
_DARK = 0.55
_COLOURS = "cividis"


def maps(figure: Figure, plotted: PlottedGrid) -> list[Artist]:
    """Draw a map for each scheme but the baseline, and return the legend's entries."""
    grid, (across, up) = plotted.grid, plotted.lists
    found = {scheme: line for scheme, line in plotted.savings().items() if scheme != grid.against}
    if not found:
        raise QuantityError(f"-o: {grid.against} saves nothing against itself: give another --scheme")
    savings = [value for line in found.values() for value in line if not isnan(value)]
    if not savings:
        raise SepcostError(f"nothing to draw: no layer has a saving against {grid.against}")
    width = max((_WIDTH - _GAP * (len(found) - 1)) / len(found), _NARROWEST)
    every = beside(figure, width, _HEIGHT, len(found), _GAP)
    norm = _norm(savings)
    rows = len(up.values)
    for axes, (scheme, line) in zip(every, found.items(), strict=True):
        mesh = _map(axes, [line[row::rows] for row in range(rows)], norm)
        axes.set_title(scheme, fontsize=9, loc="left")
        axes.set_xlabel(across.name)
        _label_places(axes, "x", across.labels)
        _label_places(axes, "y", up.labels)
        axes.tick_params(axis="y", labelleft=axes is every[0])
    every[0].set_ylabel(up.name)
    _add_colours(figure, every[-1], mesh, norm)
    key = []
    if norm.vmin < 1 < norm.vmax:
        key += every[0].plot([], [], label="break-even", **BREAK_EVEN)
    if any(isnan(value) for line in found.values() for value in line):
        key.append(every[0].bar(0, 0, label="not applicable or not realizable", **MISSING))
    return key


def _norm(values: list[float]) -> Any:
    """Return the scale of colours, on which equal factors are equal steps."""
    from matplotlib.colors import LogNorm

    low, high = min(values), max(values)
    slack = 1.0 if high > 1.2 * low else 1.1
    return LogNorm(low / slack, high * slack)


def _map(axes: Axes, cells: Cells, norm: Any) -> Artist:
    """Draw cells, the edges between those that pay and those that do not, and numbers if they fit."""
    rows, columns = len(cells), len(cells[0])
    axes.bar(0, rows, columns, align="edge", zorder=0, **MISSING)
    mesh = axes.pcolormesh(cells, cmap=_COLOURS, norm=norm, edgecolors="face", linewidth=0.2, zorder=1)
    axes.set_xlim(0, columns)
    axes.set_ylim(0, rows)
    for start, end in _edges(cells):
        for order, style in ((2, BREAK_EVEN_HALO), (3, BREAK_EVEN)):
            axes.plot(*zip(start, end, strict=True), solid_capstyle="projecting", zorder=order, **style)
    numbers = [factor(value) for row in cells for value in row if not isnan(value)]
    longest = max(numbers, key=len, default="")
    is_wide = text_width(axes.figure, longest, _NUMBER_SIZE) * _ROOM < axes.bbox.width / columns
    if is_wide and axes.bbox.height / rows > _NUMBER_SIZE * _ROOM:
        _write_numbers(axes, cells, mesh)
    return mesh


def _edges(cells: Cells) -> Iterator[tuple[Point, Point]]:
    """Yield the edges between a cell that pays and one beside or above it that does not."""
    for row, line in enumerate(cells):
        for column, value in enumerate(line):
            if column + 1 < len(line) and _differ(value, line[column + 1]):
                yield (column + 1, row), (column + 1, row + 1)
            if row + 1 < len(cells) and _differ(value, cells[row + 1][column]):
                yield (column, row + 1), (column + 1, row + 1)


def _differ(one: float, other: float) -> bool:
    return not isnan(one) and not isnan(other) and (one >= 1) != (other >= 1)


def _write_numbers(axes: Axes, cells: Cells, mesh: Artist) -> None:
    for row, line in enumerate(cells):
        for column, value in enumerate(line):
            if isnan(value):
                continue
            red, green, blue, _ = mesh.to_rgba(value)
            is_dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < _DARK
            axes.annotate(
                factor(value),
                xy=(column + 0.5, row + 0.5),
                ha="center",
                va="center",
                fontsize=_NUMBER_SIZE,
                color="#ffffff" if is_dark else INK,
            )


def _label_places(axes: Axes, axis: str, labels: list[str]) -> None:
    """Write labels below or beside cells, as many as there is room for."""
    space = (axes.bbox.width if axis == "x" else axes.bbox.height) / len(labels)
    shown = label_places(axes.figure, labels, space, upright=axis == "y")
    getattr(axes, f"set_{axis}ticks")([place + 0.5 for place in shown], [labels[place] for place in shown])
    axes.tick_params(axis=axis, length=0)


def _add_colours(figure: Figure, last: Axes, mesh: Artist, norm: Any) -> None:
    """Draw the scale of colours at the right."""
    box = last.get_position()
    inch = box.width / (last.bbox.width / POINTS)
    scale = figure.add_axes((box.x1 + _BAR_GAP * inch, box.y0, _BAR_WIDTH * inch, box.height))
    bar = figure.colorbar(mesh, cax=scale)
    ticks = logarithmic_ticks(norm.vmin, norm.vmax, 10) or [norm.vmin, norm.vmax]
    bar.set_ticks(ticks, labels=[factor(tick) for tick in ticks])
    bar.ax.minorticks_off()
    bar.outline.set_linewidth(0.5)
    for style in (BREAK_EVEN_HALO, BREAK_EVEN) if norm.vmin < 1 < norm.vmax else ():
        bar.ax.axhline(1, **style)
    bar.set_label("saving")
