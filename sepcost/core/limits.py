"""One value compared with one limit, and several limits together."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from sepcost.core.errors import FieldError
from sepcost.core.metrics import LIMITED
from sepcost.core.quantity import checked_if_given
from sepcost.core.scaled import checked_amount

Limited = int | Fraction


@dataclass(frozen=True)
class LimitCheck:
    """A value compared with a limit; the limit itself is still allowed.

    metric: what is measured: 'weights', 'macs', 'memory', 'storage', 'time' or a saving.
    at_least: whether the limit bounds the value from below, as it does a saving.
    source: of a time, whether it is a 'bound' or an 'estimate'; None for what is counted.
    error: of an estimate, its median error, as a part of the time; None where not known.
    supposed_bytes: of bytes, those taken for an element where nothing says how many it has; else None.

    >>> LimitCheck("macs", limit=600, value=601).passed
    False
    """

    metric: str
    limit: Limited
    value: Limited
    at_least: bool = False
    source: str | None = None
    error: Fraction | None = None
    supposed_bytes: int | None = None

    @property
    def passed(self) -> bool:
        """Whether the value keeps the limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def excess(self) -> Limited:
        """By how much the limit is missed, exactly; 0 where it is kept."""
        missed = self.limit - self.value if self.at_least else self.value - self.limit
        return max(missed, 0)


class Totals(NamedTuple):
    """What a layer or network costs; `macs` is None where no size is given, the rest where nothing limits it.

    memory, storage: bytes. time: seconds.
    """

    weights: int
    macs: int | None
    memory: int | None = None
    storage: int | None = None
    time: Fraction | None = None


@dataclass(frozen=True)
class Budget:
    """What may be spent at most; a limit itself is still allowed. Raises FieldError without any.

    of_machine: the metrics in which a machine's own sizes are the limits.
    shared: whether the memory has to hold the parameters too.
    """

    weights: int | None = None
    macs: int | None = None
    memory: int | None = None
    storage: int | None = None
    time: Fraction | None = None
    of_machine: tuple[str, ...] = ()
    shared: bool = False

    def __post_init__(self) -> None:
        for name, metric in LIMITED.items():
            checked_if_given(f"max_{name}", partial(checked_amount, metric.unit), getattr(self, name))
        if not self.metrics:
            limits = ", ".join(f"{{max_{name}}}" for name in LIMITED)
            raise FieldError("max_macs", f"is missing: give {limits} or {{machine}} with memory")

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is limited, by the names of a total's parts."""
        return tuple(name for name in LIMITED if getattr(self, name) is not None)

    def exceeded_by(self, totals: Totals) -> tuple[str, ...]:
        """Return the metrics in which a cost is above its limit."""
        return tuple(name for name in self.metrics if getattr(totals, name) > getattr(self, name))
