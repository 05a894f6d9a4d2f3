"""The saving in time over the machine's balance as a picture, with the known machines on it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from sepcost.core.errors import SepcostError
from sepcost.hardware.machine import Machine
from sepcost.hardware.machines import machines_of
from sepcost.report.picture.annotations import LabelledPoint, crossing_label, label_points
from sepcost.report.picture.axes import factor, scaled, spread
from sepcost.report.picture.figure import (
    FAINT,
    Artist,
    Axes,
    Figure,
    Picture,
    captioned,
    frame,
    text_width,
)
from sepcost.report.picture.style import BASELINE, LEADER, draw_line, line_key
from sepcost.report.table import Cell
from sepcost.solver import mathtext
from sepcost.solver.curves import Crossing, crossings
from sepcost.solver.rows import BreakEven
from sepcost.solver.time_breakeven import SavingCurve, saving_curves
from sepcost.solver.time_problem import TimeProblem

_WIDTH, _HEIGHT = 5.4, 3.4
_SAMPLES = 240
_REACH = 2.5
_NAME_SIZE = 8
_NAME_GAP, _LEADER = 3.0, 12.0


def picture(result: BreakEven, about: str, notes: Sequence[Cell]) -> Picture:
    """Return a picture of a break-even in the machine's balance; `about` and `notes` say of what.

    Raises SepcostError where no scheme can be built.
    """
    problem = result.problem
    assert isinstance(problem, TimeProblem)
    curves = _curves(result, problem)
    machines = machines_of(problem.execution.element_size)
    marked = crossings([row for row in result.rows if row.reason is None])
    title = f"Saving in time against {result.against}, over the machine's balance"
    said = [f"{row.scheme}: {mathtext.statement(row.condition)}" for row in result.rows if row.condition]

    def paint(figure: Figure) -> None:
        axes = frame(figure, _WIDTH, _HEIGHT)
        _plot(axes, curves, machines, marked)
        captioned(figure, Cell(title), about, _legend(axes, curves, result.against), notes)

    return Picture(title, "; ".join([about, *said]), paint)


def _curves(result: BreakEven, problem: TimeProblem) -> tuple[SavingCurve, ...]:
    # Channels make a gamma below 1, which cannot be given.
    gamma = None if problem.gamma is None or problem.gamma < 1 else problem.gamma
    curves = saving_curves(
        problem.layer(gamma=gamma),
        problem.execution,
        schemes=[row.scheme for row in result.rows],
        against=result.against,
        parameters=problem.parameters,
    )
    if not curves:
        raise SepcostError(f"nothing to draw: {result.rows[0].reason}")
    return curves


def _plot(
    axes: Axes, curves: Sequence[SavingCurve], machines: Sequence[Machine], marked: Sequence[Crossing]
) -> None:
    turns = {turn for curve in curves for turn in curve.breakpoints if turn}
    low, high = _range([*turns, *(machine.balance for machine in machines)])
    values = sorted({*_samples(low, high), *turns})
    lines = [[float(curve.at(value)) for value in values] for curve in curves]
    balances = [float(value) for value in values]
    for place, (curve, savings) in enumerate(zip(curves, lines, strict=True)):
        draw_line(axes, curve.scheme, balances, savings, place)
    axes.axhline(1, **BASELINE)
    least, most = min(0.5, *map(min, lines)) / 1.1, max(2.0, *map(max, lines)) * 1.1
    band = _band(axes, machines)
    scaled(axes, "x", low, high, logarithmic=True)
    # Below the curves the frame stays free for the names of the machines.
    floor = least / (most / least) ** (band / (1 - band))
    scaled(axes, "y", floor, most, logarithmic=True, base=2)
    shown = [tick for tick in axes.get_yticks() if tick >= least]
    axes.set_yticks(shown, [factor(tick) for tick in shown])
    axes.grid(visible=True)
    axes.set_xlabel("machine balance: peak ÷ bandwidth, MACs per byte")
    axes.set_ylabel("saving in time")
    _name_machines(axes, machines, band)
    label_points(axes, [LabelledPoint(float(c.threshold), 1, crossing_label(c, "")) for c in marked])


def _range(values: Sequence[Fraction]) -> tuple[float, float]:
    return float(min(values)) / _REACH, float(max(values)) * _REACH


def _samples(low: float, high: float) -> list[Fraction]:
    return [Fraction(low * (high / low) ** (step / _SAMPLES)) for step in range(_SAMPLES + 1)]


def _band(axes: Axes, machines: Sequence[Machine]) -> float:
    """Return the part of the frame's height that the machines' names take."""
    if not machines:
        return 0.0
    longest = max(text_width(axes.figure, str(machine.name), _NAME_SIZE) for machine in machines)
    return float((longest + _LEADER + 2 * _NAME_GAP) / axes.bbox.height)


def _name_machines(axes: Axes, machines: Sequence[Machine], band: float) -> None:
    """Draw a line for each machine, and write its name upright below it, none over another."""
    wanted = [axes.transData.transform((float(machine.balance), 1))[0] - axes.bbox.x0 for machine in machines]
    places = spread(wanted, [_NAME_SIZE + _NAME_GAP] * len(machines), 0, axes.bbox.width)
    top = band * axes.bbox.height
    for machine, x, place in zip(machines, wanted, places, strict=True):
        line = {"color": FAINT, "linewidth": 0.6, "linestyle": (0, (4, 2)), "zorder": 1.6}
        axes.axvline(float(machine.balance), ymin=band, **line)
        axes.annotate(
            str(machine.name),
            xy=(x, top),
            xycoords="axes points",
            xytext=(place, top - _LEADER),
            textcoords="axes points",
            rotation=90,
            ha="center",
            va="top",
            fontsize=_NAME_SIZE,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            arrowprops={**LEADER, "relpos": (0.5, 1)},
        )


def _legend(axes: Axes, curves: Sequence[SavingCurve], against: str) -> list[Artist]:
    handles = axes.plot([], [], label=against, **BASELINE)
    return [*handles, *(line_key(axes, curve.scheme, curve.scheme) for curve in curves)]
