"""A break-even as JSON, rows and a table, with its derivation."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import TYPE_CHECKING

from sepcost.core.alike import together
from sepcost.report import phrases as words
from sepcost.report.breakeven_notes import NO_NAMES, Names, counted, held_words, is_split, named, notes
from sepcost.report.convention import convention, convention_note
from sepcost.report.given import given_document, spacing_document, spacing_words
from sepcost.report.mathematics import statement_cell
from sepcost.report.result import Document, Record, Report
from sepcost.report.table import Cell, Column, Row, Section, Table
from sepcost.solver import mathtext
from sepcost.solver.constraints import constraint_words
from sepcost.solver.interval import Interval
from sepcost.solver.problem import Problem
from sepcost.solver.rows import BreakEven, BreakEvenRow
from sepcost.solver.symbolic import Expr

if TYPE_CHECKING:
    from sepcost.report.picture.figure import Picture

_ENDS = ("first", "last", "strictly_first", "strictly_last")
_REALIZABLE = ("first_realizable", "last_realizable")
_NAMES = {"k": "square kernel k", "balance": "machine balance"}


def report(result: BreakEven, steps: bool = False, names: Names = NO_NAMES) -> Report:
    """Return a break-even ready for every kind of output.

    steps: whether with its derivation. names: the caller's names of the fields.
    """
    return Report(
        document=lambda: _document(result, steps, names),
        records=lambda: [_record(row, names) for row in result.rows],
        table=lambda: _table(result, steps, names),
        picture=lambda: _picture(result),
    )


def _picture(result: BreakEven) -> Picture:
    from sepcost.report.picture.breakeven import picture

    return picture(result)


def _document(result: BreakEven, steps: bool, names: Names) -> Document:
    problem = result.problem
    return {
        "schema": "sepcost/breakeven/1",
        "convention": convention(result.problem.bias),
        "unknown": problem.unknown,
        "against": result.against,
        "given": _given(problem),
        "tied": problem.tied,
        "results": [_result(row, problem.unknown, steps, names) for row in result.rows],
    }


def _given(problem: Problem) -> Document:
    """Return what is given: sizes, parameters by name, a stride, dilation or padding that is not usual."""
    unusual = spacing_words(problem.stride, problem.dilation, problem.padding)
    spacing = spacing_document(problem) if unusual else {}
    return {**given_document(problem), **problem.parameters, **spacing}


def _result(row: BreakEvenRow, unknown: str, steps: bool, names: Names) -> Document:
    condition, latex = _condition(row)
    document: Document = {
        "scheme": row.scheme,
        "metrics": list(row.metrics),
        "verdict": row.verdict,
        "condition": condition,
        "latex": latex,
        "intervals": [_interval(interval) for interval in row.intervals],
        **{end: getattr(row, end) for end in (*_ENDS, *_REALIZABLE)},
        "strictly": _strictly_text(row),
        "constraints": constraint_words(row.constraints),
        "independent": row.independent,
        "cases": [
            {
                "when": mathtext.statement(case.when),
                "condition": mathtext.statement(case.condition),
                "latex": mathtext.latex_statement(case.condition),
            }
            for case in row.cases
        ],
    }
    if (reason := row.unbuilt or row.worded(names)) is not None:
        document["reason"] = reason
    if steps:
        document["steps"] = [mathtext.statement(step) for step in row.steps]
    return document


def _condition(row: BreakEvenRow) -> tuple[str | None, str | None]:
    """Return what a row says, as text and as LaTeX; cases with what they depend on."""
    if row.condition is not None:
        return mathtext.statement(row.condition), mathtext.latex_statement(row.condition)
    if not row.cases:
        return None, None
    latex = r"; \ ".join(map(mathtext.latex_statement, row.cases))
    return "; ".join(map(mathtext.statement, row.cases)), latex


def _interval(interval: Interval) -> Document:
    return {
        "lower": _text(interval.lower),
        "upper": _text(interval.upper),
        "lower_approx": _float(interval.lower),
        "upper_approx": _float(interval.upper),
    }


def _strictly_text(row: BreakEvenRow) -> str | None:
    """Return where the scheme costs less, as text; None where numbers say it, or where it is unknown."""
    return None if row.strictly is None else mathtext.alternatives_text(row.strictly)


def _text(bound: Expr | None) -> str | None:
    return None if bound is None else mathtext.text(bound)


def _float(bound: Expr | None) -> float | None:
    value = None if bound is None else float(bound)
    return value if value is None or isfinite(value) else None


def _record(row: BreakEvenRow, names: Names) -> Record:
    condition, _ = _condition(row)
    ends = [_interval(interval) for interval in row.intervals]
    lowest, highest = (ends[0], ends[-1]) if ends else ({}, {})
    return {
        "scheme": row.scheme,
        "metrics": " ".join(row.metrics),
        "verdict": row.verdict,
        "condition": condition,
        "lower": lowest.get("lower"),
        "upper": highest.get("upper"),
        "lower_approx": lowest.get("lower_approx"),
        "upper_approx": highest.get("upper_approx"),
        **{end: getattr(row, end) for end in _ENDS},
        "last_realizable": row.last_realizable,
        "independent": row.independent,
        "reason": row.unbuilt or row.worded(names),
        "strictly": _strictly_text(row),
        "constraints": "; ".join(constraint_words(row.constraints)) or None,
        "first_realizable": row.first_realizable,
    }


def _table(result: BreakEven, steps: bool, names: Names) -> Table:
    problem = result.problem
    split = is_split(result)
    columns = (
        Column("scheme", wraps=True),
        *([Column("counted")] if split else []),
        Column("pays when"),
        Column("about"),
        *(Column(end, numeric=True) for end in _whole_ends(problem)),
    )
    rows = [table_row for alike in result.alike for table_row in _rows(alike, problem, split)]
    derivations = _derivations(result, split) if steps else ()
    return Table(
        _title(result),
        columns,
        tuple(rows),
        (*map(Cell, notes(result, names)), convention_note(result.problem.bias)),
        tuple(derivations),
    )


def _title(result: BreakEven) -> str:
    problem = result.problem
    given = held_words(problem)
    unknown = _NAMES.get(problem.unknown, problem.unknown)
    wanted = f"{unknown} at which each costs no more than {result.against}"
    return f"{wanted}: {given}" if given else wanted


def _whole_ends(problem: Problem) -> tuple[str, ...]:
    """Return which ends are shown; a machine's balance is no whole number."""
    return () if problem.unknown == "balance" else ("first", "last")


def _rows(alike: tuple[BreakEvenRow, ...], problem: Problem, split: bool) -> list[Row]:
    row, name = alike[0], Cell(", ".join(each.scheme for each in alike))
    metrics = [Cell(counted(row))] if split else []
    ends = [Cell(words.grouped(getattr(row, end))) for end in _whole_ends(problem)]
    if row.condition is not None:
        about = Cell(_about(row))
        return [Row((name, *metrics, statement_cell(row.condition), about, *ends))]
    if not row.cases:
        blank = [Cell(words.NOTHING)] * (2 + len(ends))
        return [Row((name, *metrics, *blank))]
    rows = []
    for case in row.cases:
        rows.append(Row((name, *metrics, statement_cell(case), Cell(words.NOTHING), *ends)))
    return rows


def _about(row: BreakEvenRow) -> str:
    """Return the thresholds as decimals, for people."""
    said = []
    for interval in row.intervals:
        lower, upper = _float(interval.lower), _float(interval.upper)
        if lower is not None and upper is not None and lower != upper:
            said.append(f"{words.decimal(lower)} to {words.decimal(upper)}")
        elif upper is not None:
            said.append(words.decimal(upper))
        elif lower is not None:
            said.append(words.decimal(lower))
    return ", ".join(said) or words.NOTHING


def _derivations(result: BreakEven, split: bool) -> Iterator[Section]:
    """Yield the lines of each derivation; rows alike may still be derived in different ones."""
    for alike in result.alike:
        for derived in together(alike, lambda row: row.steps):
            if steps := derived[0].steps:
                yield Section(named(derived, split), tuple(map(statement_cell, steps)))
