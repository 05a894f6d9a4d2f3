"""A small grid as its pictures read it: the lists that have several values, and columns of numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isnan, nan

from sepcost.core.errors import QuantityError
from sepcost.core.layer import Pair
from sepcost.core.quantity import by
from sepcost.report import phrases as words
from sepcost.report.given import spacing_words
from sepcost.report.picture.axes import AXIS_NAMES, short, time_axis
from sepcost.report.result import Record
from sepcost.sweep.grid import Grid

_FIELDS = ("n_i", "n_o", "kernel", "size", "gamma")
_MOST_SWEPT = 2
SPOKEN = {"n_i": "N_i", "n_o": "N_o", "kernel": "kernel", "size": "size", "gamma": "gamma"}


@dataclass(frozen=True)
class VariedList:
    """A list of a grid that has several values."""

    field: str
    values: tuple[int | Pair | Fraction, ...]

    @property
    def is_square(self) -> bool:
        """Whether rows and columns are alike throughout, where the values have such."""
        return all(value[0] == value[1] for value in self.values if isinstance(value, tuple))

    @property
    def name(self) -> str:
        """What stands on its axis."""
        return AXIS_NAMES[self.field] if self.is_square else f"{SPOKEN[self.field]}, rows × columns"

    @property
    def labels(self) -> list[str]:
        """The values as people write them."""
        return (
            [label(side) for side in self._sides] if self.is_square else [label(each) for each in self.values]
        )

    @property
    def scale(self) -> list[float] | None:
        """The values as numbers that ascend, or None where they are no such."""
        sides = self._sides
        return [float(side) for side in sides] if self.is_square and sides == sorted(set(sides)) else None

    @property
    def _sides(self) -> list[int | Fraction]:
        return [value[0] if isinstance(value, tuple) else value for value in self.values]


@dataclass(frozen=True)
class PlottedGrid:
    """A grid, its rows, and its lists of several values in the order of the grid."""

    grid: Grid
    rows: Sequence[Record]
    lists: tuple[VariedList, ...]

    @property
    def metric(self) -> str:
        """What the saving is in: time on a machine, weights where biases are counted, else MACs."""
        if self.grid.machine is not None:
            return "time"
        return "weights" if self.grid.weights_apart else "MACs"

    def savings(self) -> dict[str, list[float]]:
        """Return the saving of each scheme, in the order of the layers; nan where there is none."""
        return self._columns(f"saving_{self.metric.lower()}")

    def costs(self) -> dict[str, list[float]]:
        """Return what the saving is of, in each scheme; bounds in seconds."""
        if self.grid.machine is not None:
            return self._columns("time_bound_s")
        return self._columns("weights" if self._are_weights else "macs")

    @property
    def cost_axis(self) -> tuple[str, Callable[[float], str]]:
        """What stands on the axis of costs, and how its ticks are written."""
        if self.grid.machine is not None:
            return time_axis(max(cost for line in self.costs().values() for cost in line if not isnan(cost)))
        return ("weights" if self._are_weights else "MACs"), short

    @property
    def has_costs(self) -> bool:
        """Whether any layer can be built in any scheme."""
        return not all(isnan(cost) for line in self.costs().values() for cost in line)

    @property
    def _are_weights(self) -> bool:
        return self.grid.size is None or self.grid.weights_apart

    def _columns(self, name: str) -> dict[str, list[float]]:
        number = len(self.grid.schemes)
        return {
            scheme: [nan if row[name] is None else float(row[name]) for row in self.rows[place::number]]
            for place, scheme in enumerate(self.grid.schemes)
        }

    @property
    def fixed(self) -> str:
        """The sizes that all layers share, in words."""
        grid, said = self.grid, []
        for field in _FIELDS:
            values = getattr(grid, field)
            if values is not None and len(values) == 1:
                said.append(_spoken(field, values[0]))
        return ", ".join([*said, *spacing_words(grid.stride, grid.dilation, grid.padding)])


def lists_of(grid: Grid) -> tuple[VariedList, ...]:
    """Return the lists of several values; QuantityError where a picture has no room for them."""
    lists = [(field, getattr(grid, field)) for field in _FIELDS]
    found = tuple(
        VariedList(field, values) for field, values in lists if values is not None and len(values) > 1
    )
    if not found:
        raise QuantityError("-o: a picture needs a list of several values, such as --no 16:1024:*2")
    if len(found) > _MOST_SWEPT:
        several = ", ".join(SPOKEN[each.field] for each in found)
        raise QuantityError(f"-o: a picture shows one list of several values or two, not {several}")
    return found


def label(value: int | Pair | Fraction) -> str:
    """Return a value of a list as people write it."""
    if isinstance(value, tuple):
        return words.with_glyphs(by(value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def _spoken(field: str, value: int | Pair | Fraction) -> str:
    if isinstance(value, tuple):
        return f"{by(value)} {'kernel' if field == 'kernel' else 'input'}"
    return f"{SPOKEN[field]} = {label(value)}"
