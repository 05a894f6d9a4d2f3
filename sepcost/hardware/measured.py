"""What was measured on a machine: its caches, what a launch costs, what each kind of stage reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite
from typing import NamedTuple

from sepcost.core.errors import QuantityError, as_given, did_you_mean
from sepcost.core.quantity import checked_field, checked_if_given, checked_ratio
from sepcost.core.scaled import checked_duration, checked_rate, checked_size

STAGE_KINDS = ("standard", "grouped", "depthwise", "pointwise", "dense", "transposed")
"""The kinds of stage by which efficiencies are given."""

LEAST_PART, MOST_PART = Fraction(1, 10**6), 100
"""Between which an efficiency and an error are."""


class Cache(NamedTuple):
    """A memory nearer to arithmetic: the bytes that it holds, and the byte/s at which it moves them."""

    size: int
    bandwidth: int


@dataclass(frozen=True)
class Measured:
    """What estimates of time are made from.

    caches: from the smallest on.
    launch: seconds that a pass costs, whatever it does.
    efficiency: the part of the peak that a kind of stage reaches; 1 where not said.
    error: the median error of the estimates of layers that nothing was fitted to, as a part of the time
        that they take; None where nobody measured it.

    Raises FieldError for figures that cannot hold.
    """

    caches: tuple[Cache, ...] = ()
    launch: Fraction = Fraction(0)
    efficiency: Mapping[str, Fraction] = field(default_factory=dict, hash=False)
    error: Fraction | None = None

    def __post_init__(self) -> None:
        checked_field("cache", _checked_caches, self.caches)
        fields = {
            "launch": checked_field("launch", _checked_launch, self.launch),
            "efficiency": checked_field("efficiency", checked_efficiency, self.efficiency),
            "error": checked_if_given("error", checked_part, self.error),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)


def _checked_caches(value: object) -> None:
    assert isinstance(value, tuple)
    for size, bandwidth in value:
        checked_size(size)
        checked_rate(bandwidth)
    sizes = [size for size, _ in value]
    if sizes != sorted(set(sizes)):
        raise QuantityError("stands out of order: the smallest comes first, each larger than the one before")


def _checked_launch(value: object) -> Fraction:
    return Fraction(0) if value == 0 and not isinstance(value, bool) else checked_duration(value)


def checked_efficiency(value: object) -> dict[str, Fraction]:
    """Return the part of the peak that each kind of stage reaches; QuantityError for what is none."""
    if not isinstance(value, Mapping):
        raise QuantityError("is not a table of kinds of stage, such as depthwise = 0.2")
    for kind in value:
        if kind not in STAGE_KINDS:
            hint = did_you_mean(str(kind), STAGE_KINDS) or f"; the kinds are {', '.join(STAGE_KINDS)}"
            raise QuantityError(f"{as_given(kind)} is not a kind of stage{hint}")
    return {kind: checked_part(part) for kind, part in value.items()}


def checked_part(value: object) -> Fraction:
    """Return a part such as 0.25, a decimal taken as it is written."""
    if isinstance(value, float) and isfinite(value) and value > 0:
        value = Fraction(repr(value))
    part = checked_ratio(value)
    if not LEAST_PART <= part <= MOST_PART:
        raise QuantityError(f"{as_given(part)} is not from {LEAST_PART} to {MOST_PART}")
    return part


NOTHING_MEASURED = Measured()
"""What leaves the peak and the bandwidth alone to count: by it an estimate is the bound."""
