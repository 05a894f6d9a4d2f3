"""A break-even as a picture: what each scheme costs over the unknown, and where that crosses the baseline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import inf, nextafter

from sepcost.core.errors import SepcostError
from sepcost.core.given import FIELD_OF
from sepcost.report.breakeven_notes import held_words, parameter_notes, reason_words
from sepcost.report.convention import convention_note
from sepcost.report.picture.annotations import LabelledPoint, crossing_label, label_points
from sepcost.report.picture.axes import AXIS_NAMES, BOUND, ESTIMATED, scaled, time_axis, wants_logarithm
from sepcost.report.picture.figure import (
    Artist,
    Axes,
    Figure,
    Picture,
    beside,
    captioned,
)
from sepcost.report.picture.style import draw_line, line_key
from sepcost.report.table import Cell
from sepcost.solver import mathtext
from sepcost.solver.curves import Curve, Panel, panels
from sepcost.solver.problem import Problem
from sepcost.solver.rows import BreakEven, BreakEvenRow
from sepcost.solver.time_curves import time_panels
from sepcost.solver.times import ESTIMATE, METRIC

_WIDTH, _HEIGHT = 5.4, 3.2
_SAMPLES = 160
_REACH = 8  # The picture goes on for this factor beyond the first and the last crossing,
_STEEPEST = 200  # Costs so far apart are told apart on a logarithmic scale alone.
_TIMES = {METRIC: BOUND, ESTIMATE: ESTIMATED}
_PLAIN_REACH = 64  # or for this one from the least value on where nothing crosses.


def picture(result: BreakEven) -> Picture:
    """Return a picture of a break-even.

    Raises FieldError for a size that is a symbol of the cost, SepcostError where no scheme applies.
    """
    title = f"Where a scheme costs no more than {result.against}"
    notes = [*_notes(result), convention_note(result.problem.bias)]
    return _picture(result, panels(result), title, held_words(result.problem), notes)


def picture_of_time(result: BreakEven, about: str, notes: Sequence[Cell]) -> Picture:
    """Return a picture of a break-even in time over channels; `about` and `notes` say of what.

    Raises SepcostError where no scheme has a time.
    """
    title = f"Where a scheme takes no more time than {result.against}"
    return _picture(result, time_panels(result), title, about, notes)


def _picture(
    result: BreakEven, drawn: Sequence[Panel], title: str, about: str, notes: Sequence[Cell]
) -> Picture:
    said = [f"{row.scheme}: {_said(row)}" for row in result.rows]

    def paint(figure: Figure) -> None:
        every = beside(figure, _WIDTH, _HEIGHT, len(drawn), gap=0.9)
        for axes, panel in zip(every, drawn, strict=True):
            _plot(axes, panel, result.problem)
        captioned(figure, Cell(title), about, _legend(every[0], result), notes)

    return Picture(title, "; ".join([about, *said]), paint)


def _said(row: BreakEvenRow) -> str:
    if row.condition is None:
        return reason_words(row)
    return mathtext.statement(row.condition, mathtext.readable)


def _notes(result: BreakEven) -> Iterator[Cell]:
    for row in result.rows:
        if row.reason is not None:
            yield Cell(f"{row.scheme}: {reason_words(row)}")
    yield from map(Cell, parameter_notes(result))


def _plot(axes: Axes, panel: Panel, problem: Problem) -> None:
    low, high = _range(panel)
    curves = (panel.baseline, *panel.others)
    logarithmic = _wants_logarithms(curves, low, high)
    costs: list[float] = []
    for place, curve in enumerate(curves):
        values = _samples(curve, low, high, logarithmic)
        costs += (drawn := [curve.at(value) for value in values])
        draw_line(axes, curve.scheme, values, drawn, place)
    scaled(axes, "x", low, high, logarithmic, base=10 if problem.unknown == "k" else 2)
    name, written = _cost_axis(panel, costs, logarithmic)
    scaled(axes, "y", *_cost_range(costs, logarithmic), logarithmic, written=written)
    axes.set_xlabel(_unknown_name(problem, panel))
    axes.set_ylabel(name)
    axes.grid(visible=True)
    subject = mathtext.text(panel.baseline.unknown)
    values = [float(crossing.threshold) for crossing in panel.crossings]
    labels = [crossing_label(crossing, subject) for crossing in panel.crossings]
    label_points(
        axes, [LabelledPoint(x, panel.baseline.at(x), label) for x, label in zip(values, labels, strict=True)]
    )


def _range(panel: Panel) -> tuple[float, float]:
    """Return from where to where the unknown is drawn: around the crossings, inside its domain."""
    least, most = panel.baseline.least, panel.baseline.most
    crossings = [float(crossing.threshold) for crossing in panel.crossings]
    low = max(least, crossings[0] / _REACH) if crossings else least
    turns = [turn * _REACH for curve in (panel.baseline, *panel.others) for turn in curve.turns]
    high = crossings[-1] * _REACH if crossings else max([least * _PLAIN_REACH, *turns])
    high = max(high, *(curve.least * _REACH for curve in panel.others))
    high = high if most is None else min(high, most)
    if high <= low:
        raise SepcostError(f"nothing to draw: {panel.baseline.unknown} can be {low:g} alone")
    return low, high


def _wants_logarithms(curves: Sequence[Curve], low: float, high: float) -> bool:
    costs = [curve.at(value) for curve in curves for value in (low, high)]
    return wants_logarithm(low, high) or max(costs) > _STEEPEST * min(costs)


def _samples(curve: Curve, low: float, high: float, logarithmic: bool) -> list[float]:
    low = max(low, curve.least)
    high = high if curve.most is None else min(high, curve.most)
    steps = [step / _SAMPLES for step in range(_SAMPLES + 1)]
    if logarithmic:
        found = [low * (high / low) ** step for step in steps]
    else:
        found = [low + (high - low) * step for step in steps]
    sides = (side for turn in curve.turns if low < turn < high for side in (turn, nextafter(turn, inf)))
    return sorted({*found, *sides})


def _cost_range(costs: Sequence[float], logarithmic: bool) -> tuple[float, float]:
    if not logarithmic:
        return 0, max(costs) * 1.05
    return min(costs) / 1.3, max(costs) * 1.3


def _unknown_name(problem: Problem, panel: Panel) -> str:
    unknown = problem.unknown
    name = AXIS_NAMES.get(FIELD_OF.get(unknown, unknown), unknown)
    tied = panel.metrics[0] in _TIMES and problem.n_i is None and problem.n_o is None
    return f"{name}, with Nₒ = γ Nᵢ" if tied else name


def _cost_axis(
    panel: Panel, costs: Sequence[float], logarithmic: bool
) -> tuple[str, Callable[[float], str] | None]:
    """Return what stands on the axis of costs, and how its ticks are written where that is not usual."""
    if panel.metrics[0] in _TIMES:
        return time_axis(max(costs), _TIMES[panel.metrics[0]], min(costs) if logarithmic else None)
    return _cost_name(panel), None


def _cost_name(panel: Panel) -> str:
    if panel.metrics == ("macs",):
        name = "MACs per output position" if panel.per_position else "MACs"
    elif panel.bias:
        # What every scheme has alike is no multiple of the input channels.
        name = "weights but for the outputs' biases" if panel.per_input else "weights"
    else:
        name = "weights" if panel.metrics == ("weights",) else "weights, or MACs per output position"
    return f"{name},\nper input channel Nᵢ" if panel.per_input else name


def _legend(axes: Axes, result: BreakEven) -> list[Artist]:
    """Return a line for each scheme, named, and what is said of one that never crosses."""
    verdicts: dict[str, set[str]] = {result.against: set()}
    for row in result.rows:
        if row.reason is None:
            verdicts.setdefault(row.scheme, set()).add(row.verdict)
    said = {"always": " (always pays)", "never": " (never pays)"}
    return [
        line_key(
            axes, scheme, scheme + "".join(said.get(verdict, "") for verdict in every if len(every) == 1)
        )
        for scheme, every in verdicts.items()
    ]
