"""Limits on what runs on a machine: what it holds is a budget, and a time is a bound or an estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sepcost.core.errors import FieldError
from sepcost.core.limits import Budget, LimitCheck, Limited
from sepcost.core.metrics import IN_BYTES, TIME, TIME_NEEDS
from sepcost.hardware.execution import Execution, error_of, time_source


def budget_on(execution: Execution, limits: Mapping[str, Limited | None]) -> Budget:
    """Return limits by metric as a budget; the machine's memory and storage are limits where none is given.

    A machine without storage of its own holds the parameters in its memory.
    Raises FieldError where nothing is limited, and for a limit on time without a machine.

    >>> from sepcost.hardware.machine import Machine
    >>> chip = Execution(Machine(9, 9, memory=512, storage=4096))
    >>> budget = budget_on(chip, {"memory": 256})
    >>> budget.memory, budget.storage, budget.of_machine
    (256, 4096, ('storage',))
    """
    given: dict[str, Any] = {metric: limit for metric, limit in limits.items() if limit is not None}
    machine = execution.machine
    if machine is None and TIME in given:
        raise FieldError("max_time", TIME_NEEDS)
    if machine is None or not machine.says_sizes:
        return Budget(**given)
    has = {"memory": machine.memory, "storage": machine.storage}
    own: dict[str, Any] = {name: size for name, size in has.items() if name not in given and size is not None}
    shared = "memory" in own and machine.storage is None
    return Budget(**given, **own, of_machine=tuple(own), shared=shared)


def check_on(
    execution: Execution, metric: str, limit: Limited, value: Limited, own: tuple[int, ...] = ()
) -> LimitCheck:
    """Return a value with its limit; of a time, whether it is a bound or an estimate, and how far off.

    own: the bits of an element in a file's own types, where those are what counts.
    """
    if metric == TIME:
        return LimitCheck(metric, limit, value, source=time_source(execution), error=error_of(execution))
    if metric not in IN_BYTES or own or execution.bytes is not None or execution.machine is not None:
        return LimitCheck(metric, limit, value)
    return LimitCheck(metric, limit, value, supposed_bytes=execution.element_size)
