"""Two schemes and an unknown -> the condition under which the one costs no more than the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

import sympy

from sepcost.core.errors import InconclusiveError
from sepcost.core.given import USUAL_KERNEL, kernel_given
from sepcost.core.layer import Pair, checked_gamma
from sepcost.core.lookup import by_name, checked_word
from sepcost.core.metrics import METRICS
from sepcost.core.quantity import checked_if_given, checked_whole
from sepcost.core.schemes import BASELINE, SCHEME_NAMES, Scheme, scheme_named
from sepcost.solver import admissible, mathtext
from sepcost.solver.derivation import Line, derivation
from sepcost.solver.inequality import (
    EVERYWHERE,
    Case,
    Stretch,
    UndecidedError,
    cancelled,
    cases,
    difference,
    factored,
    stretches,
)
from sepcost.solver.problem import UNKNOWNS, Question, Setting, setting_of
from sepcost.solver.symbolic import (
    GAMMA,
    ONE,
    ROOT,
    Condition,
    Expr,
    Interval,
    Relation,
    signs,
    spelled_out,
    weights_of,
)

T = TypeVar("T")


@dataclass(frozen=True)
class SymbolCase:
    """While `when` holds, the scheme pays under `condition`."""

    when: Relation
    condition: Condition


@dataclass(frozen=True)
class BreakEvenRow:
    """When one scheme costs no more than the baseline.

    metrics: those that the row holds for, 'weights' or 'macs' or both.
    verdict: always, never, from, up_to, between, several, depends (read `cases`), not_applicable.
    condition: on the unknown, over the reals from 1; None where the verdict is depends or not_applicable.
    first, last: the smallest and largest admissible whole values that satisfy it; None where there
    is none or no end. strictly_first, strictly_last: the same where the scheme costs less.
    last_realizable: for unknown gamma, the last value that gives a whole depthwise multiplier.
    independent: whether the unknown has cancelled.
    steps: the derivation; each line follows from the one before.
    """

    scheme: str
    metrics: tuple[str, ...]
    verdict: str
    condition: Condition | None = None
    first: int | None = None
    last: int | None = None
    strictly_first: int | None = None
    strictly_last: int | None = None
    last_realizable: int | None = None
    independent: bool = False
    cases: tuple[SymbolCase, ...] = ()
    reason: str | None = None
    steps: tuple[Line, ...] = ()

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The exact ranges of the unknown, empty where the verdict is depends or never."""
        return () if self.condition is None else self.condition.intervals

    def _repr_latex_(self) -> str:
        if self.condition is not None:
            return f"${mathtext.latex_statement(self.condition)}$"
        cases = mathtext.latex_cases((case.condition, case.when) for case in self.cases)
        return f"${cases}$" if cases else r"$\mathrm{not \ applicable}$"


@dataclass(frozen=True)
class BreakEven:
    """The answers to one question, each scheme held against the scheme `against`."""

    question: Question
    against: str
    rows: tuple[BreakEvenRow, ...]

    def scheme(self, name: str, metric: str = "weights") -> BreakEvenRow:
        """Return the row of that scheme and metric; QuantityError where there is none."""
        rows = [row for row in self.rows if metric in row.metrics]
        return by_name(name, rows, lambda row: row.scheme, f"a scheme of this result for {metric}")


def breakeven(
    unknown: str = "N_o",
    *,
    n_i: int | None = None,
    n_o: int | None = None,
    kernel: int | Pair | None = USUAL_KERNEL,
    gamma: Fraction | int | str | None = None,
    bias: bool = False,
    tied: bool = False,
    schemes: Iterable[str] | None = None,
    against: str = BASELINE,
    metrics: Iterable[str] = METRICS,
) -> BreakEven:
    """Solve, exactly, when schemes cost no more than a baseline.

    unknown: 'N_o', 'N_i', 'gamma' or 'k', a square kernel's side. Sizes left out stay symbols;
    kernel None leaves the kernel one. tied: N_o = gamma N_i for generalized too.

    Raises FieldError for a size that cannot hold, QuantityError for an unknown name, and
    InconclusiveError where a symbol would have to be known.

    >>> row = breakeven(gamma=4).scheme("generalized")
    >>> row.intervals[0].lower, row.first
    (36/5, 8)
    """
    metrics = tuple(metrics)
    checked_word(unknown, UNKNOWNS)
    for metric in metrics:
        checked_word(metric, METRICS)
    question = Question(
        unknown=unknown,
        n_i=checked_if_given("n_i", checked_whole, n_i),
        n_o=checked_if_given("n_o", checked_whole, n_o),
        kernel=kernel_given(unknown, kernel),
        gamma=checked_if_given("gamma", checked_gamma, gamma),
        bias=bias,
        tied=tied,
    )
    baseline = scheme_named(against)
    names = schemes if schemes is not None else (name for name in SCHEME_NAMES if name != against)
    rows = [row for name in names for row in _rows(question, scheme_named(name), baseline, metrics)]
    return BreakEven(question, against, tuple(rows))


def _rows(
    question: Question, scheme: Scheme, baseline: Scheme, metrics: tuple[str, ...]
) -> list[BreakEvenRow]:
    """Return a row per metric, one for all where they say the same."""
    if not question.bias:  # Every MAC count is then its weight count × positions, which cancel.
        return [_row(question, scheme, baseline, metrics, bias=0)]
    rows = [_row(question, scheme, baseline, (metric,), int(metric == "weights")) for metric in metrics]
    answers = [replace(row, metrics=(), steps=()) for row in rows]
    return [replace(rows[0], metrics=metrics)] if answers.count(answers[0]) == len(rows) else rows


def _row(
    question: Question, scheme: Scheme, baseline: Scheme, metrics: tuple[str, ...], bias: int
) -> BreakEvenRow:
    row = BreakEvenRow(scheme.name, metrics, "not_applicable")
    setting = setting_of(question, (scheme, baseline))
    if isinstance(setting, str):
        return replace(row, reason=setting)
    shared = sympy.Integer(bias) * setting.sizes.n_o
    costs = (
        factored(weights_of(baseline, setting.sizes, bias) - shared),
        factored(weights_of(scheme, setting.sizes, bias) - shared),
    )
    reduced = difference(*cancelled(*costs))
    answer = _symbolic if reduced.free_symbols - {setting.variable} else _numeric
    row = answer(replace(row, independent=setting.variable not in reduced.free_symbols), setting, reduced)
    return replace(row, steps=derivation(setting, costs, shared, _claims(row), metrics == ("macs",)))


def _claims(row: BreakEvenRow) -> list[Line]:
    """Return what a derivation ends in; of several cases the one that bounds the unknown."""
    if row.condition is not None:
        return [row.condition]
    case = row.cases[-1]
    return [case.when, case.condition] if row.independent else [case.condition]


def _numeric(row: BreakEvenRow, setting: Setting, reduced: Expr) -> BreakEvenRow:
    found = stretches(reduced, setting.variable, setting.lower, setting.upper)
    return _decided(row, setting, found, found if reduced != 0 else ())


def _symbolic(row: BreakEvenRow, setting: Setting, reduced: Expr) -> BreakEvenRow:
    try:
        found = cases(reduced, setting.variable, setting.lower, setting.upper)
    except UndecidedError as error:
        raise _inconclusive(row.scheme, error.symbol) from None
    if not found:
        return _decided(row, setting, (), ())
    if found == (Case(None, EVERYWHERE),):
        return _decided(row, setting, (EVERYWHERE,), (EVERYWHERE,) if signs(reduced) == {1} else ())
    symbol = min(reduced.free_symbols - {setting.variable}, key=str)
    return replace(row, verdict="depends", cases=tuple(_symbol_case(case, setting, symbol) for case in found))


def _symbol_case(case: Case, setting: Setting, symbol: Expr) -> SymbolCase:
    when = case.when or Relation(symbol, ">=", ONE)
    if when.left == ROOT:
        when = Relation(GAMMA, when.sign, sympy.expand(when.right**2))
    part = _in_unknown(case.stretch, setting)
    condition = Condition(setting.subject, (Interval(part.lower, part.upper),))
    return SymbolCase(Relation(spelled_out(when.left), when.sign, spelled_out(when.right)), condition)


def _decided(
    row: BreakEvenRow, setting: Setting, found: tuple[Stretch, ...], cheaper: tuple[Stretch, ...]
) -> BreakEvenRow:
    """Return the answer in the unknown; `cheaper` are those of the stretches that hold more than equality."""
    parts = [_in_unknown(stretch, setting) for stretch in found]
    intervals = _merged(parts)
    ranges = [_whole_range(part, setting) for part in parts]
    cheaper_ranges = [
        _whole_range(_in_unknown(stretch, setting), setting, strictly=True) for stretch in cheaper
    ]
    last_realizable = admissible.last_square if setting.variable == ROOT else admissible.last
    return replace(
        row,
        verdict=verdict_of(intervals),
        condition=Condition(setting.subject, intervals),
        first=admissible.first(ranges, setting.whole),
        last=admissible.last(ranges, setting.whole),
        strictly_first=admissible.first(cheaper_ranges, setting.whole),
        strictly_last=admissible.last(cheaper_ranges, setting.whole),
        last_realizable=last_realizable(ranges, setting.whole) if setting.subject == GAMMA else None,
    )


def _in_unknown(stretch: Stretch, setting: Setting) -> Stretch:
    """Return a stretch of the variable as one of the unknown."""
    lower = None if stretch.lower is None else setting.at(stretch.lower)
    upper = None if stretch.upper is None else setting.at(stretch.upper)
    if setting.falls:
        return Stretch(upper, lower, stretch.zero_above, stretch.zero_below)
    return Stretch(lower, upper, stretch.zero_below, stretch.zero_above)


def _whole_range(part: Stretch, setting: Setting, strictly: bool = False) -> admissible.Range:
    least, most = setting.domain
    return admissible.whole_range(
        least if part.lower is None else part.lower,
        most if part.upper is None else part.upper,
        strictly_above=strictly and part.zero_below,
        strictly_below=strictly and part.zero_above,
    )


def _merged(parts: list[Stretch]) -> tuple[Interval, ...]:
    """Return ascending stretches as intervals, two that touch at a double root as one."""
    if len(parts) == 2 and parts[0].upper == parts[1].lower:
        return (Interval(parts[0].lower, parts[1].upper),)
    return tuple(Interval(part.lower, part.upper) for part in parts)


_VERDICTS = {
    (False, False): "always",
    (True, False): "from",
    (False, True): "up_to",
    (True, True): "between",
}


def verdict_of(intervals: tuple[Interval, ...]) -> str:
    """Return the verdict that ascending intervals of an unknown make."""
    if len(intervals) > 1:
        return "several"
    return _VERDICTS[intervals[0].lower is not None, intervals[0].upper is not None] if intervals else "never"


def _inconclusive(scheme: str, symbol: Expr) -> InconclusiveError:
    field = {"F": "kernel", "N_o": "n_o", "root_gamma": "gamma", "gamma": "gamma"}[symbol.name]
    return InconclusiveError(scheme, mathtext.text(spelled_out(symbol)), field)
