"""Break-even questions about time: what they take of the options of `sepcost breakeven`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sepcost.cli.machine_option import execution_of
from sepcost.cli.options import UNKNOWNS, MachineOptions
from sepcost.core.errors import FieldError
from sepcost.core.given import FIELD_OF, unknown_given
from sepcost.core.layer import Layer

if TYPE_CHECKING:
    from sepcost.hardware.execution import Execution
    from sepcost.solver.rows import BreakEven

OF_TIME_ALONE = MachineOptions._fields
"""The parameters that only a question about time takes."""


def breakeven_of_time(
    unknown: str,
    metric: str | None,
    on: MachineOptions,
    schemes: tuple[str, ...] | None,
    against: str,
    parameters: Mapping[str, int],
    sizes: dict[str, Any],
) -> BreakEven:
    """Answer `--for balance`, or `--metric time --for no|ni`; FieldError for what neither takes."""
    if sizes["kernel"] is None:
        raise FieldError("kernel", "any leaves no layer to bound: give a kernel")
    from sepcost.solver.time_breakeven import breakeven_balance, breakeven_time

    compared: dict[str, Any] = {"schemes": schemes, "against": against, "parameters": parameters}
    if unknown == "balance":
        if metric not in (None, "time"):
            raise FieldError("--metric", f"{metric} do not depend on a machine: the balance is for time")
        return breakeven_balance(Layer(**sizes), _without_balance(on), **compared)
    if unknown not in ("no", "ni"):
        raise FieldError("--for", "with --metric time is no, ni or balance")
    name = UNKNOWNS[unknown]
    field = FIELD_OF[name]
    execution = execution_of(on)
    if execution.machine is None:
        raise FieldError("machine", "is missing: a time needs it, or {peak} and {bandwidth}")
    if sizes.pop(field) is not None:
        raise FieldError(field, unknown_given(name))
    return breakeven_time(execution, name, **sizes, **compared)


def _without_balance(on: MachineOptions) -> Execution:
    """Return how a layer runs: on a machine only where that was measured, whose bandwidth is the unknown."""
    for field in ("peak", "bandwidth"):
        if getattr(on, field) is not None:
            raise FieldError(field, unknown_given("balance"))
    execution = execution_of(on)
    if execution.machine is not None and execution.machine.measured is None:
        raise FieldError("machine", unknown_given("balance"))
    return execution
