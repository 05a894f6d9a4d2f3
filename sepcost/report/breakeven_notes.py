"""What is said below a table of break-evens: where costs are equal, what has no answer, what was assumed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import sympy

from sepcost.core.metrics import TIME, spoken
from sepcost.core.schemes import scheme_named
from sepcost.report.given import given_words, parameter_words
from sepcost.solver import mathtext
from sepcost.solver.constraints import constraint_words
from sepcost.solver.problem import Problem
from sepcost.solver.roots import IndexedRoot, X
from sepcost.solver.rows import BreakEven, BreakEvenRow
from sepcost.solver.symbolic import Expr

Names = Mapping[str, str]
"""The caller's names of the fields of a problem."""

NO_NAMES: Names = MappingProxyType({})
_EQUAL = "costs the same, never less"
_ROOTS = "CRootOf(p, n): of the real roots of a polynomial p in x, ascending, the one after n others"


def notes(result: BreakEven, names: Names = NO_NAMES) -> Iterator[str]:
    """Yield the notes that the rows alone do not say."""
    for alike in result.alike:
        yield from _of_row(alike, result, names)
    yield from _least_notes(result)
    yield from parameter_notes(result)
    conditions = (case.condition for row in result.rows for case in row.cases)
    ends = (end for each in conditions for part in each.intervals for end in (part.lower, part.upper))
    if any(end is not None and end.has(IndexedRoot) for end in ends):
        yield _ROOTS


def held_words(problem: Problem) -> str:
    """Return the sizes and parameters that are given, in words."""
    sizes = given_words(problem, problem.unknown)
    return ", ".join(filter(None, [sizes, *parameter_words(problem.parameters)]))


def is_split(result: BreakEven) -> bool:
    """Whether a scheme has a row for each metric."""
    return len({row.scheme for row in result.rows}) < len(result.rows)


def named(alike: Iterable[BreakEvenRow], split: bool) -> str:
    """Return the schemes of rows alike, with their metrics where each has a row."""
    first, *_ = rows = list(alike)
    schemes = ", ".join(row.scheme for row in rows)
    return f"{schemes}, {counted(first)}" if split else schemes


def counted(row: BreakEvenRow) -> str:
    """Return a row's metrics as people say them."""
    return " and ".join(spoken("time_bound" if metric == TIME else metric) for metric in row.metrics)


def reason_words(row: BreakEvenRow, names: Names = NO_NAMES) -> str:
    """Return why a row has no answer, and that it has none."""
    reason = row.worded(names)
    return str(reason) if row.verdict == "undecided" else f"not applicable: {reason}"


def _of_row(alike: tuple[BreakEvenRow, ...], result: BreakEven, names: Names) -> list[str]:
    name, row = named(alike, is_split(result)), alike[0]
    if row.reason is not None:
        return [f"{name}: {reason_words(row, names)}"]
    notes = [f"{name}: {note}" for note in _of_roots(row)]
    if row.cases and row.strictly == ():
        notes.append(f"{name}: {_EQUAL}")
    if row.first is not None and (row.strictly_first, row.strictly_last) != (row.first, row.last):
        notes.append(f"{name}: {_strictly(row)}")
    if row.unbuilt is not None:
        notes.append(f"{name}: {row.unbuilt}")
    if row.constraints:
        ends = " and ".join(end for end in ("first", "last") if getattr(row, end) is not None)
        held = " and ".join(constraint_words(row.constraints))
        notes.append(f"{name}: {ends} hold{'' if ' ' in ends else 's'} where {held}")
    return notes + [f"{name}: {note}" for note in _of_multipliers(row, result)]


def _of_multipliers(row: BreakEvenRow, result: BreakEven) -> Iterator[str]:
    """Yield from where to where depthwise multipliers are whole, where first and last do not say it."""
    unknown = result.problem.unknown
    whole = "whole multipliers" if scheme_named(result.against).reads_gamma else "a whole multiplier"
    if row.first is None:
        return
    if row.first_realizable is None:
        yield f"no such {unknown} has {whole}"
        return
    both = ("first", row.first, row.first_realizable), ("last", row.last, row.last_realizable)
    ends = [(end, found) for end, value, found in both if value != found and found is not None]
    if ends:
        (end, found), *others = ends
        more = "".join(f", the {other} {value:,}" for other, value in others)
        yield f"the {end} {unknown} with {whole} is {found:,}{more}"


def _strictly(row: BreakEvenRow) -> str:
    if row.strictly:
        return f"costs less where {mathtext.alternatives_text(row.strictly)}, else the same"
    if row.strictly_first is None:
        return _EQUAL
    if len(row.intervals) > 1:
        last = "" if row.strictly_last is None else f", last at {row.strictly_last:,}"
        return f"costs less first at {row.strictly_first:,}{last}"
    if row.strictly_last is None:
        return f"equal at {row.first:,}, costs less from {row.strictly_first:,} on"
    ends = ((row.first, row.strictly_first), (row.last, row.strictly_last))
    equal = " and ".join(f"{end:,}" for end, cheaper in ends if end is not None and end != cheaper)
    return f"costs less from {row.strictly_first:,} to {row.strictly_last:,}, the same at {equal}"


def _of_roots(row: BreakEvenRow) -> Iterator[str]:
    """Yield which polynomial each bound without a closed form comes from."""
    for end in (end for part in row.intervals for end in (part.lower, part.upper)):
        if end is not None and mathtext.is_isolated(end):
            yield f"{mathtext.begun(end)} {_origin(end)}"


def _origin(end: Expr) -> str:
    (root,) = end.atoms(sympy.CRootOf)
    solves = f"solves {mathtext.polynomial_text(root.expr)} = 0"
    if end == root:
        return solves
    return f"is {mathtext.text(end.xreplace({root: X}))}, where x = {mathtext.begun(root)} {solves}"


def _least_notes(result: BreakEven) -> Iterator[str]:
    """Yield from which value on a parameter that is the unknown has the formula that is solved."""
    for scheme in dict.fromkeys(row.scheme for row in result.rows):
        for each in scheme_named(scheme).parameters:
            if each.name == result.problem.unknown and each.least > 1:
                yield f"{scheme}: {each.name} is at least {each.least} here: {each.summary}"


def parameter_notes(result: BreakEven) -> Iterator[str]:
    """Yield, for each scheme, the values of its parameters that are neither given nor the unknown."""
    known = {result.problem.unknown, *result.problem.parameters}
    for scheme in dict.fromkeys((*(row.scheme for row in result.rows), result.against)):
        others = [each for each in scheme_named(scheme).parameters if each.name not in known]
        if others:
            usual = ", ".join(f"{each.name} = {each.default}" for each in others)
            yield f"{scheme}: {usual} unless given"
