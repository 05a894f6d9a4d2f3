"""When a scheme's roofline bound is no higher than another's: over machines, or over output channels.

Only the machine's balance matters to the order of two bounds. In the balance, and in the output
channels that a scheme writes, each stage's bound is the greater of two lines, so that a scheme's is a
sum of maxima.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

import sympy

from sepcost.core.build import build
from sepcost.core.errors import FieldError
from sepcost.core.formulas import Sizes
from sepcost.core.layer import Layer, Pair
from sepcost.core.schemes import BASELINE, NOTEBOOK_NAMES, Scheme, scheme_named
from sepcost.hardware.execution import USUALLY, Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.roofline import Passes, Run, passes_of, run_of, stage_loads
from sepcost.solver import admissible
from sepcost.solver.breakeven import BreakEven, BreakEvenRow, verdict_of
from sepcost.solver.interval import Interval
from sepcost.solver.piecewise import Difference, Line, Maxima, Rational, as_line, breakpoints, value_at
from sepcost.solver.problem import Question
from sepcost.solver.symbolic import N_O, ONE, Condition, Expr, exact

BALANCE = sympy.Symbol("balance", positive=True)
"""A machine's MACs per byte: its peak ÷ its bandwidth."""

METRIC = "time"


@dataclass(frozen=True, kw_only=True)
class RooflineQuestion(Question):
    """What is asked about bounds: of the machine's balance, or of output channels on one machine.

    execution: how the layer runs; without a machine where the balance is unknown.
    """

    execution: Execution


@dataclass(frozen=True)
class SavingCurve:
    """How the saving in time of one scheme on one layer depends on the machine's balance."""

    scheme: str
    against: str
    baseline: Maxima
    costs: Maxima

    def at(self, balance: Rational) -> Fraction:
        """Return the baseline's bound ÷ the scheme's, at MACs per byte."""
        return value_at(self.baseline, balance) / value_at(self.costs, balance)

    @property
    def breakpoints(self) -> tuple[Fraction, ...]:
        """The balances at which a stage turns from compute-bound to memory-bound, ascending."""
        return tuple(sorted(breakpoints(self.baseline) | breakpoints(self.costs)))


def breakeven_balance(
    layer: Layer,
    execution: Execution | None = None,
    *,
    schemes: Iterable[str] | None = None,
    against: str = BASELINE,
) -> BreakEven:
    """Solve, exactly, for the machine balances at which schemes' bounds are no higher than a baseline's.

    execution: how the layer runs, on no machine. A balance is no whole number, so no row has a first or last.
    Raises FieldError for a layer without a size, QuantityError for a name that is no scheme.

    >>> layer = Layer(512, 16, size=28, stride=4)
    >>> breakeven_balance(layer, Execution(bytes=1)).scheme("separable", "time").intervals
    (Interval(lower=None, upper=3136/421), Interval(lower=25088/2801, upper=None))
    """
    how = execution or USUALLY
    run = run_of(layer, how)
    baseline = scheme_named(against)
    rows = [_balance_row(layer, scheme, baseline, run) for scheme in _asked(schemes, against)]
    question = RooflineQuestion(**vars(layer), unknown="balance", execution=how)
    return BreakEven(question, against, tuple(rows))


def breakeven_time(
    execution: Execution,
    *,
    n_i: int | None,
    size: int | Pair | None,
    kernel: int | Pair = 3,
    stride: int | Pair = 1,
    dilation: int | Pair = 1,
    padding: str | int | Pair = "same",
    gamma: Fraction | int | str | None = None,
    bias: bool = False,
    schemes: Iterable[str] | None = None,
    against: str = BASELINE,
) -> BreakEven:
    """Solve, exactly, for the output channels N_o at which bounds are no higher than a baseline's.

    execution: how the layer runs, and on which machine.
    gamma: the multiplier of generalized, which is held while N_o grows.
    Raises FieldError for sizes that cannot hold, or are missing.

    >>> machine = Machine(peak=495 * 10**12, bandwidth=3350 * 10**9, bytes=2)
    >>> breakeven_time(Execution(machine), n_i=64, size=56).scheme("separable", "time").first
    207
    """
    machine = execution.machine
    for field, value in (("machine", machine), ("n_i", n_i), ("size", size)):
        if value is None:
            raise FieldError(field, "is missing: a bound needs it")
    assert machine is not None
    # Any output channels will do to check the rest, and to know positions.
    layer = Layer(n_i, 1, kernel, size, stride, dilation, padding, bias, gamma)
    question = RooflineQuestion(
        **{**vars(layer), "n_o": None, "gamma": None if gamma is None else layer.gamma},
        unknown="N_o",
        execution=execution,
    )
    run = run_of(layer, execution)
    baseline = scheme_named(against)
    rows = [_time_row(question, scheme, baseline, run, machine) for scheme in _asked(schemes, against)]
    return BreakEven(question, against, tuple(rows))


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
    baseline = passes_of(layer, scheme_named(against), run)
    curves = []
    for scheme in _asked(schemes, against):
        passes = passes_of(layer, scheme, run)
        if passes and baseline:
            curves.append(SavingCurve(scheme.name, against, _over_balance(baseline), _over_balance(passes)))
    return tuple(curves)


def _asked(schemes: Iterable[str] | None, against: str) -> list[Scheme]:
    names = schemes if schemes is not None else (name for name in NOTEBOOK_NAMES if name != against)
    return [scheme_named(name) for name in names]


def _balance_row(layer: Layer, scheme: Scheme, baseline: Scheme, run: Run) -> BreakEvenRow:
    row = BreakEvenRow(scheme.name, (METRIC,), "not_applicable")
    for side in (scheme, baseline):
        if (reason := _why_not(layer, side)) is not None:
            return replace(row, reason=reason if side is scheme else f"{side.name}: {reason}")
    held, asked = (_over_balance(passes_of(layer, side, run)) for side in (baseline, scheme))
    # At balance 0 memory would be infinitely fast: no machine's.
    return _decided(row, Difference(held, asked, start=0, open_=True), BALANCE)


def _time_row(
    question: RooflineQuestion, scheme: Scheme, baseline: Scheme, run: Run, machine: Machine
) -> BreakEvenRow:
    row = BreakEvenRow(scheme.name, (METRIC,), "not_applicable")
    for side in (scheme, baseline):
        if (reason := _why_not_in_outputs(question, side)) is not None:
            return replace(row, reason=reason if side is scheme else f"{side.name}: {reason}")
    held, asked = (_over_outputs(question, side, run, machine) for side in (baseline, scheme))
    difference = Difference(held, asked, start=1)
    cheaper = [admissible.whole_numbers(span, ONE, None) for span in difference.spans(strictly=True)]
    ranges = [admissible.whole_numbers(span, ONE, None) for span in difference.spans()]
    return replace(
        _decided(row, difference, N_O),
        first=admissible.first(ranges, admissible.Whole()),
        last=admissible.last(ranges, admissible.Whole()),
        strictly_first=admissible.first(cheaper, admissible.Whole()),
        strictly_last=admissible.last(cheaper, admissible.Whole()),
    )


def _why_not(layer: Layer, scheme: Scheme) -> str | None:
    """Return why a layer cannot be built in a scheme, None where it can."""
    refusal = build(scheme, layer).refusal
    return None if refusal is None else refusal.reason


def _why_not_in_outputs(question: RooflineQuestion, scheme: Scheme) -> str | None:
    """Return why a scheme's bound is no sum of maxima of lines in N_o, None where it is."""
    if scheme.ties_channels:
        return "its N_o is gamma N_i, and N_i is held"
    if not scheme.reads_gamma:
        return None
    if question.gamma is None:
        return "gamma is held while N_o grows: give gamma"
    if question.gamma.denominator != 1:
        return f"its multiplier {question.gamma} is not whole"
    return None


def _over_balance(passes: Passes) -> Maxima:
    """Return a scheme's bound × the machine's peak, in its balance."""
    return tuple((Line(work.macs), Line(0, work.bytes)) for work in passes)


def _over_outputs(question: RooflineQuestion, scheme: Scheme, run: Run, machine: Machine) -> Maxima:
    """Return a scheme's bound in seconds, in N_o."""
    gamma = 1 if question.gamma is None else int(question.gamma)
    loads = stage_loads(scheme.stages(Sizes(question.n_i, Line(0, 1), int(question.taps), gamma)), run)
    times = [
        (as_line(load.macs) * Fraction(1, machine.peak), as_line(load.bytes) * Fraction(1, machine.bandwidth))
        for load in loads
    ]
    if not run.fused:
        return tuple(times)
    computing, moving = zip(*times, strict=True)
    return ((sum(computing, Line(0)), sum(moving, Line(0))),)


def _decided(row: BreakEvenRow, difference: Difference, subject: Expr) -> BreakEvenRow:
    intervals = tuple(_interval(span, difference) for span in difference.spans())
    return replace(
        row,
        verdict=verdict_of(intervals),
        condition=Condition(subject, intervals),
        independent=difference.is_equality,
    )


def _interval(span: Interval, difference: Difference) -> Interval:
    return Interval(
        None if span.lower in (None, difference.start) else exact(span.lower),
        None if span.upper is None else exact(span.upper),
    )
