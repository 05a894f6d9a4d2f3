"""What bytes, a bound and a machine are, in the lines below whatever shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sepcost.hardware.machine import Machine
from sepcost.hardware.roofline import MIXED
from sepcost.report import phrases as words
from sepcost.report.machines import machine_words
from sepcost.report.table import Cell

if TYPE_CHECKING:
    from sepcost.network.bounds import NetworkBound, Times


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


def estimate_notes(machine: Machine) -> Iterator[Cell]:
    """Yield what an estimate is and how far off it is; nothing on a machine that was not measured."""
    if machine.measured is None:
        return
    off = "its error is not known"
    if machine.measured.error is not None:
        off = f"off by {words.percent(machine.measured.error)} in the median, on layers left out of measuring"
    yield Cell(f"estimate: from what was measured on this machine; {off}")


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
    notes: list[Cell] = []
    if bounded.audit.replaced_layers:
        for name, times in (("bound", bounded.bounds), ("estimate", bounded.estimates)):
            notes += [] if times is None else _gains(times, name)
    left_out = Cell("the bound leaves out operators that are not counted, such as pooling and activations")
    estimated = estimate_notes(bounded.machine)
    return [*notes, moved, bound_note(), *estimated, left_out, machine_note(bounded.machine)]


def _gains(times: Times, name: str) -> Iterator[Cell]:
    """Yield how many replacements gain time and lose it, by a bound or an estimate, and which lose it."""
    about = "" if name == "bound" else f"by the {name}, "
    said = f"{about}time is gained by {words.several(len(times.gaining), 'replacement')} and lost by"
    said += f" {len(times.losing):,}"
    if times.losing:
        said += f"; without those that lose it, the {name} is {words.seconds(times.best_seconds)}"
    yield Cell(said)
    if times.losing:
        more = f" and {len(times.losing) - _MOST_NAMED:,} more" if len(times.losing) > _MOST_NAMED else ""
        yield Cell(f"{about}lose time: {', '.join(times.losing[:_MOST_NAMED])}{more}", verbatim=True)
