"""Limits and what was compared with them, as JSON has them and as people say them."""

from __future__ import annotations

from sepcost.core.limits import LimitCheck, Limited
from sepcost.core.metrics import TIME, spoken
from sepcost.report import phrases as words
from sepcost.report.result import Record


def limit_record(check: LimitCheck) -> Record:
    """Return one limit as JSON has it."""
    return {"name": f"{'min' if check.at_least else 'max'}_{check.metric}", **measured_record(check)}


def measured_record(check: LimitCheck) -> Record:
    """Return what a limit holds and what it was compared with, as JSON has them: times in seconds."""
    record: Record = {
        "metric": check.metric,
        "limit": number(check.limit),
        "value": number(check.value),
        "passed": check.passed,
    }
    if check.source is not None:
        record["source"] = check.source
    if check.source == "estimate":
        record["error"] = None if check.error is None else float(check.error)
    return record


def measure(check: LimitCheck) -> str:
    """Return what a limit is about, as people say it."""
    said = spoken(check.metric if check.source is None else f"{check.metric}_{check.source}")
    return said if check.error is None else f"{said} (off by {words.percent(check.error)} in the median)"


def measured_words(check: LimitCheck, value: Limited) -> str:
    """Return a value that a limit is compared with, or the limit, as people say it."""
    if check.metric == TIME:
        return words.seconds(value)
    return f"{value.numerator:,}" if value.denominator == 1 else f"{value} ~ {words.decimal(float(value))}"


def limit_line(check: LimitCheck) -> str:
    """Return in one line by how much a limit is not held, exact where rounding would hide it."""
    value, limit, excess = (measured_words(check, n) for n in (check.value, check.limit, check.excess))
    if check.at_least:
        return f"{measure(check)} {value} is below the limit of {limit}"
    exceed = "exceeds" if check.metric == TIME else "exceed"
    return f"{measure(check)} {value} {exceed} the limit of {limit} by {excess}"


def supposed_words(check: LimitCheck, bytes_form: str) -> str:
    """Return behind a limit in bytes what was taken for an element where nothing says it; else ''.

    >>> supposed_words(LimitCheck("memory", 9, 16, supposed_bytes=4), "--bytes {}")
    ' (4 bytes an element: --bytes 1 for int8)'
    """
    if check.supposed_bytes is None:
        return ""
    return f" ({words.several(check.supposed_bytes, 'byte')} an element: {bytes_form.format(1)} for int8)"


def number(value: Limited) -> int | float:
    """Return a count, or a ratio as the nearest float."""
    return value if isinstance(value, int) else float(value)
