"""What each scheme of a break-even problem costs while the unknown grows: what a picture of it shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import sympy

from sepcost.core.errors import FieldError, SepcostError
from sepcost.core.formulas import NO_BIAS, ONE_POSITION, Maps
from sepcost.core.scheme import Scheme
from sepcost.core.schemes import scheme_named
from sepcost.solver.costs import Compared, SchemePair, compared
from sepcost.solver.maps import maps_of
from sepcost.solver.problem import Problem, field_of
from sepcost.solver.rows import BreakEven, BreakEvenRow
from sepcost.solver.symbolic import N_I, Expr, macs_of, weights_of


@dataclass(frozen=True)
class Curve:
    """A scheme's cost over the unknown, which runs from `least` to `most`.

    at: the cost at a value of the unknown.
    most: None where nothing ends the unknown.
    turns: the values at which the cost may bend or jump, ascending.
    """

    scheme: str
    at: Callable[[float], float]
    unknown: Expr
    least: float
    most: float | None
    turns: tuple[float, ...] = ()


@dataclass(frozen=True)
class Crossing:
    """An exact value of the unknown at which schemes cost what the baseline costs.

    sign: '>=' where they pay from there on, '<=' up to there, '=' at this one value; '>' and '<' where they
        do not at the value itself.
    """

    sign: str
    threshold: Expr
    schemes: tuple[str, ...]


@dataclass(frozen=True)
class Panel:
    """The curves of one metric, the baseline first, and where they cross it.

    metrics: 'weights' or 'macs', or both where one picture says both; 'time' or 'time_estimate'.
    bias: whether biases are counted in the costs.
    per_position: whether MACs are those for one output position, as every stage writes those.
    per_input: whether costs are per input channel, whose number is not given and does not matter; the
        biases of the outputs, which every scheme has, are then left out.
    """

    metrics: tuple[str, ...]
    baseline: Curve
    others: tuple[Curve, ...]
    crossings: tuple[Crossing, ...]
    bias: bool = False
    per_position: bool = False
    per_input: bool = False


def panels(result: BreakEven) -> tuple[Panel, ...]:
    """Return the curves of a break-even, one panel for both metrics where they say the same.

    Raises FieldError for a size that is a symbol of the cost, SepcostError where no scheme applies.
    """
    applicable = applicable_rows(result)
    together = {row.metrics for row in applicable}
    metrics = together if len(together) == 1 else {(metric,) for each in together for metric in each}
    return tuple(_panel(result, each, applicable) for each in sorted(metrics, reverse=True))


def applicable_rows(result: BreakEven) -> list[BreakEvenRow]:
    """Return the rows that have an answer; SepcostError where none has."""
    applicable = [row for row in result.rows if row.reason is None]
    if not applicable:
        row = result.rows[0]
        raise SepcostError(f"nothing to draw: {row.scheme} is not applicable: {row.reason}")
    return applicable


def _panel(result: BreakEven, metrics: tuple[str, ...], applicable: list[BreakEvenRow]) -> Panel:
    rows = [row for row in applicable if metrics[0] in row.metrics]
    baseline = scheme_named(result.against)
    pairs = [(scheme, _found(result.problem, (baseline, scheme), metrics[0])) for scheme in _schemes(rows)]
    # Where the stages of any scheme write several maps, MACs are those of whole maps.
    per_position = metrics[0] == "weights" or all(found.on_one_map for _, found in pairs)
    maps = ONE_POSITION if per_position else maps_of(result.problem)
    held = [_curve(result.problem, baseline, found, metrics[0], maps) for _, found in pairs]
    others = tuple(_curve(result.problem, scheme, found, metrics[0], maps) for scheme, found in pairs)
    most = None if any(curve.most is None for curve in held) else max(curve.most or 0 for curve in held)
    whole = Curve(result.against, held[0].at, held[0].unknown, min(curve.least for curve in held), most)
    bias = result.problem.bias != NO_BIAS and metrics[0] == "weights"
    per_input = _is_per_input(result.problem)
    return Panel(metrics, whole, others, crossings(rows), bias, per_position, per_input)


def _schemes(rows: list[BreakEvenRow]) -> list[Scheme]:
    return [scheme_named(row.scheme) for row in rows]


def _found(problem: Problem, pair: SchemePair, metric: str) -> Compared:
    found = compared(problem, pair, metric)
    assert not isinstance(found, str)
    return found


def _curve(problem: Problem, scheme: Scheme, found: Compared, metric: str, maps: Maps) -> Curve:
    formulation = found.formulation
    if metric == "weights":
        cost = weights_of(scheme, formulation.sizes, problem.bias)
    else:
        cost = macs_of(scheme, formulation.sizes, maps)
    if _is_per_input(problem):
        # The biases of the outputs, which every scheme has, are no multiple of the input channels.
        cost = sympy.expand((cost - found.shared) / formulation.sizes.n_i)
    cost = cost.xreplace({formulation.variable: formulation.shown})
    for symbol in sorted(cost.free_symbols - {formulation.subject}, key=str):
        raise FieldError(
            field_of(symbol),
            f"is open, and the cost of {scheme.name} depends on it: give it for a picture",
        )
    least, most = formulation.domain
    unknown = formulation.subject
    return Curve(
        scheme.name,
        lambda value: float(cost.xreplace({unknown: sympy.Float(value)})),
        unknown,
        float(least),
        None if most is None else float(most),
    )


def _is_per_input(problem: Problem) -> bool:
    return problem.n_i is None and problem.unknown != N_I.name


def crossings(rows: list[BreakEvenRow]) -> tuple[Crossing, ...]:
    """Return where the schemes cross the baseline, ascending, those that do so together as one."""
    found: defaultdict[tuple[str, Expr], list[str]] = defaultdict(list)
    for row in rows:
        for part in row.intervals:
            if part.lower is not None and part.lower == part.upper:
                found["=", part.lower].append(row.scheme)
                continue
            for sign, end in ((part.lower_sign, part.lower), (part.upper_sign, part.upper)):
                if end is not None:
                    found[sign, end].append(row.scheme)
    every = (Crossing(sign, end, tuple(schemes)) for (sign, end), schemes in found.items())
    return tuple(sorted(every, key=lambda crossing: float(crossing.threshold)))
