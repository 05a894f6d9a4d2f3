"""Which replacements reach a target, as a table for people and as a section below another."""

from __future__ import annotations

from collections.abc import Iterable

from sepcost.core.limits import LimitCheck
from sepcost.network.plan import Plan
from sepcost.report import phrases as words
from sepcost.report.footprint import fits_lines
from sepcost.report.limits import measure, measured_words
from sepcost.report.table import Cell, Column, Row, Section, Table


def plan_table(plan: Plan) -> Table:
    """Return the replacements that reach a target, a row each."""
    (section,) = plan_sections(plan)
    rows = tuple(Row((name,)) for name in section.lines)
    return Table(section.title, (Column("layer", wraps=True),), rows)


def plan_sections(plan: Plan | None) -> Iterable[Section]:
    """Return which replacements reach a target, where one is set."""
    if plan is None:
        return
    check = _check(plan)
    metric, target, value = (
        measure(check),
        measured_words(check, plan.target),
        measured_words(check, plan.value),
    )
    if not plan.reached:
        yield Section("; ".join([f"No replacements bring {metric} to {target}", *_least(plan.least)]), ())
        return
    needed = words.several(len(plan.layers), "replacement")
    heading = "; ".join([f"{needed} for {metric} of {value}, within {target}", *fits_lines(plan.fits)])
    yield Section(heading, tuple(Cell(name, verbatim=True) for name in plan.layers))


def _least(plan: Plan | None) -> Iterable[str]:
    """Say the least that can be reached, where there is a plan for it."""
    if plan is None:
        return
    value = measured_words(_check(plan), plan.value)
    by = f"with {words.several(len(plan.layers), 'layer')} replaced" if plan.layers else "as it is"
    yield f"the least is {value}, {by}"


def _check(plan: Plan) -> LimitCheck:
    return LimitCheck(plan.metric, plan.target, plan.value, source=plan.source)
