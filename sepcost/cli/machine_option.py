"""From the options about a machine, and about how a layer runs on it, to an execution."""

from __future__ import annotations

from sepcost.cli.options import MachineOptions
from sepcost.core.errors import FieldError, QuantityError
from sepcost.hardware.execution import USUAL_ELEMENT_SIZE, Execution
from sepcost.hardware.machine import Machine


def execution_of(on: MachineOptions) -> Execution:
    """Return how layers run, as a user says it; FieldError as `machine_of` raises it."""
    return Execution(machine_of(on), on.element_size, on.fused, on.batch or 1)


def machine_of(on: MachineOptions) -> Machine | None:
    """Return the machine that is named, or whose figures are given; None where there is none.

    Raises FieldError for both, and for one figure without the other.
    """
    if on.machine is not None:
        for field in ("peak", "bandwidth"):
            if getattr(on, field) is not None:
                raise FieldError(field, "cannot be used with {machine}, which has its own")
        return _found(on.machine)
    if on.peak is None and on.bandwidth is None:
        return None
    if on.peak is None or on.bandwidth is None:
        missing = "peak" if on.peak is None else "bandwidth"
        raise FieldError(missing, "is missing: a machine has {peak} and {bandwidth}")
    return Machine(on.peak, on.bandwidth, on.element_size or USUAL_ELEMENT_SIZE)


def _found(word: str) -> Machine:
    from sepcost.hardware.machines import find_machine

    try:
        return find_machine(word)
    except QuantityError as error:
        raise FieldError("machine", str(error)) from None
