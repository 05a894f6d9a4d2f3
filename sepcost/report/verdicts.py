"""Limits and what was held against them, as JSON has them and as people say them."""

from __future__ import annotations

from fractions import Fraction

from sepcost.limits import Verdict
from sepcost.metrics import spoken
from sepcost.report import words
from sepcost.report.result import Record


def verdict_record(verdict: Verdict) -> Record:
    """Return one limit as JSON has it."""
    return {
        "name": f"{'min' if verdict.at_least else 'max'}_{verdict.metric}",
        "metric": verdict.metric,
        "limit": _number(verdict.limit),
        "value": _number(verdict.value),
        "passed": verdict.passed,
    }


def verdict_line(verdict: Verdict) -> str:
    """Return in one line by how much a limit is not held, exact where rounding would hide it."""
    value, limit = (_limit_words(number) for number in (verdict.value, verdict.limit))
    if verdict.at_least:
        return f"{spoken(verdict.metric)} {value} is below the limit of {limit}"
    excess = _limit_words(verdict.excess)
    return f"{spoken(verdict.metric)} {value} exceed the limit of {limit} by {excess}"


def _number(value: int | Fraction) -> int | float:
    return value if isinstance(value, int) else float(value)


def _limit_words(value: int | Fraction) -> str:
    return f"{value.numerator:,}" if value.denominator == 1 else f"{value} ~ {words.decimal(float(value))}"
