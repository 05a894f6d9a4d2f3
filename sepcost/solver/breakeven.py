"""Two schemes and an unknown -> the condition under which the one costs no more than the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import sympy

from sepcost.core.errors import InconclusiveError
from sepcost.core.given import FIELD_OF, USUAL_KERNEL, kernel_given
from sepcost.core.layer import Pair, checked_gamma
from sepcost.core.lookup import by_name, checked_word
from sepcost.core.metrics import METRICS
from sepcost.core.quantity import checked_if_given, checked_whole
from sepcost.core.schemes import BASELINE, NOTEBOOK_NAMES, Scheme, scheme_named
from sepcost.solver import admissible, mathtext
from sepcost.solver.cases import FLIPPED, Case, Together, UndecidedError, cases
from sepcost.solver.derivation import derivation
from sepcost.solver.inequality import Solution, cancelled, difference, factored, solved
from sepcost.solver.interval import EVERYWHERE, Interval
from sepcost.solver.problem import UNKNOWNS, Question, Setting, setting_of
from sepcost.solver.symbolic import (
    GAMMA,
    ONE,
    ROOT,
    TAPS,
    Claim,
    Condition,
    Expr,
    Relation,
    Statement,
    SymbolCase,
    spelled_out,
    weights_of,
)


@dataclass(frozen=True)
class BreakEvenRow:
    """When one scheme costs no more than the baseline.

    metrics: those that the row holds for, 'weights' or 'macs' or both.
    verdict: always, never, from, up_to, between, several, depends (read `cases`; where none of them holds,
    never), undecided, not_applicable.
    condition: on the unknown, over the reals from 1; None where the verdict is none of the first six.
    first, last: the smallest and largest admissible whole values that satisfy it; None where there
    is none or no end. strictly_first, strictly_last: the same where the scheme costs less.
    strictly: where strictly_first is None, the alternatives in which the scheme costs less, each of them
    claims that hold together; none of them for never.
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
    strictly: tuple[Together, ...] | None = None
    cases: tuple[SymbolCase, ...] = ()
    reason: str | None = None
    undecided: InconclusiveError | None = None
    steps: tuple[Statement, ...] = ()

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The exact ranges of the unknown, empty where the verdict is depends or never."""
        return () if self.condition is None else self.condition.intervals

    def worded(self, names: Mapping[str, str]) -> str | None:
        """Return the reason with each field under the name that `names` gives it."""
        return self.reason if self.undecided is None else self.undecided.reason(names)

    @property
    def latex(self) -> str:
        """What it says, as LaTeX."""
        if self.condition is not None:
            return mathtext.latex_statement(self.condition)
        cases = r"; \ ".join(map(mathtext.latex_statement, self.cases))
        verdict = self.verdict.replace("_", r" \ ")
        return cases or rf"\mathrm{{{verdict}}}"

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"


@dataclass(frozen=True)
class BreakEven:
    """The answers to one question, each scheme held against the scheme `against`."""

    question: Question
    against: str
    rows: tuple[BreakEvenRow, ...]

    def _repr_latex_(self) -> str:
        names = (row.scheme.replace("_", r"\_") for row in self.rows)
        lines = (rf"\mathrm{{{name}}} &: {row.latex}" for name, row in zip(names, self.rows, strict=True))
        aligned = r" \\ ".join(lines)
        return rf"$\begin{{aligned}} {aligned} \end{{aligned}}$"

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
    InconclusiveError where no scheme's answer can be told until a symbol is known.

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
    names = schemes if schemes is not None else (name for name in NOTEBOOK_NAMES if name != against)
    rows = [row for name in names for row in _rows(question, scheme_named(name), baseline, metrics)]
    undecided = [row.undecided for row in rows if row.undecided is not None]
    if rows and len(undecided) == len(rows):
        raise undecided[0]
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
    row = replace(row, independent=setting.variable not in reduced.free_symbols)
    try:
        row = _answered(row, setting, reduced)
    except UndecidedError as error:
        why = _inconclusive(row.scheme, error.symbol)
        row = replace(row, verdict="undecided", undecided=why, reason=why.reason({}))
    steps = derivation(setting, costs, shared, _claims(row), metrics == ("macs",))
    return replace(row, steps=steps)


def _claims(row: BreakEvenRow) -> list[Statement]:
    """Return what a derivation ends in."""
    if row.condition is not None:
        return [row.condition]
    if len(row.cases) > 1:
        return list(row.cases)
    return [
        line for case in row.cases for line in ([case.when] if row.independent else []) + [case.condition]
    ]


def _answered(row: BreakEvenRow, setting: Setting, reduced: Expr) -> BreakEvenRow:
    """Return the row with its answer; raise UndecidedError where a symbol would have to be known."""
    domain = setting.variable, setting.lower, setting.upper
    if not reduced.free_symbols - {setting.variable}:
        return _decided(row, setting, solved(reduced, *domain))
    found = cases(reduced, *domain)
    if not found.cases:
        return _decided(row, setting, Solution((), ()))
    if found.cases == (Case(None, (EVERYWHERE,)),):
        return _always(row, setting, found.strictly)
    symbol = min(reduced.free_symbols - {setting.variable}, key=str)
    shown = tuple(_symbol_case(case, setting, symbol) for case in found.cases)
    return replace(row, verdict="depends", cases=shown, strictly=_told(found.strictly, setting))


def _always(row: BreakEvenRow, setting: Setting, strictly: tuple[Together, ...]) -> BreakEvenRow:
    """Return the answer where the scheme costs no more whatever the unknown and the symbols.

    strictly: as in Cases.
    """
    if strictly == ((),):
        return _decided(row, setting, Solution((EVERYWHERE,), (EVERYWHERE,)))
    above_least = ((Relation(setting.variable, ">", ONE),),)
    if strictly == above_least:
        open_end = Interval(None, None, open_below=True)
        return _decided(row, setting, Solution((EVERYWHERE,), (open_end,)))
    row = _decided(row, setting, Solution((EVERYWHERE,), ()))
    return replace(row, strictly=_told(strictly, setting))


def _told(strictly: tuple[Together, ...], setting: Setting) -> tuple[Together, ...]:
    """Return alternatives in the unknown and in the symbols that people write."""
    return tuple(tuple(_claim(claim, setting) for claim in each) for each in strictly)


def _claim(claim: Claim, setting: Setting) -> Claim:
    """Return a claim about a symbol, or about the variable, as people write it."""
    if isinstance(claim, Condition):
        ends = [_in_gamma(claim.subject, part) for part in claim.intervals]
        return Condition(GAMMA if claim.subject == ROOT else spelled_out(claim.subject), tuple(ends))
    if claim.left == setting.variable:
        sign = FLIPPED[claim.sign] if setting.falls else claim.sign
        return Relation(setting.subject, sign, setting.at(claim.right))
    if claim.left == ROOT:
        return Relation(GAMMA, claim.sign, spelled_out(sympy.expand(claim.right**2)))
    return Relation(spelled_out(claim.left), claim.sign, spelled_out(claim.right))


def _in_gamma(subject: Expr, part: Interval) -> Interval:
    """Return an interval of √gamma as one of gamma; any other as it is."""
    if subject != ROOT:
        return part
    lower, upper = (None if end is None else sympy.expand(end**2) for end in (part.lower, part.upper))
    return Interval(lower, upper, part.open_below, part.open_above)


def _symbol_case(case: Case, setting: Setting, symbol: Expr) -> SymbolCase:
    when = _claim(case.when or Relation(symbol, ">=", ONE), setting)
    return SymbolCase(when, Condition(setting.subject, _in_unknown(case.intervals, setting)))


def _decided(row: BreakEvenRow, setting: Setting, found: Solution) -> BreakEvenRow:
    """Return the answer in the unknown."""
    holds, cheaper = (_in_unknown(parts, setting) for parts in found)
    ends = [admissible.whole_numbers(part, *setting.domain) for part in holds]
    cheaper_ends = [admissible.whole_numbers(part, *setting.domain) for part in cheaper]
    last_realizable = admissible.last_square if setting.variable == ROOT else admissible.last
    strictly_first = admissible.first(cheaper_ends, setting.whole)
    return replace(
        row,
        verdict=verdict_of(holds),
        condition=Condition(setting.subject, holds),
        first=admissible.first(ends, setting.whole),
        last=admissible.last(ends, setting.whole),
        strictly_first=strictly_first,
        strictly_last=admissible.last(cheaper_ends, setting.whole),
        strictly=() if strictly_first is None else None,
        last_realizable=last_realizable(ends, setting.whole) if setting.subject == GAMMA else None,
    )


def _in_unknown(parts: tuple[Interval, ...], setting: Setting) -> tuple[Interval, ...]:
    """Return ascending intervals of the variable as ascending ones of the unknown."""
    found: list[Interval] = []
    for part in parts:
        lower, upper = (None if end is None else setting.at(end) for end in (part.lower, part.upper))
        if setting.falls:
            found.insert(0, Interval(upper, lower, part.open_above, part.open_below))
        else:
            found.append(Interval(lower, upper, part.open_below, part.open_above))
    return tuple(found)


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
    field = {TAPS: "kernel", ROOT: "gamma"}.get(symbol) or FIELD_OF[symbol.name]
    return InconclusiveError(scheme, mathtext.text(spelled_out(symbol)), field)
