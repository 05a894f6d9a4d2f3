"""An audit as a page: its layers, what ticking some of them comes to, and its picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from sepcost.core.errors import MissingExtraError, SepcostError
from sepcost.network.bounds import NetworkBound, Times
from sepcost.network.what_if import WhatIf, what_if
from sepcost.report import phrases as words
from sepcost.report.audit_view import AuditView
from sepcost.report.render.markup import html_cell
from sepcost.report.render.page import page
from sepcost.report.result import Document, Report
from sepcost.report.table import Cell

_TOOLS = """<div id="tools" hidden>
<input id="search" type="search" placeholder="layers with" aria-label="show layers with">{buttons}
</div>"""
_BUTTONS = """
<button type="button" id="all">replace all that are shown</button>
<button type="button" id="none">replace none</button>"""


class _Total(NamedTuple):
    """A line of the totals: its key in the script, its name, and what it is now."""

    key: str
    name: str
    now: Cell


def audit_page(view: AuditView, report: Report, warn: Callable[[str], None]) -> str:
    """Return an audit, or what changed between two networks, as one HTML file.

    warn: is told why there is no picture, where a library is missing.
    """
    table = report.table()
    if view.changes is not None:
        return page(table, 1, _TOOLS.format(buttons=""))
    found = what_if(view.measures)
    times = _times(view.bounded)
    above = _totals_table(list(_totals(view, found, times))) + _TOOLS.format(buttons=_BUTTONS)
    data = _data(view, found, times)
    return page(table, len(table.rows) - len(view.rows), above, data, _pictures(report, warn))


def _pictures(report: Report, warn: Callable[[str], None]) -> list[str]:
    """Return the pictures as SVG, none where there is nothing to draw, or nothing to draw it with."""
    if report.picture is None:
        return []
    try:
        return [report.picture().drawn("svg").decode()]
    except MissingExtraError as error:
        warn(f"the page has no picture: {error}")
    except SepcostError:  # There is nothing to draw.
        pass
    return []


def _times(bounded: NetworkBound | None) -> dict[str, Times]:
    if bounded is None:
        return {}
    return {
        name: times for name, times in (("bound", bounded.bounds), ("estimate", bounded.estimates)) if times
    }


def _totals(view: AuditView, found: WhatIf, times: dict[str, Times]) -> Iterator[_Total]:
    totals = view.audit.totals
    yield _Total("weights", "weights", Cell(words.grouped(totals.weights)))
    yield _Total("macs", view.unit.name, Cell(words.grouped(totals.macs * view.unit.of_a_mac)))
    if found.memory_elsewhere is not None:
        memory = view.measures.memory.peak
        yield _Total("memory", "memory at the peak, in bytes", Cell(words.grouped(memory)))
    for name, each in times.items():
        yield _Total(name, f"time, {name}", Cell(words.seconds(each.seconds)))


def _totals_table(totals: Sequence[_Total]) -> str:
    lines = "\n".join(
        f'<tr data-total="{total.key}"><td>{total.name}</td><td class="number">{html_cell(total.now)}</td>'
        f'<td class="number">{html_cell(total.now)}</td><td class="number">1.00×</td></tr>'
        for total in totals
    )
    headings = ("", "now", "with the ticked layers replaced", "times fewer")
    heads = "".join(f'<th class="number">{heading}</th>' for heading in headings)
    return f'<table id="totals"><thead><tr>{heads}</tr></thead><tbody>\n{lines}\n</tbody></table>\n'


def _data(view: AuditView, found: WhatIf, times: dict[str, Times]) -> Document:
    """Return what the script adds up: whole numbers of any size as texts, times in seconds."""
    seconds = {name: {change.name: change for change in each.layers} for name, each in times.items()}
    layers = [
        {
            "name": choice.name,
            "holder": choice.holder,
            "weights": str(choice.weights),
            "macs": str(choice.macs),
            "replacedMacs": str(choice.replaced_macs),
            "stages": choice.stages,
            "built": str(choice.built),
            "memory": choice.memory and [choice.memory.now, choice.memory.replaced],
            "times": {
                name: [float(changes[choice.name].now), float(changes[choice.name].replaced)]
                for name, changes in seconds.items()
            },
        }
        for choice in found.choices
    ]
    return {
        "layers": layers,
        "rows": [row.layer.name for row in view.rows],
        "ticked": list(view.plan.layers) if view.plan is not None and view.plan.reached else [],
        "perMac": view.unit.of_a_mac,
        "memoryElsewhere": found.memory_elsewhere,
        "times": list(times),
    }
