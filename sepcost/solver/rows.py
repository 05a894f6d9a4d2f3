"""What a break-even comes to: a row for each scheme, with its verdict, bounds, cases and derivation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sepcost.core.alike import shapes, together
from sepcost.core.errors import InconclusiveError
from sepcost.core.lookup import by_name, checked_word
from sepcost.core.metrics import spoken
from sepcost.core.shown import Shown
from sepcost.solver import mathtext
from sepcost.solver.admissible import Admissible, first, whole_numbers
from sepcost.solver.constraints import Constraint
from sepcost.solver.interval import Interval
from sepcost.solver.problem import Problem
from sepcost.solver.symbolic import Claims, Condition, Expr, Statement, SymbolCase


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
    constraints: what has to be whole of the unknown and of symbols left free: first and last are for those
    values of the symbols with which it is.
    unbuilt: why no value that satisfies it is admissible, where that is so.
    first_realizable, last_realizable: the same with which every depthwise multiplier is whole too.
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
    first_realizable: int | None = None
    last_realizable: int | None = None
    independent: bool = False
    strictly: tuple[Claims, ...] | None = None
    constraints: tuple[Constraint, ...] = ()
    cases: tuple[SymbolCase, ...] = ()
    reason: str | None = None
    unbuilt: str | None = None
    undecided: InconclusiveError | None = None
    steps: tuple[Statement, ...] = ()

    def with_whole_ends(
        self,
        holds: Iterable[Interval],
        cheaper: Iterable[Interval],
        domain: tuple[Expr, Expr | None],
        admissible: Admissible,
        realizable: Admissible,
    ) -> BreakEvenRow:
        """Return it with the first and the last values with which a layer is built.

        holds, cheaper: ascending intervals in which the scheme costs no more, and less. domain: the ends of
        the unknown's own. realizable: those of the admissible values with which multipliers are whole too.
        Raises NoRuleError as `Whole.within`.
        """
        no_more, less = ([whole_numbers(part, *domain) for part in parts] for parts in (holds, cheaper))
        strictly_first = first(less, admissible)
        return replace(
            self,
            first=first(no_more, admissible),
            last=admissible.last(no_more),
            strictly_first=strictly_first,
            strictly_last=admissible.last(less),
            strictly=() if strictly_first is None else None,
            first_realizable=first(no_more, realizable),
            last_realizable=realizable.last(no_more),
        )

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The exact ranges of the unknown; empty where there is no condition on it, or none that holds."""
        return () if self.condition is None else self.condition.intervals

    def left_open(self, why: InconclusiveError) -> BreakEvenRow:
        """Return it with what keeps it from being decided."""
        return replace(self, verdict="undecided", undecided=why, reason=why.reason({}))

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
class BreakEven(Shown):
    """The answers to one problem, each scheme compared with the scheme `against`."""

    problem: Problem
    against: str
    rows: tuple[BreakEvenRow, ...]

    @property
    def alike(self) -> tuple[tuple[BreakEvenRow, ...], ...]:
        """The rows in their order, those together that say the same of schemes of the same stages."""
        given, parameters = self.problem, self.problem.parameters
        return together(
            self.rows,
            lambda row: (replace(row, scheme="", steps=()), shapes(row.scheme, given, parameters)),
        )

    def _repr_latex_(self) -> str:
        aligned = r" \\ ".join(f"{self._latex_name(row)} &: {row.latex}" for row in self.rows)
        return rf"$\begin{{aligned}} {aligned} \end{{aligned}}$"

    def _latex_name(self, row: BreakEvenRow) -> str:
        """Return a row's scheme as LaTeX, and its metrics where rows differ in them."""
        scheme = row.scheme.replace("_", r"\_")
        name = rf"\mathrm{{{scheme}}}"
        if len({each.metrics for each in self.rows}) == 1:
            return name
        return rf"{name}, \text{{{' and '.join(map(spoken, row.metrics))}}}"

    def scheme(self, name: str, metric: str = "weights") -> BreakEvenRow:
        """Return the row of that scheme and metric; QuantityError where there is none."""
        checked_word(metric, dict.fromkeys(each for row in self.rows for each in row.metrics))
        rows = [row for row in self.rows if metric in row.metrics]
        return by_name(name, rows, lambda row: row.scheme, f"a scheme of this result for {metric}")


_VERDICTS = {
    (False, False): "always",
    (True, False): "from",
    (False, True): "up_to",
    (True, True): "between",
}


def refuse_undecided(rows: Iterable[BreakEvenRow]) -> None:
    """Raise the InconclusiveError of the first row where none has an answer."""
    undecided = [row.undecided for row in rows]
    if undecided and undecided[0] is not None and None not in undecided:
        raise undecided[0]


def verdict_of(intervals: tuple[Interval, ...]) -> str:
    """Return the verdict that ascending intervals of an unknown make."""
    if len(intervals) > 1:
        return "several"
    return _VERDICTS[intervals[0].lower is not None, intervals[0].upper is not None] if intervals else "never"
