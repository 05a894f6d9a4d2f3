"""What bytes, a bound and a machine are, in the lines below whatever shows them."""

from __future__ import annotations

from sepcost.machine import Machine
from sepcost.report import words
from sepcost.report.machines import machine_words
from sepcost.report.table import Cell
from sepcost.roofline import MIXED


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
