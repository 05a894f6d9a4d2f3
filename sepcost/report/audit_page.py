"""An audit as a page: its layers, what ticking some of them comes to, and its picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from sepcost.core.errors import FieldError, MissingExtraError, SepcostError
from sepcost.core.limits import LimitCheck, Limited
from sepcost.network.bounds import NetworkBound, Times
from sepcost.network.memory import at_most
from sepcost.network.what_if import WhatIf, what_if
from sepcost.report import phrases as words
from sepcost.report.audit_view import AuditView
from sepcost.report.limits import number
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
    """A line of the totals.

    key: its name in the script. shown: says a value of it. limit: what it may be at most, None without one.
    """

    key: str
    name: str
    now: Limited
    shown: Callable[[Limited], str]
    limit: Limited | None = None


def audit_page(view: AuditView, report: Report, warn: Callable[[str], None]) -> str:
    """Return an audit, or what changed between two networks, as one HTML file.

    warn: is told why there is no picture, where a library is missing.
    """
    table = report.table()
    if view.against is not None:
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
    totals, of_a_mac = view.audit.totals, view.unit.of_a_mac
    lines = [
        _Total("weights", "weights", totals.weights, words.grouped),
        _Total("macs", view.unit.name, totals.macs * of_a_mac, words.grouped),
    ]
    if found.memory_elsewhere is not None:
        lines.append(
            _Total("memory", "memory at the peak, in bytes", view.measures.memory.peak, words.grouped)
        )
    if found.storage is not None:
        lines.append(_Total("storage", "storage, in bytes", found.storage, words.grouped))
    lines += [_Total(name, f"time, {name}", each.seconds, words.seconds) for name, each in times.items()]
    checks = _checks(view)
    for line in lines:
        check, unit = checks.get(line.key), of_a_mac if line.key == "macs" else 1
        # A limit on more than the line counts, such as on memory that holds the parameters too, is not on it.
        if check is not None and check.value * unit == line.now:
            line = line._replace(limit=check.limit * unit)
        yield line


def _checks(view: AuditView) -> dict[str, LimitCheck]:
    """Return the lowest limit on each total by its key: the machine's sizes, and limits that are given."""
    try:
        sizes = view.measures.fits()
    except FieldError:  # Whether it fits is not known, as the warnings say.
        sizes = ()
    falling = sorted((*sizes, *view.checks), key=lambda check: -check.limit)
    found = {check.source or check.metric: check for check in falling}
    network = view.measures.network
    if at_most(network) is not network:  # Then less than a limit, once layers are ticked, proves nothing.
        found.pop("memory", None)
    return found


def _totals_table(totals: Sequence[_Total]) -> str:
    """Return the totals as HTML, with their limits where there are any."""
    limited = any(total.limit is not None for total in totals)
    headings = ["", "now", "with the ticked layers replaced", "times fewer"]
    headings += ["at most", "held"] if limited else []
    heads = "".join(f'<th class="number">{heading}</th>' for heading in headings)
    lines = "\n".join(_line(total, len(headings)) for total in totals)
    return f'<table id="totals"><thead><tr>{heads}</tr></thead><tbody>\n{lines}\n</tbody></table>\n'


def _line(total: _Total, width: int) -> str:
    now = total.shown(total.now)
    cells, attribute = [now, now, "1.00×", "", ""], ""
    if total.limit is not None:
        cells[3:] = total.shown(total.limit), "yes" if total.now <= total.limit else "no"
        attribute = f' data-limit="{number(total.limit)}"'
    numbers = "".join(f'<td class="number">{html_cell(Cell(cell))}</td>' for cell in cells[: width - 1])
    return f'<tr data-total="{total.key}"{attribute}><td>{total.name}</td>{numbers}</tr>'


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
            "built": choice.built if choice.built is None else str(choice.built),
            "stored": choice.stored,
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
        "storage": found.storage,
        "times": list(times),
    }
