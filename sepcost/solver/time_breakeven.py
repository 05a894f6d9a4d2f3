"""When a scheme takes no more time than another, by bounds and by estimates: over machines, or channels.

Only the machine's balance matters to the order of two bounds. In the balance, and in channels, each
pass takes the greater of two polynomials, of degree two where both channel counts grow together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import sympy

from sepcost.core.build import NO_PARAMETERS, build, checked_parameters
from sepcost.core.errors import FieldError, InconclusiveError
from sepcost.core.exact import Rational
from sepcost.core.formulas import NO_BIAS, Bias
from sepcost.core.given import checked_given
from sepcost.core.layer import Layer, Pair
from sepcost.core.lookup import checked_word, several_names
from sepcost.core.monomial import NoRuleError
from sepcost.core.scheme import Scheme
from sepcost.core.schemes import BASELINE, NOTEBOOK_NAMES, scheme_named
from sepcost.hardware.estimate import Passes
from sepcost.hardware.execution import USUAL_EXECUTION, Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.roofline import Run, passes_of_stages, run_of
from sepcost.solver.admissible import Admissible
from sepcost.solver.counts import NO_RULE
from sepcost.solver.piecewise import Difference, PassTimes, breakpoints, value_at
from sepcost.solver.quadratic import Irrational, Real
from sepcost.solver.rows import BreakEven, BreakEvenRow, refuse_undecided, verdict_of
from sepcost.solver.symbolic import ONE, Condition, Expr, exact
from sepcost.solver.time_problem import NOT_QUADRATIC, TimeInChannels, TimeProblem, in_channels
from sepcost.solver.times import bounds_over_balance, over_balance, over_channels

BALANCE = sympy.Symbol("balance", positive=True)
"""A machine's MACs per byte: its peak ÷ its bandwidth."""


@dataclass(frozen=True)
class SavingCurve:
    """How the saving in time of one scheme on one layer depends on the machine's balance."""

    scheme: str
    against: str
    baseline: PassTimes
    costs: PassTimes

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
    parameters: Mapping[str, int] = NO_PARAMETERS,
) -> BreakEven:
    """Solve, exactly, for the machine balances at which schemes' bounds are no higher than a baseline's.

    execution: how the layer runs. On a machine that was measured there are rows of estimates too, over its
    memory's bandwidth, all else held. A balance is no whole number, so no row has a first or last.
    parameters: of the schemes, by name; their defaults unless given.
    Raises FieldError for a layer without a size, QuantityError for a name that is no scheme.

    >>> layer = Layer(512, 16, size=28, stride=4)
    >>> breakeven_balance(layer, Execution(bytes=1)).scheme("separable", "time").intervals
    (Interval(lower=None, upper=3136/421), Interval(lower=25088/2801, upper=None))
    """
    execution = execution or USUAL_EXECUTION
    run = run_of(layer, execution)
    every = _compared(schemes, against, parameters)
    problem = TimeProblem(**vars(layer), unknown="balance", execution=execution, parameters=dict(parameters))
    rows = []
    for scheme in every:
        sides = scheme_named(against), scheme
        reason = _first_reason(scheme, sides, lambda side: _why_not(layer, side, parameters))
        for metric, over in over_balance(execution):
            row = BreakEvenRow(scheme.name, (metric,), "not_applicable", reason=reason)
            if reason is None:
                more, less = (over(_passes(layer, side, run, parameters)) for side in sides)
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
    bias: Bias = NO_BIAS,
    schemes: Iterable[str] | None = None,
    against: str = BASELINE,
    parameters: Mapping[str, int] = NO_PARAMETERS,
) -> BreakEven:
    """Solve, exactly, for the channels at which schemes take no more time than a baseline.

    unknown: 'N_o' or 'N_i'. execution: how the layer runs, and on which machine: on one that was measured
    there are rows of estimates beside those of bounds.
    gamma: with the other channel count, the multiplier of generalized, held while the unknown grows;
    without it, N_o = gamma N_i, so that gamma = 1 asks for N channels both read and written.
    parameters: of the schemes, by name; their defaults unless given.
    Raises FieldError for sizes that cannot hold, or are missing, QuantityError for an unknown name, and
    InconclusiveError where no scheme's time is a polynomial of degree two or less.

    >>> machine = Machine(peak=495 * 10**12, bandwidth=3350 * 10**9, bytes=2)
    >>> breakeven_time(Execution(machine), n_i=64, size=56).scheme("separable", "time").first
    207
    >>> breakeven_time(Execution(machine), gamma=1, size=56).scheme("separable", "time").first
    133
    """
    others = {"N_o": "n_i", "N_i": "n_o"}
    other = others[checked_word(unknown, others)]
    held = {"n_i": n_i, "n_o": n_o}[other]
    for field, value in (("machine", execution.machine), ("size", size), ("kernel", kernel)):
        if value is None:
            raise FieldError(field, "is missing: a time needs it")
    if held is None and gamma is None:
        raise FieldError(other, f"is missing: give {{{other}}}, or {{gamma}} to hold N_o = gamma N_i")
    every = _compared(schemes, against, parameters)
    sizes = checked_given(unknown, n_i, n_o, kernel, size, stride, dilation, padding, bias, gamma)
    problem = TimeProblem(**sizes, unknown=unknown, execution=execution, parameters=dict(parameters))
    question = in_channels(problem)
    rows = [row for scheme in every for row in _time_rows(question, scheme, scheme_named(against))]
    refuse_undecided(rows)
    return BreakEven(problem, against, tuple(rows))


def pays_on(row: BreakEvenRow, machine: Machine) -> bool:
    """Return whether a machine's balance is among those of a row."""
    balance = exact(machine.balance)
    return any(balance in interval for interval in row.intervals)


def saving_curves(
    layer: Layer,
    execution: Execution,
    *,
    schemes: Iterable[str] | None = None,
    against: str = BASELINE,
    parameters: Mapping[str, int] = NO_PARAMETERS,
) -> tuple[SavingCurve, ...]:
    """Return the saving in time over the machine's balance, of each scheme that can be built."""
    run = run_of(layer, execution)
    baseline = scheme_named(against)
    curves = []
    for scheme in _compared(schemes, against, parameters):
        pair = baseline, scheme
        if all(_why_not(layer, side, parameters) is None for side in pair):
            sides = (bounds_over_balance(_passes(layer, side, run, parameters)) for side in pair)
            curves.append(SavingCurve(scheme.name, against, *sides))
    return tuple(curves)


def _compared(schemes: Iterable[str] | None, against: str, parameters: Mapping[str, int]) -> list[Scheme]:
    usual = (name for name in NOTEBOOK_NAMES if name != against)
    names = several_names(usual if schemes is None else schemes)
    checked_parameters(parameters, (*names, against))
    return [scheme_named(name) for name in names]


def _time_rows(question: TimeInChannels, scheme: Scheme, baseline: Scheme) -> Iterator[BreakEvenRow]:
    sides = baseline, scheme
    machine = question.problem.execution.machine
    assert machine is not None
    reason = _first_reason(scheme, sides, question.why_not)
    undecided = None
    if reason is None:
        try:
            passes, whole = [question.passes(side) for side in sides], question.whole(sides)
        except ValueError:
            undecided = NOT_QUADRATIC
        except NoRuleError:
            undecided = NO_RULE
    for metric, times in over_channels(machine):
        row = BreakEvenRow(scheme.name, (metric,), "not_applicable", reason=reason)
        if undecided is not None:
            row = _undecided(row, question, undecided)
        elif reason is None:
            more, less = map(times, passes)
            row = _timed(row, question, Difference(more, less, start=1), whole)
        yield row


def _timed(
    row: BreakEvenRow, question: TimeInChannels, difference: Difference, whole: Admissible
) -> BreakEvenRow:
    try:
        return _decided_whole(row, difference, question.unknown, whole)
    except NoRuleError:
        return _undecided(row, question, NO_RULE)


def _undecided(row: BreakEvenRow, question: TimeInChannels, problem: str) -> BreakEvenRow:
    return row.left_open(InconclusiveError(row.scheme, question.problem.unknown, "", problem))


def _decided_whole(
    row: BreakEvenRow, difference: Difference, unknown: Expr, whole: Admissible
) -> BreakEvenRow:
    """Return a row with its answer over the reals and the first and last whole numbers of it."""
    holds, cheaper = (
        [span.converted(_expression) for span in difference.spans(strictly)] for strictly in (False, True)
    )
    row = _decided(row, difference, unknown)
    return row.with_whole_ends(holds, cheaper, (ONE, None), admissible=whole, realizable=whole)


def _first_reason(
    scheme: Scheme, sides: Iterable[Scheme], why_not: Callable[[Scheme], str | None]
) -> str | None:
    """Return why a scheme or the baseline has no time, None where both have one."""
    for side in sorted(sides, key=lambda side: side is not scheme):
        if (reason := why_not(side)) is not None:
            return reason if side is scheme else f"{side.name}: {reason}"
    return None


def _why_not(layer: Layer, scheme: Scheme, parameters: Mapping[str, int]) -> str | None:
    """Return why a layer cannot be built in a scheme, None where it can."""
    refusal = build(scheme, layer, parameters).refusal
    return None if refusal is None else refusal.reason


def _passes(layer: Layer, scheme: Scheme, run: Run, parameters: Mapping[str, int]) -> Passes:
    """Return the passes of a layer in a scheme in which it can be built."""
    return passes_of_stages(build(scheme, layer, parameters).stages, run)


def _decided(row: BreakEvenRow, difference: Difference, subject: Expr) -> BreakEvenRow:
    # A start that is no answer, as balance 0, is none of the domain's either.
    found = tuple(
        replace(part, open_below=part.open_below and part.lower is not None)
        for part in (span.converted(_expression) for span in difference.spans())
    )
    return replace(
        row,
        verdict=verdict_of(found),
        condition=Condition(subject, found),
        independent=difference.is_equality,
    )


def _expression(end: Real) -> Expr:
    """Return an exact number as SymPy has it."""
    if not isinstance(end, Irrational):
        return exact(end)
    return exact(end.rational) + end.sign * sympy.sqrt(exact(end.radicand))
