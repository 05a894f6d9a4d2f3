"""A grid of layers as a picture: of one list of sizes curves, of two lists maps of the saving."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sepcost.core.errors import SepcostError
from sepcost.report.picture.figure import Figure, Picture, captioned
from sepcost.report.picture.sweep_axes import SPOKEN, PlottedGrid, lists_of
from sepcost.report.picture.sweep_curves import curves
from sepcost.report.picture.sweep_maps import maps
from sepcost.report.result import Record
from sepcost.report.table import Cell
from sepcost.sweep.grid import Grid


def picture(grid: Grid, records: Callable[[], Iterable[Record]], notes: Iterable[Cell]) -> Picture:
    """Return a picture of a grid, whose rows `records` gives, with notes below it.

    Raises QuantityError where not one or two of its lists have several values, SepcostError where no
    layer of it can be built.
    """
    lists = lists_of(grid)
    plotted = PlottedGrid(grid, list(records()), lists)
    if not plotted.has_costs:
        raise SepcostError(f"nothing to draw: no layer can be built as {' or '.join(grid.schemes)}")
    over = " and ".join(SPOKEN[each.field] for each in lists)
    title = f"Saving in {plotted.metric} against {grid.against}, over {over}"
    less = Cell(f"×: how many times less than {grid.against}")

    def paint(figure: Figure) -> None:
        key = curves(figure, plotted) if len(lists) == 1 else maps(figure, plotted)
        captioned(figure, Cell(title), plotted.fixed, key, [less, *notes])

    return Picture(title, plotted.fixed, paint)
