"""A break-even as JSON, rows and a table, with its derivation."""

from __future__ import annotations

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
from sepcost.solver.problem import Question
from sepcost.solver.symbolic import Expr, Interval

if TYPE_CHECKING:
    from sepcost.report.picture.figure import Picture

_ENDS = ("first", "last", "strictly_first", "strictly_last")
_NAMES = {"N_o": "N_o", "N_i": "N_i", "gamma": "gamma", "k": "square kernel k", "balance": "machine balance"}


def report(result: BreakEven, steps: bool = False) -> Report:
    """Return a break-even ready for every kind of output, with its derivation where asked for."""
    return Report(
        document=lambda: _document(result, steps),
        records=lambda: [_record(row) for row in result.rows],
        table=lambda: _table(result, steps),
        picture=lambda: _picture(result),
    )


def _picture(result: BreakEven) -> Picture:
    from sepcost.report.picture import breakeven as break_even

    return break_even.picture(result)


def _document(result: BreakEven, steps: bool) -> Document:
    question = result.question
    return {
        "schema": "sepcost/breakeven/1",
        "convention": convention(result.question.bias),
        "unknown": question.unknown,
        "against": result.against,
        "given": given_document(question),
        "tied": question.tied,
        "results": [_result(row, question.unknown, steps) for row in result.rows],
    }


def _result(row: BreakEvenRow, unknown: str, steps: bool) -> Document:
    condition, latex = _condition(row)
    document: Document = {
        "scheme": row.scheme,
        "metrics": list(row.metrics),
        "verdict": row.verdict,
        "condition": condition,
        "latex": latex,
        "intervals": [_interval(interval) for interval in row.intervals],
        **{end: getattr(row, end) for end in _ENDS},
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
        document["reason"] = row.reason
    if steps:
        document["steps"] = [mathtext.statement(step) for step in row.steps]
    return document


def _condition(row: BreakEvenRow) -> tuple[str | None, str | None]:
    """Return what a row says, as text and as LaTeX; cases with what they depend on."""
    if row.condition is not None:
        return mathtext.statement(row.condition), mathtext.latex_statement(row.condition)
    if not row.cases:
        return None, None
    cases = [(case.condition, case.when) for case in row.cases]
    return "; ".join(mathtext.case(*each) for each in cases), mathtext.latex_cases(cases)


def _interval(interval: Interval) -> Document:
    return {
        "lower": _text(interval.lower),
        "upper": _text(interval.upper),
        "lower_approx": _float(interval.lower),
        "upper_approx": _float(interval.upper),
    }


def _text(bound: Expr | None) -> str | None:
    return None if bound is None else mathtext.text(bound)


def _float(bound: Expr | None) -> float | None:
    return None if bound is None else float(bound)


def _record(row: BreakEvenRow) -> Record:
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
        "reason": row.reason,
    }


def _table(result: BreakEven, steps: bool) -> Table:
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
    notes = [Cell(note) for row in result.rows for note in _notes(row, question.unknown, split)]
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
        claims = case.condition, case.when
        both = Cell(mathtext.case(*claims), mathtext.latex_case(*claims))
        rows.append(Row((Cell(row.scheme), *counted, both, Cell(words.NOTHING), *ends)))
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


def _notes(row: BreakEvenRow, unknown: str, split: bool) -> list[str]:
    name = _name(row, split)
    if row.reason is not None:
        return [f"{name}: not applicable: {row.reason}"]
    notes = []
    if row.first is not None and (row.strictly_first, row.strictly_last) != (row.first, row.last):
        notes.append(f"{name}: {_strictly(row)}")
    if row.last_realizable is not None and row.last_realizable != row.last:
        notes.append(f"{name}: the last {unknown} with a whole multiplier is {row.last_realizable:,}")
    return notes


def _strictly(row: BreakEvenRow) -> str:
    if row.strictly_first is None:
        return "costs the same, never less"
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
