"""From what a user says of a machine to the machine."""

from __future__ import annotations

from sepcost.cli.options import MachineOptions
from sepcost.core.errors import FieldError, QuantityError
from sepcost.hardware.machine import USUAL_BYTES, Machine


def machine_of(on: MachineOptions) -> Machine | None:
    """Return the machine that is named, or whose figures are given; None where there is none.

    Raises FieldError for both, and for one figure without the other.
    """
    if on.machine is not None:
        for field in ("peak", "bandwidth"):
            if getattr(on, field) is not None:
                raise FieldError(field, "goes without {machine}, whose own it would contradict")
        return _found(on.machine)
    if on.peak is None and on.bandwidth is None:
        return None
    if on.peak is None or on.bandwidth is None:
        missing = "peak" if on.peak is None else "bandwidth"
        raise FieldError(missing, "is missing: a machine has {peak} and {bandwidth}")
    return Machine(on.peak, on.bandwidth, on.number_bytes or USUAL_BYTES)


def _found(word: str) -> Machine:
    from sepcost.hardware.machines import find_machine

    try:
        return find_machine(word)
    except QuantityError as error:
        raise FieldError("machine", str(error)) from None
