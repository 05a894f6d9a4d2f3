"""What bytes, a bound and a machine are, in the lines below whatever shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sepcost.hardware.machine import Machine
from sepcost.hardware.roofline import MIXED
from sepcost.report import phrases as words
from sepcost.report.machines import machine_words
from sepcost.report.table import Cell

if TYPE_CHECKING:
    from sepcost.network.bounds import NetworkBound


_MOST_NAMED = 12


def traffic_note(number_bytes: int | None, fused: bool) -> Cell:
    """Return what the bytes moved are; bytes of one number that are not known are b."""
    each = "b bytes" if number_bytes is None else words.several(number_bytes, "byte")
    passes = "one pass a scheme, its inner map not moved" if fused else "a pass for each stage"
    return Cell(f"bytes: inputs, weights and outputs once a pass, {each} a number; {passes}")


def bound_note() -> Cell:
    """Return what a bound is."""
    time = "max(MACs/peak, bytes/bandwidth) of each pass"
    return Cell(f"bound: roofline bound, {time}; a run takes that or longer")


def bound_word(by: str) -> str:
    """Return what a bound is called by what binds it.

    >>> bound_word("memory"), bound_word("mixed")
    ('memory-bound', 'bound by both')
    """
    return "bound by both" if by == MIXED else f"{by}-bound"


def machine_note(machine: Machine) -> Cell:
    """Return which machine a bound is for."""
    return Cell(f"machine: {machine_words(machine)}", verbatim=True)


def network_notes(bounded: NetworkBound) -> list[Cell]:
    """Return what a network moves, what time it gains and loses on a machine, and what is left out."""
    moved = traffic_note(bounded.execution.element_size, bounded.execution.fused)
    if bounded.machine is None:
        return [moved]
    notes = []
    if bounded.audit.replaced_layers:
        gaining = words.several(len(bounded.gaining), "replacement")
        said = f"time is gained by {gaining} and lost by {len(bounded.losing):,}"
        if bounded.losing:
            said += f"; without those that lose it, the bound is {words.seconds(bounded.best_seconds)}"
        notes.append(Cell(said))
    if bounded.losing:
        names = [layer.row.layer.name for layer in bounded.losing]
        more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
        notes.append(Cell(f"lose time: {', '.join(names[:_MOST_NAMED])}{more}", verbatim=True))
    left_out = Cell("the bound leaves out operators that are not counted, such as pooling and activations")
    return [*notes, moved, bound_note(), left_out, machine_note(bounded.machine)]
