"""When a scheme takes no more time than another, by bounds and by estimates: over machines, or channels.

Only the machine's balance matters to the order of two bounds. In the balance, and in channels, each
pass takes the greater of two polynomials, of degree two where both channel counts grow together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import sympy

from sepcost.core.build import build
from sepcost.core.errors import FieldError
from sepcost.core.formulas import Sizes
from sepcost.core.layer import Layer, Pair
from sepcost.core.schemes import BASELINE, NOTEBOOK_NAMES, Scheme, scheme_named
from sepcost.hardware.estimate import Pass
from sepcost.hardware.execution import USUALLY, Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.roofline import Run, kinds_of_passes, run_of, stage_loads
from sepcost.solver import admissible
from sepcost.solver.counts import Whole, whole_numbers
from sepcost.solver.interval import Interval
from sepcost.solver.piecewise import Difference, Times, breakpoints, value_at
from sepcost.solver.problem import UNKNOWNS, Problem
from sepcost.solver.quadratic import Number, Polynomial, Rational, Root
from sepcost.solver.rows import BreakEven, BreakEvenRow, verdict_of
from sepcost.solver.symbolic import ONE, Condition, Expr, exact
from sepcost.solver.times import bounds_of, bounds_over_balance, estimates_of, estimates_over_balance

BALANCE = sympy.Symbol("balance", positive=True)
"""A machine's MACs per byte: its peak ÷ its bandwidth."""

METRIC, ESTIMATE = "time", "time_estimate"
"""What rows are about: bounds, and estimates on a machine that was measured."""

_MOST_STEPS = 64


@dataclass(frozen=True, kw_only=True)
class RooflineProblem(Problem):
    """A question about time: of the machine's balance, or of channels on one machine.

    execution: how the layer runs. Where the balance is unknown, a machine is one that was measured.
    """

    execution: Execution


@dataclass(frozen=True)
class SavingCurve:
    """How the saving in time of one scheme on one layer depends on the machine's balance."""

    scheme: str
    against: str
    baseline: Times
    costs: Times

    def at(self, balance: Rational) -> Fraction:
        """Return the baseline's bound ÷ the scheme's, at MACs per byte."""
        return value_at(self.baseline, balance) / value_at(self.costs, balance)

    @property
    def breakpoints(self) -> tuple[Fraction, ...]:
        """The balances at which a stage turns from compute-bound to memory-bound, ascending."""
        turns = breakpoints(self.baseline) | breakpoints(self.costs)
        return tuple(sorted(turn for turn in turns if isinstance(turn, Fraction)))


def breakeven_balance(
    layer: Layer,
    execution: Execution | None = None,
    *,
    schemes: Iterable[str] | None = None,
    against: str = BASELINE,
) -> BreakEven:
    """Solve, exactly, for the machine balances at which schemes' bounds are no higher than a baseline's.

    execution: how the layer runs. On a machine that was measured there are rows of estimates too, over its
    memory's bandwidth, all else held. A balance is no whole number, so no row has a first or last.
    Raises FieldError for a layer without a size, QuantityError for a name that is no scheme.

    >>> layer = Layer(512, 16, size=28, stride=4)
    >>> breakeven_balance(layer, Execution(bytes=1)).scheme("separable", "time").intervals
    (Interval(lower=None, upper=3136/421), Interval(lower=25088/2801, upper=None))
    """
    how = execution or USUALLY
    run = run_of(layer, how)
    problem = RooflineProblem(**vars(layer), unknown="balance", execution=how)
    rows = []
    for scheme in _compared(schemes, against):
        sides = scheme_named(against), scheme
        reason = _first_reason(scheme, sides, lambda side: _why_not(layer, side))
        for metric, over in _over_balance(how):
            row = BreakEvenRow(scheme.name, (metric,), "not_applicable", reason=reason)
            if reason is None:
                more, less = (over(_passes(layer, side, run)) for side in sides)
                # At balance 0 memory would be infinitely fast: no machine's.
                row = _decided(row, Difference(more, less, start=0, open_=True), BALANCE)
            rows.append(row)
    return BreakEven(problem, against, tuple(rows))


def breakeven_time(
    execution: Execution,
    unknown: str = "N_o",
    *,
    n_i: int | None = None,
    n_o: int | None = None,
    size: int | Pair | None = None,
    kernel: int | Pair = 3,
    stride: int | Pair = 1,
    dilation: int | Pair = 1,
    padding: str | int | Pair = "same",
    gamma: Fraction | int | str | None = None,
    bias: bool = False,
    schemes: Iterable[str] | None = None,
    against: str = BASELINE,
) -> BreakEven:
    """Solve, exactly, for the channels at which schemes take no more time than a baseline.

    unknown: 'N_o' or 'N_i'. execution: how the layer runs, and on which machine: on one that was measured
    there are rows of estimates beside those of bounds.
    gamma: with the other channel count, the multiplier of generalized, held while the unknown grows;
    without it, N_o = gamma N_i, so that gamma = 1 asks for N channels both read and written.
    Raises FieldError for sizes that cannot hold, or are missing.

    >>> machine = Machine(peak=495 * 10**12, bandwidth=3350 * 10**9, bytes=2)
    >>> breakeven_time(Execution(machine), n_i=64, size=56).scheme("separable", "time").first
    207
    >>> breakeven_time(Execution(machine), gamma=1, size=56).scheme("separable", "time").first
    133
    """
    other = {"N_o": "n_i", "N_i": "n_o"}[unknown]
    held = {"n_i": n_i, "n_o": n_o}[other]
    for field, value in (("machine", execution.machine), ("size", size)):
        if value is None:
            raise FieldError(field, "is missing: a time needs it")
    if held is None and gamma is None:
        raise FieldError(other, f"is missing: give {{{other}}}, or {{gamma}} to hold N_o = gamma N_i")
    # Any channels will do to check the rest, and to know the maps.
    layer = Layer(held or 1, held or 1, kernel, size, stride, dilation, padding, bias, gamma)
    fields = {**vars(layer), "n_i": n_i, "n_o": n_o, "gamma": None if gamma is None else layer.gamma}
    problem = RooflineProblem(**fields, unknown=unknown, execution=execution)
    run = run_of(layer, execution)
    rows = [
        row for scheme in _compared(schemes, against) for row in _time_rows(problem, scheme, against, run)
    ]
    return BreakEven(problem, against, tuple(rows))


def pays_on(row: BreakEvenRow, machine: Machine) -> bool:
    """Return whether a machine's balance is among those of a row."""
    balance = exact(machine.balance)
    return any(
        (interval.lower is None or interval.lower <= balance)
        and (interval.upper is None or balance <= interval.upper)
        for interval in row.intervals
    )


def saving_curves(
    layer: Layer,
    execution: Execution,
    *,
    schemes: Iterable[str] | None = None,
    against: str = BASELINE,
) -> tuple[SavingCurve, ...]:
    """Return the saving in time over the machine's balance, of each scheme that can be built."""
    run = run_of(layer, execution)
    baseline = scheme_named(against)
    curves = []
    for scheme in _compared(schemes, against):
        if _why_not(layer, scheme) is None and _why_not(layer, baseline) is None:
            sides = (bounds_over_balance(_passes(layer, side, run)) for side in (baseline, scheme))
            curves.append(SavingCurve(scheme.name, against, *sides))
    return tuple(curves)


def _compared(schemes: Iterable[str] | None, against: str) -> list[Scheme]:
    names = schemes if schemes is not None else (name for name in NOTEBOOK_NAMES if name != against)
    return [scheme_named(name) for name in names]


def _over_balance(how: Execution) -> Iterator[tuple[str, Callable[[tuple[Pass, ...]], Times]]]:
    """Yield what rows are about, and a time of passes in the machine's balance."""
    yield METRIC, bounds_over_balance
    machine = how.machine
    if machine is not None and machine.measured is not None:
        yield ESTIMATE, lambda passes: estimates_over_balance(passes, machine)


def _over_channels(machine: Machine) -> Iterator[tuple[str, Callable[[tuple[Pass, ...]], Times]]]:
    """Yield what rows are about, and a time of passes in channels."""
    yield METRIC, lambda passes: bounds_of(passes, machine)
    if machine.measured is not None:
        yield ESTIMATE, lambda passes: estimates_of(passes, machine)


def _time_rows(problem: RooflineProblem, scheme: Scheme, against: str, run: Run) -> Iterator[BreakEvenRow]:
    machine = problem.execution.machine
    assert machine is not None
    sides = scheme_named(against), scheme
    reason = _first_reason(scheme, sides, lambda side: _why_not_in_channels(problem, side))
    whole = None if reason is not None else _whole(problem, sides)
    if reason is None and whole is None:
        reason = f"it is not built for every {problem.unknown}"
    for metric, times in _over_channels(machine):
        row = BreakEvenRow(scheme.name, (metric,), "not_applicable", reason=reason)
        if whole is not None:
            more, less = (times(_passes_in_channels(problem, side, run)) for side in sides)
            row = _decided_whole(row, Difference(more, less, start=1), problem, whole)
        yield row


def _decided_whole(
    row: BreakEvenRow, difference: Difference, problem: RooflineProblem, whole: Whole
) -> BreakEvenRow:
    """Return a row with its answer over the reals and the first and last whole numbers of it."""
    ranges, cheaper = (
        [whole_numbers(_interval(span), ONE, None) for span in difference.spans(strictly)]
        for strictly in (False, True)
    )
    return replace(
        _decided(row, difference, UNKNOWNS[problem.unknown]),
        first=admissible.first(ranges, whole),
        last=admissible.last(ranges, whole),
        strictly_first=admissible.first(cheaper, whole),
        strictly_last=admissible.last(cheaper, whole),
    )


def _first_reason(
    scheme: Scheme, sides: Iterable[Scheme], why_not: Callable[[Scheme], str | None]
) -> str | None:
    """Return why a scheme or the baseline has no time, None where both have one."""
    for side in sorted(sides, key=lambda side: side is not scheme):
        if (reason := why_not(side)) is not None:
            return reason if side is scheme else f"{side.name}: {reason}"
    return None


def _why_not(layer: Layer, scheme: Scheme) -> str | None:
    """Return why a layer cannot be built in a scheme, None where it can."""
    refusal = build(scheme, layer).refusal
    return None if refusal is None else refusal.reason


def _why_not_in_channels(problem: RooflineProblem, scheme: Scheme) -> str | None:
    """Return why a scheme's time is not known in the unknown channels, None where it is."""
    if _is_tied(problem):
        return None
    if scheme.ties_channels:
        held = "N_i" if problem.unknown == "N_o" else "N_o"
        return f"its N_o is gamma N_i, and {held} is held"
    if not scheme.reads_gamma:
        return None
    if problem.gamma is None:
        return f"gamma is held while {problem.unknown} grows: give gamma"
    if problem.gamma.denominator != 1:
        return f"its multiplier {problem.gamma} is not whole"
    return None


def _is_tied(problem: RooflineProblem) -> bool:
    """Whether N_o = gamma N_i holds while the unknown grows."""
    return problem.n_i is None and problem.n_o is None


def _layer_at(problem: RooflineProblem, value: int) -> Layer:
    """Return the layer where the unknown has that value."""
    field = "n_o" if problem.unknown == "N_o" else "n_i"
    fields = {each: getattr(problem, each) for each in ("n_i", "n_o", "kernel", "gamma")}
    return Layer(**{**fields, field: value})


def _whole(problem: RooflineProblem, sides: tuple[Scheme, Scheme]) -> Whole | None:
    """Return the values of the unknown at which both sides are built, None where no step leads to them.

    Where N_o = gamma N_i and gamma = p/q, N_o is a multiple of p and N_i one of q.
    """
    least = 1
    if _is_tied(problem) and problem.gamma is not None:
        least = problem.gamma.numerator if problem.unknown == "N_o" else problem.gamma.denominator
    held = problem.n_i if problem.unknown == "N_o" else problem.n_o
    for step in (*(least * times for times in range(1, _MOST_STEPS + 1)), held or least):
        layers = [_layer_at(problem, step * times) for times in (1, 2, 3)]
        if all(_why_not(layer, side) is None for layer in layers for side in sides):
            return Whole(step=step)
    return None


def _passes(layer: Layer, scheme: Scheme, run: Run) -> tuple[Pass, ...]:
    """Return the passes of a layer in a scheme in which it can be built."""
    return kinds_of_passes(stage_loads(build(scheme, layer).stages, run), run.fused)


def _passes_in_channels(problem: RooflineProblem, scheme: Scheme, run: Run) -> tuple[Pass, ...]:
    """Return the passes of a scheme with MACs and bytes as polynomials in the unknown channels."""
    x, gamma = Polynomial(0, 1), problem.gamma
    n_i: int | Polynomial
    n_o: int | Polynomial
    if problem.unknown == "N_o":
        n_o, n_i = x, x / (gamma or 1) if problem.n_i is None else problem.n_i
    else:
        n_i, n_o = x, x * (gamma or 1) if problem.n_o is None else problem.n_o
    assert problem.kernel is not None
    taps = problem.kernel[0] * problem.kernel[1]
    sizes = Sizes(n_i, n_o, taps, Fraction(1) if gamma is None else gamma, *problem.kernel)
    return kinds_of_passes(stage_loads(scheme.stages(sizes), run), run.fused)


def _decided(row: BreakEvenRow, difference: Difference, subject: Expr) -> BreakEvenRow:
    # A start that is no answer, as balance 0, is none of the domain's either.
    found = tuple(
        replace(part, open_below=part.open_below and part.lower is not None)
        for part in map(_interval, difference.spans())
    )
    return replace(
        row,
        verdict=verdict_of(found),
        condition=Condition(subject, found),
        independent=difference.is_equality,
    )


def _interval(part: Interval) -> Interval:
    """Return an interval with its ends as SymPy has them."""
    return replace(part, lower=_expression(part.lower), upper=_expression(part.upper))


def _expression(end: Number | None) -> Expr | None:
    """Return an exact number as SymPy has it."""
    if not isinstance(end, Root):
        return None if end is None else exact(end)
    return exact(end.rational) + end.sign * sympy.sqrt(exact(end.radicand))
