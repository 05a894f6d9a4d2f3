"""A break-even as JSON, rows and a table, with its derivation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from sepcost.core.metrics import spoken
from sepcost.report import phrases as words
from sepcost.report.convention import convention, convention_note
from sepcost.report.given import given_document, given_words
from sepcost.report.mathematics import statement_cell
from sepcost.report.result import Document, Record, Report
from sepcost.report.table import Cell, Column, Row, Section, Table
from sepcost.solver import mathtext
from sepcost.solver.breakeven import BreakEven, BreakEvenRow
from sepcost.solver.interval import Interval
from sepcost.solver.problem import Question
from sepcost.solver.symbolic import Expr

if TYPE_CHECKING:
    from sepcost.report.picture.figure import Picture

_EQUAL = "costs the same, never less"
Names = Mapping[str, str]

_ENDS = ("first", "last", "strictly_first", "strictly_last")
_NAMES = {"N_o": "N_o", "N_i": "N_i", "gamma": "gamma", "k": "square kernel k", "balance": "machine balance"}


def report(result: BreakEven, steps: bool = False, names: Names = MappingProxyType({})) -> Report:
    """Return a break-even ready for every kind of output.

    steps: whether with its derivation. names: what whoever asked calls the fields.
    """
    return Report(
        document=lambda: _document(result, steps, names),
        records=lambda: [_record(row, names) for row in result.rows],
        table=lambda: _table(result, steps, names),
        picture=lambda: _picture(result),
    )


def _picture(result: BreakEven) -> Picture:
    from sepcost.report.picture import breakeven as break_even

    return break_even.picture(result)


def _document(result: BreakEven, steps: bool, names: Names) -> Document:
    question = result.question
    return {
        "schema": "sepcost/breakeven/1",
        "convention": convention(result.question.bias),
        "unknown": question.unknown,
        "against": result.against,
        "given": given_document(question),
        "tied": question.tied,
        "results": [_result(row, question.unknown, steps, names) for row in result.rows],
    }


def _result(row: BreakEvenRow, unknown: str, steps: bool, names: Names) -> Document:
    condition, latex = _condition(row)
    document: Document = {
        "scheme": row.scheme,
        "metrics": list(row.metrics),
        "verdict": row.verdict,
        "condition": condition,
        "latex": latex,
        "intervals": [_interval(interval) for interval in row.intervals],
        **{end: getattr(row, end) for end in _ENDS},
        "strictly": _strictly_text(row),
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
    if unknown == "gamma":
        document["last_realizable"] = row.last_realizable
    if row.reason is not None:
        document["reason"] = row.worded(names)
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
    """Return where the scheme costs less, as text; None where that is told by numbers, or not known."""
    return None if row.strictly is None else mathtext.together(row.strictly)


def reason_words(row: BreakEvenRow, names: Names = MappingProxyType({})) -> str:
    """Return why a row has no answer, and that it has none."""
    reason = row.worded(names)
    return str(reason) if row.verdict == "undecided" else f"not applicable: {reason}"


def _text(bound: Expr | None) -> str | None:
    return None if bound is None else mathtext.text(bound)


def _float(bound: Expr | None) -> float | None:
    return None if bound is None else float(bound)


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
        "reason": row.worded(names),
        "strictly": _strictly_text(row),
    }


def _table(result: BreakEven, steps: bool, names: Names) -> Table:
    question = result.question
    split = len({row.scheme for row in result.rows}) < len(result.rows)
    columns = (
        Column("scheme"),
        *([Column("counted")] if split else []),
        Column("pays when"),
        Column("about"),
        *(Column(end, numeric=True) for end in _whole_ends(question)),
    )
    rows = [table_row for row in result.rows for table_row in _rows(row, question, split)]
    derivations = [_derivation(row, split) for row in result.rows if row.steps] if steps else []
    notes = [Cell(note) for row in result.rows for note in _notes(row, question.unknown, split, names)]
    return Table(
        _title(result),
        columns,
        tuple(rows),
        (*notes, convention_note(result.question.bias)),
        tuple(derivations),
    )


def _title(result: BreakEven) -> str:
    question = result.question
    given = given_words(question, question.unknown)
    asked = f"{_NAMES[question.unknown]} at which each costs no more than {result.against}"
    return f"{asked}: {given}" if given else asked


def _whole_ends(question: Question) -> tuple[str, ...]:
    """Return which ends are shown; a machine's balance is no whole number."""
    return () if question.unknown == "balance" else ("first", "last")


def _rows(row: BreakEvenRow, question: Question, split: bool) -> list[Row]:
    counted = [Cell(_counted(row))] if split else []
    ends = [Cell(words.grouped(getattr(row, end))) for end in _whole_ends(question)]
    if row.condition is not None:
        about = Cell(_about(row))
        return [Row((Cell(row.scheme), *counted, statement_cell(row.condition), about, *ends))]
    if not row.cases:
        blank = [Cell(words.NOTHING)] * (2 + len(ends))
        return [Row((Cell(row.scheme), *counted, *blank))]
    rows = []
    for case in row.cases:
        rows.append(Row((Cell(row.scheme), *counted, statement_cell(case), Cell(words.NOTHING), *ends)))
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


def _notes(row: BreakEvenRow, unknown: str, split: bool, names: Names) -> list[str]:
    name = _name(row, split)
    if row.reason is not None:
        return [f"{name}: {reason_words(row, names)}"]
    notes = []
    if row.cases and row.strictly == ():
        notes.append(f"{name}: {_EQUAL}")
    if row.first is not None and (row.strictly_first, row.strictly_last) != (row.first, row.last):
        notes.append(f"{name}: {_strictly(row)}")
    if row.last_realizable is not None and row.last_realizable != row.last:
        notes.append(f"{name}: the last {unknown} with a whole multiplier is {row.last_realizable:,}")
    return notes


def _strictly(row: BreakEvenRow) -> str:
    if row.strictly:
        return f"costs less where {mathtext.together(row.strictly)}, else the same"
    if row.strictly_first is None:
        return _EQUAL
    if row.strictly_last is None:
        return f"equal at {row.first:,}, costs less from {row.strictly_first:,} on"
    ends = ((row.first, row.strictly_first), (row.last, row.strictly_last))
    equal = " and ".join(f"{end:,}" for end, cheaper in ends if end is not None and end != cheaper)
    return f"costs less from {row.strictly_first:,} to {row.strictly_last:,}, the same at {equal}"


def _derivation(row: BreakEvenRow, split: bool) -> Section:
    return Section(_name(row, split), tuple(statement_cell(step) for step in row.steps))


def _name(row: BreakEvenRow, split: bool) -> str:
    return f"{row.scheme}, {_counted(row)}" if split else row.scheme


def _counted(row: BreakEvenRow) -> str:
    return " and ".join(map(spoken, row.metrics))
