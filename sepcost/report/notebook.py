"""What a notebook shows of each result: the table of its command, as HTML."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from sepcost.report.render.markup import html
from sepcost.report.result import Report

_REPORTS = {
    "Audit": ("audit", "audit_report"),
    "BreakEven": ("breakeven", "report"),
    "Budgets": ("budget", "report"),
    "Comparison": ("comparison", "report"),
    "Expressions": ("expressions", "report"),
    "Fit": ("fit", "report"),
    "Grid": ("sweep", "report"),
    "Network": ("audit", "network_report"),
    "WidthFit": ("fit", "width_report"),
}
"""The function that makes a report of a result, by the result's class."""


def html_of(result: object) -> str:
    """Return a result as HTML."""
    module, function = _REPORTS[type(result).__name__]
    report: Callable[[object], Report] = getattr(import_module(f"sepcost.report.{module}"), function)
    return html(report(result).table())
