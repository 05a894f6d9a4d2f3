"""What each result shows of itself: the table of its command, as text and as HTML."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from sepcost.report.render.markup import html
from sepcost.report.render.plain import plain
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
    "Plan": ("audit", "plan_report"),
    "WidthFit": ("fit", "width_report"),
}
"""The function that makes a report of a result, by the result's class."""


def text_of(result: object) -> str:
    """Return a result as text, without an end of line."""
    return plain(_report(result).table()).removesuffix("\n")


def html_of(result: object) -> str:
    """Return a result as HTML."""
    return html(_report(result).table())


def _report(result: object) -> Report:
    module, function = _REPORTS[type(result).__name__]
    report: Callable[[object], Report] = getattr(import_module(f"sepcost.report.{module}"), function)
    return report(result)
