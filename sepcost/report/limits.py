"""Limits and what was held against them, as JSON has them and as people say them."""

from __future__ import annotations

from fractions import Fraction

from sepcost.core.limits import LimitCheck
from sepcost.core.metrics import spoken
from sepcost.report import phrases as words
from sepcost.report.result import Record


def limit_record(check: LimitCheck) -> Record:
    """Return one limit as JSON has it."""
    return {
        "name": f"{'min' if check.at_least else 'max'}_{check.metric}",
        "metric": check.metric,
        "limit": _number(check.limit),
        "value": _number(check.value),
        "passed": check.passed,
    }


def limit_line(check: LimitCheck) -> str:
    """Return in one line by how much a limit is not held, exact where rounding would hide it."""
    value, limit = (_limit_words(number) for number in (check.value, check.limit))
    if check.at_least:
        return f"{spoken(check.metric)} {value} is below the limit of {limit}"
    excess = _limit_words(check.excess)
    return f"{spoken(check.metric)} {value} exceed the limit of {limit} by {excess}"


def _number(value: int | Fraction) -> int | float:
    return value if isinstance(value, int) else float(value)


def _limit_words(value: int | Fraction) -> str:
    return f"{value.numerator:,}" if value.denominator == 1 else f"{value} ~ {words.decimal(float(value))}"
