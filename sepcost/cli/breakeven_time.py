"""Break-even questions about time: what they take of the options of `sepcost breakeven`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sepcost.cli.machine_option import execution_of
from sepcost.cli.options import MachineOptions
from sepcost.core.errors import FieldError
from sepcost.core.given import asked_for
from sepcost.core.layer import Layer

if TYPE_CHECKING:
    from sepcost.solver.breakeven import BreakEven

OF_TIME_ALONE = ("size", "stride", "dilation", "padding", *MachineOptions._fields)
"""The parameters that only a question about time takes."""


def breakeven_of_bounds(
    unknown: str,
    metric: str | None,
    on: MachineOptions,
    schemes: tuple[str, ...] | None,
    against: str,
    sizes: dict[str, Any],
) -> BreakEven:
    """Answer `--for balance`, or `--metric time --for no`; FieldError for what neither takes."""
    if sizes["kernel"] is None:
        raise FieldError("kernel", "any leaves no layer to bound: give a kernel")
    from sepcost.solver.bounds import breakeven_balance, breakeven_time

    compared: dict[str, Any] = {"schemes": schemes, "against": against}
    if unknown == "balance":
        if metric not in (None, "time"):
            raise FieldError("--metric", f"{metric} do not depend on a machine: the balance is for time")
        _refuse_machine(on)
        return breakeven_balance(Layer(**sizes), execution_of(on), **compared)
    if unknown != "no":
        raise FieldError("--for", "with --metric time is no or balance")
    how = execution_of(on)
    if how.machine is None:
        raise FieldError("machine", "is missing: a time needs it, or {peak} and {bandwidth}")
    if sizes.pop("n_o") is not None:
        raise FieldError("n_o", asked_for("N_o"))
    return breakeven_time(how, **sizes, **compared)


def _refuse_machine(on: MachineOptions) -> None:
    for field in ("machine", "peak", "bandwidth"):
        if getattr(on, field) is not None:
            raise FieldError(field, asked_for("balance"))
