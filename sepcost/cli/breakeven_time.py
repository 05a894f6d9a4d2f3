"""Break-even questions about time: what they take of the options of `sepcost breakeven`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sepcost.cli.machine_option import machine_of
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
    from sepcost.hardware.roofline import bytes_of
    from sepcost.solver.bounds import breakeven_balance, breakeven_time

    how: dict[str, Any] = {"schemes": schemes, "against": against, "fused": on.fused, "batch": on.batch or 1}
    if unknown == "balance":
        if metric not in (None, "time"):
            raise FieldError("--metric", f"{metric} do not depend on a machine: the balance is for time")
        _refuse_machine(on)
        return breakeven_balance(Layer(**sizes), number_bytes=bytes_of(None, on.number_bytes), **how)
    if unknown != "no":
        raise FieldError("--for", "with --metric time is no or balance")
    machine = machine_of(on)
    if machine is None:
        raise FieldError("machine", "is missing: a time needs it, or {peak} and {bandwidth}")
    if sizes.pop("n_o") is not None:
        raise FieldError("n_o", asked_for("N_o"))
    return breakeven_time(machine, number_bytes=on.number_bytes, **sizes, **how)


def _refuse_machine(on: MachineOptions) -> None:
    for field in ("machine", "peak", "bandwidth"):
        if getattr(on, field) is not None:
            raise FieldError(field, asked_for("balance"))
