"""From the intervals in which a polynomial is not negative to a row that answers in the unknown."""

from __future__ import annotations

from dataclasses import replace

import sympy

from sepcost.core.monomial import NoRuleError
from sepcost.core.scheme import Scheme
from sepcost.solver import mathtext
from sepcost.solver.admissible import Whole, first, whole_numbers
from sepcost.solver.cases import Case, cases
from sepcost.solver.counts import NO_RULE, whole_values
from sepcost.solver.formulation import Formulation
from sepcost.solver.inequality import Solution, solved
from sepcost.solver.interval import EVERYWHERE, FLIPPED, Interval
from sepcost.solver.rows import BreakEvenRow, verdict_of
from sepcost.solver.symbolic import (
    ONE,
    Claim,
    Claims,
    Condition,
    Expr,
    Relation,
    SymbolCase,
    UndecidedError,
    spelled_out,
    square_of,
)


def answered(
    row: BreakEvenRow, formulation: Formulation, schemes: tuple[Scheme, ...], reduced: Expr
) -> BreakEvenRow:
    """Return the row with its answer: where `reduced`, a polynomial in the variable, is not negative.

    schemes: those that have to be built. Raises UndecidedError where a symbol would have to be known.
    """
    found = _answered(row, formulation, schemes, reduced)
    if found.first is not None or found.last is not None:
        return replace(found, constraints=formulation.open_counts(schemes))
    return replace(found, unbuilt=_why_unbuilt(found, formulation, schemes))


def _why_unbuilt(row: BreakEvenRow, formulation: Formulation, schemes: tuple[Scheme, ...]) -> str | None:
    """Return why no value is admissible of those that satisfy a row, None where there is no whole one."""
    ends = [whole_numbers(part, *formulation.domain) for part in row.intervals]
    if not row.cases and first(ends, Whole()) is None:
        return None
    if (broken := formulation.broken(schemes)) is None:
        return None if row.cases else f"no such {mathtext.text(formulation.subject)} gives whole channels"
    scheme, constraint = broken
    return f"{'' if scheme.name == row.scheme else f'{scheme.name} is '}not realizable: {constraint}"


def _answered(
    row: BreakEvenRow, formulation: Formulation, schemes: tuple[Scheme, ...], reduced: Expr
) -> BreakEvenRow:
    row = replace(row, independent=formulation.variable not in reduced.free_symbols)
    domain = formulation.variable, formulation.lower, formulation.upper
    if not reduced.free_symbols - {formulation.variable}:
        return _decided(row, formulation, schemes, solved(reduced, *domain))
    found = cases(reduced, *domain)
    if not found.cases:
        return _decided(row, formulation, schemes, Solution((), ()))
    if found.cases == (Case(None, (EVERYWHERE,)),):
        return _always(row, formulation, schemes, found.strictly)
    symbol = min(reduced.free_symbols - {formulation.variable}, key=str)
    shown = tuple(_symbol_case(case, formulation, symbol) for case in found.cases)
    return replace(row, verdict="depends", cases=shown, strictly=_told(found.strictly, formulation))


def _always(
    row: BreakEvenRow, formulation: Formulation, schemes: tuple[Scheme, ...], strictly: tuple[Claims, ...]
) -> BreakEvenRow:
    """Return the answer where the scheme costs no more whatever the unknown and the symbols.

    strictly: as in Cases.
    """
    if strictly == ((),):
        return _decided(row, formulation, schemes, Solution((EVERYWHERE,), (EVERYWHERE,)))
    above_least = ((Relation(formulation.variable, ">", ONE),),)
    if strictly == above_least:
        open_end = Interval(None, None, open_below=True)
        return _decided(row, formulation, schemes, Solution((EVERYWHERE,), (open_end,)))
    row = _decided(row, formulation, schemes, Solution((EVERYWHERE,), ()))
    return replace(row, strictly=_told(strictly, formulation))


def _told(strictly: tuple[Claims, ...], formulation: Formulation) -> tuple[Claims, ...]:
    """Return alternatives in the unknown and in the symbols that people write."""
    return tuple(tuple(_claim(claim, formulation) for claim in each) for each in strictly)


def _claim(claim: Claim, formulation: Formulation) -> Claim:
    """Return a claim about a symbol, or about the variable, as people write it."""
    if isinstance(claim, Condition):
        square = square_of(claim.subject)
        if square is None:
            return Condition(spelled_out(claim.subject), claim.intervals)
        squared = (part.converted(lambda end: sympy.expand(end**2)) for part in claim.intervals)
        return Condition(spelled_out(square), tuple(squared))
    if claim.left == formulation.variable:
        sign = FLIPPED[claim.sign] if formulation.falls else claim.sign
        return Relation(formulation.subject, sign, formulation.at(claim.right))
    if (square := square_of(claim.left)) is not None:
        return Relation(spelled_out(square), claim.sign, spelled_out(sympy.expand(claim.right**2)))
    return Relation(spelled_out(claim.left), claim.sign, spelled_out(claim.right))


def _symbol_case(case: Case, formulation: Formulation, symbol: Expr) -> SymbolCase:
    when = _claim(case.when or Relation(symbol, ">=", ONE), formulation)
    return SymbolCase(when, Condition(formulation.subject, _in_unknown(case.intervals, formulation)))


def _decided(
    row: BreakEvenRow, formulation: Formulation, schemes: tuple[Scheme, ...], found: Solution
) -> BreakEvenRow:
    """Return the answer in the unknown."""
    holds, cheaper = (_in_unknown(parts, formulation) for parts in found)
    row = replace(row, verdict=verdict_of(holds), condition=Condition(formulation.subject, holds))
    try:
        admissible, realizable = (
            whole_values(formulation.counts(schemes, multipliers), formulation.subject)
            for multipliers in (False, True)
        )
        return row.with_whole_ends(holds, cheaper, formulation.domain, admissible, realizable)
    except NoRuleError:
        raise UndecidedError(why=NO_RULE) from None


def _in_unknown(parts: tuple[Interval, ...], formulation: Formulation) -> tuple[Interval, ...]:
    """Return ascending intervals of the variable as ascending ones of the unknown."""
    found: list[Interval] = []
    for part in parts:
        shown = part.converted(formulation.at)
        if formulation.falls:
            found.insert(0, Interval(shown.upper, shown.lower, shown.open_above, shown.open_below))
        else:
            found.append(shown)
    return tuple(found)
