"""How layers run: on what machine, on elements of what size, fused or not, and how many inputs at once."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sepcost.core.quantity import checked_field, checked_if_given, checked_whole
from sepcost.hardware.machine import Machine
from sepcost.hardware.measured import Measured

USUAL_ELEMENT_SIZE = 4
"""Bytes of one element where neither a user nor a machine says otherwise."""


@dataclass(frozen=True)
class Execution:
    """How layers run.

    machine: None where bytes alone are of interest.
    bytes: of one element, as given; None leaves the machine's.
    fused: whether a scheme is one pass, whose inner maps stay out of memory.
    batch: inputs at once, which multiply MACs and maps, not weights.

    Raises FieldError for bytes or a batch that is no whole number.

    >>> Execution().element_size, Execution(Machine(peak=9, bandwidth=1, bytes=2)).element_size
    (4, 2)
    """

    machine: Machine | None = None
    bytes: int | None = None
    fused: bool = False
    batch: int = 1

    def __post_init__(self) -> None:
        checked_if_given("bytes", checked_whole, self.bytes)
        checked_field("batch", checked_whole, self.batch)

    @property
    def element_size(self) -> int:
        """Bytes of one element: those given, else the machine's, else 4."""
        if self.bytes is not None:
            return self.bytes
        return USUAL_ELEMENT_SIZE if self.machine is None else self.machine.bytes

    @property
    def measured(self) -> Measured | None:
        """What was measured on the machine; None without one, or where nothing was."""
        return None if self.machine is None else self.machine.measured


def time_source(execution: Execution) -> str:
    """Return what a time is: an 'estimate' on a machine that was measured, else a 'bound'."""
    return "bound" if execution.measured is None else "estimate"


def error_of(execution: Execution) -> Fraction | None:
    """Return the median error of estimates, as a part of the time; None where not known."""
    return None if execution.measured is None else execution.measured.error


USUAL_EXECUTION = Execution()
"""How layers run where nothing is said."""
