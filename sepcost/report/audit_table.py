"""An audit of a network as a table for people."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from sepcost.core.limits import LimitCheck
from sepcost.core.quantity import by
from sepcost.network.layer import NetworkLayer
from sepcost.network.model import HeldOperator, Network, OperatorCount
from sepcost.network.plan import Plan
from sepcost.network.subtotals import Learned
from sepcost.report import phrases as words
from sepcost.report.audit_view import AuditView
from sepcost.report.columns import cell_of, columns_of, total_cell
from sepcost.report.convention import convention_note
from sepcost.report.footprint import fits_lines, fits_notes, footprint_notes, replaced_words
from sepcost.report.limits import measure, measured_words
from sepcost.report.roofline_phrases import network_notes
from sepcost.report.table import Cell, Column, Row, Section, Table

_NUMBER = re.compile(r"(?<!\w)(?:(?:\d+\*)?sqrt\(\d+\)|\d+)(?:/\d+)?")


def audit_table(view: AuditView) -> Table:
    """Return a network's layers with what replaces each, totals last."""
    network = view.audit.network
    leading = list(_leading(network))
    found = [
        (field, column)
        for field, column in columns_of(view.fields, view.run, view)
        if not field.group or view.audit.replace is not None
    ]
    rows = [
        Row(
            (
                *(cell(shown.row.layer) for _, cell in leading),
                *(cell_of(field, shown, view) for field, _ in found),
            )
        )
        for shown in view.layers
    ]
    blank = [Cell("")] * (len(leading) - 1)
    rows.append(Row((Cell("total"), *blank, *(total_cell(field, view) for field, _ in found))))
    return Table(
        _title(network),
        (*(column for column, _ in leading), *(column for _, column in found)),
        tuple(rows),
        tuple(notes(view)),
        (*_by_kind(view), *sections(view.plan)),
        verbatim=True,
        warnings=tuple(_fits(view)),
    )


def _leading(network: Network) -> Iterator[tuple[Column, Callable[[NetworkLayer], Cell]]]:
    """Yield the columns of layers' names and sizes, each with what returns its cell."""
    yield Column("layer", wraps=True), lambda layer: Cell(layer.name, verbatim=True)
    if any(layer.path is not None for layer in network.layers):
        yield Column("path", spare=True), lambda layer: Cell(layer.path or layer.name, verbatim=True)
    yield Column("kind"), lambda layer: Cell(layer.kind)
    yield Column("channels"), lambda layer: Cell(f"{layer.n_i}->{layer.n_o}")
    if any(layer.groups > 1 for layer in network.layers):
        yield Column("groups", numeric=True), lambda layer: Cell(words.grouped(layer.groups))
    yield Column("kernel"), lambda layer: Cell(by(layer.kernel))
    yield Column("positions", numeric=True, spare=True), lambda layer: Cell(words.grouped(layer.positions))


def _fits(view: AuditView) -> Iterable[Cell]:
    """Return whether the network fits the machine, as it is and replaced."""
    if view.bounded is None:
        return
    yield from fits_notes(view.measures)
    if view.audit.replaced_layers:
        yield from fits_notes(view.measures, replaced=True)


def _by_kind(view: AuditView) -> Iterable[Section]:
    """Return what the layers of each kind cost, where there are more kinds than one."""
    if len(view.subtotals) < 2:
        return
    lines = (
        f"{words.several(subtotal.layers, f'{subtotal.kind} layer')}: "
        f"{words.several(subtotal.cost.weights, 'weight')}, "
        f"{words.several(subtotal.cost.macs * view.unit.of_a_mac, view.unit.name.removesuffix('s'))}"
        for subtotal in view.subtotals
    )
    yield Section("By kind", tuple(map(Cell, lines)))


def _title(network: Network) -> str:
    layers = words.several(len(network.layers), "counted layer")
    return f"{network.name}: input {by(network.input) or 'of one number'}, {layers}"


def notes(view: AuditView) -> Iterable[Cell]:
    """Return what is said below an audit."""
    audit = view.audit
    if hidden := len(audit.layers) - len(view.rows):
        yield Cell(f"not shown, but in the totals: {words.several(hidden, 'layer')}")
    if audit.replace is not None:
        yield from _not_replaced(view)
        yield Cell(f"replaced: {', '.join(_replaced(view))}")
    yield from _parameters(view.parameters)
    yield from footprint_notes(view.measures.footprint, view.measures.execution)
    yield from counting_notes(audit.network)
    if view.bounded is not None:
        yield from network_notes(view.bounded)
    yield convention_note(bias=False, batch=audit.network.batch, unit=view.unit)


def _replaced(view: AuditView) -> Iterable[str]:
    """Return how many layers are replaced, and what the network takes before and after."""
    audit, measures = view.audit, view.measures
    before, after, unit = audit.totals, audit.replaced, view.unit
    yield f"{words.several(audit.replaced_layers, 'layer')} as {audit.replace}"
    yield f"weights {before.weights:,} -> {after.weights:,}"
    yield f"{unit.name} {before.macs * unit.of_a_mac:,} -> {after.macs * unit.of_a_mac:,}"
    yield from replaced_words(measures.footprint, measures.replaced_footprint)


def _not_replaced(view: AuditView) -> Iterable[Cell]:
    """Say why layers stay as they are, shown or not; reasons may differ in their numbers."""
    every: dict[str, list[str]] = defaultdict(list)
    for row in view.audit.layers:
        if row.reason is not None:
            every[_NUMBER.sub("", row.reason)].append(row.reason)
    if not every:
        return
    said = (
        f"{reasons[0]}{', and the like' if len(set(reasons)) > 1 else ''} ({len(reasons):,})"
        for reasons in sorted(every.values(), key=len, reverse=True)
    )
    stays = words.several(sum(map(len, every.values())), "layer")
    yield Cell(f"not replaced: {stays}: {'; '.join(said)}", verbatim=True)


def _parameters(found: Learned | None) -> Iterable[Cell]:
    """Say what is learned, where that is more than weights or not known."""
    if found is None:
        yield Cell("parameters: not known: operators make weights that the file does not hold")
    elif found.all != found.weights:
        yield Cell(
            f"parameters: {words.several(found.weights, 'weight')} + {_biases(found.biases)} "
            f"+ {found.normalization:,} of normalizations = {found.all:,}"
        )


def _biases(number: int) -> str:
    return f"{number:,} {'bias' if number == 1 else 'biases'}"


def counting_notes(network: Network) -> Iterable[Cell]:
    """Return what is not counted of a network, of which branches, and for how many inputs."""
    yield from _uncounted(network)
    yield from _branches(network)
    yield from _batch(network)


def _uncounted(network: Network) -> Iterable[Cell]:
    if network.free:
        yield Cell(f"not counted: {_operators(network.free)}", verbatim=True)
    if network.held:
        yield Cell(f"held, not counted: {', '.join(map(_held, network.held))}", verbatim=True)
    if network.opaque:
        yield Cell(f"not counted, cost unknown: {_operators(network.opaque)}", verbatim=True)


def _held(held: HeldOperator) -> str:
    counts = ((held.weights, "possible weight"), (held.macs, "product"))
    return f"{held.op} {' and '.join(words.several(count, what) for count, what in counts if count)}"


def _batch(network: Network) -> Iterable[Cell]:
    """Say what was made of a first length that is more than one."""
    leading = network.leading
    if leading is None or leading.length == 1:
        return
    if leading.reason is None:
        yield Cell(f"the file's batch of {leading.length:,} is divided out")
    else:
        yield Cell(
            f"the first length, {leading.length:,}, is not divided out: {leading.reason}", verbatim=True
        )


def _branches(network: Network) -> Iterable[Cell]:
    if network.others:
        left_out = words.several(len(network.others), "layer")
        most = words.several(network.most("weights"), "weight")
        yield Cell(
            f"of each If the branch of more MACs is counted, {left_out} of the others left out; "
            f"a limit holds for the branch that takes more of what it limits: {most} at most"
        )


def _operators(counts: Iterable[OperatorCount]) -> str:
    return ", ".join(f"{count.op} {count.count:,}" for count in counts)


def plan_table(plan: Plan) -> Table:
    """Return the replacements that reach a target, a row each."""
    (section,) = sections(plan)
    rows = tuple(Row((name,)) for name in section.lines)
    return Table(section.heading, (Column("layer", wraps=True),), rows)


def _least(plan: Plan | None) -> Iterable[str]:
    """Say the least that can be reached, where there is a plan for it."""
    if plan is None:
        return
    value = measured_words(_check(plan), plan.value)
    by = f"with {words.several(len(plan.layers), 'layer')} replaced" if plan.layers else "as it is"
    yield f"the least is {value}, {by}"


def _check(plan: Plan) -> LimitCheck:
    return LimitCheck(plan.metric, plan.target, plan.value, source=plan.source)


def sections(plan: Plan | None) -> Iterable[Section]:
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
