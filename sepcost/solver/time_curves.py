"""What time each scheme takes while channels grow: what a picture of a break-even in time shows."""

from __future__ import annotations

from fractions import Fraction

from sepcost.core.schemes import scheme_named
from sepcost.solver.curves import Curve, Panel, applicable_rows, crossings
from sepcost.solver.piecewise import PassTimes, breakpoints, value_at
from sepcost.solver.rows import BreakEven
from sepcost.solver.symbolic import Expr
from sepcost.solver.time_problem import TimeProblem, in_channels
from sepcost.solver.times import over_channels

_LEAST = 1.0


def time_panels(result: BreakEven) -> tuple[Panel, ...]:
    """Return the times of a break-even in channels: by bounds and, on a measured machine, by estimates.

    Raises SepcostError where no scheme has a time.
    """
    assert isinstance(result.problem, TimeProblem)
    question, machine = in_channels(result.problem), result.problem.execution.machine
    assert machine is not None
    applicable = applicable_rows(result)
    found = []
    for metric, times in over_channels(machine):
        rows = [row for row in applicable if metric in row.metrics]
        baseline, *others = (
            _curve(name, question.unknown, times(question.passes(scheme_named(name))))
            for name in (result.against, *(row.scheme for row in rows))
        )
        found.append(Panel((metric,), baseline, tuple(others), crossings(rows)))
    return tuple(found)


def _curve(scheme: str, unknown: Expr, times: PassTimes) -> Curve:
    turns = sorted(float(turn) for turn in breakpoints(times) if float(turn) > _LEAST)
    return Curve(scheme, lambda x: float(value_at(times, Fraction(x))), unknown, _LEAST, None, tuple(turns))
