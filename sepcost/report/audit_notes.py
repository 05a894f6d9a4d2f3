"""What is said below an audit: what is replaced, held and moved, and what is not counted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from sepcost.network.model import HeldOperator, Network, OperatorCount
from sepcost.network.subtotals import Learned
from sepcost.report import phrases as words
from sepcost.report.audit_view import AuditView
from sepcost.report.convention import convention_note
from sepcost.report.footprint import footprint_notes, replaced_footprint_words
from sepcost.report.roofline_phrases import network_notes
from sepcost.report.table import Cell

_NUMBER = re.compile(r"(?<!\w)(?:(?:\d+\*)?sqrt\(\d+\)|\d+)(?:/\d+)?")


def notes(view: AuditView) -> Iterable[Cell]:
    """Return what is said below an audit."""
    audit = view.audit
    if hidden := len(audit.layers) - len(view.rows):
        yield Cell(f"not shown, but in the totals: {words.several(hidden, 'layer')}")
    if audit.replace is not None:
        yield from _not_replaced(view)
        yield Cell(f"replaced: {replaced_words(view)}")
    yield from _parameters(view.parameters)
    yield from footprint_notes(view.measures.footprint, view.measures.execution)
    yield from counting_notes(audit.network)
    if view.bounded is not None:
        yield from network_notes(view.bounded)
    yield convention_note(bias=False, batch=audit.network.batch, unit=view.unit)


def replaced_words(view: AuditView) -> str:
    """Return how many layers are replaced, and what the network takes before and after."""
    return ", ".join(_replaced(view))


def _replaced(view: AuditView) -> Iterable[str]:
    audit, measures = view.audit, view.measures
    before, after, unit = audit.totals, audit.replaced, view.unit
    yield f"{words.several(audit.replaced_layers, 'layer')} as {audit.replace}"
    yield f"weights {before.weights:,} -> {after.weights:,}"
    yield f"{unit.name} {before.macs * unit.of_a_mac:,} -> {after.macs * unit.of_a_mac:,}"
    yield from replaced_footprint_words(measures.footprint, measures.replaced_footprint)


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
