"""Machine: a peak rate of arithmetic, and a bandwidth of memory."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from sepcost.core.quantity import checked_field, checked_if_given, checked_whole
from sepcost.core.scaled import checked_rate, checked_size
from sepcost.hardware.measured import NOTHING_MEASURED, Measured


class Ticks(NamedTuple):
    """A machine's times in whole numbers of a tick, the longest for which they are whole.

    mac, byte: ticks that one takes. second: ticks in one.
    """

    mac: int
    byte: int
    second: int


@dataclass(frozen=True)
class Machine:
    """What a roofline bound is computed for, in whole numbers.

    peak: MAC/s. bandwidth: byte/s, between memory and arithmetic. bytes: of one element.
    name, source: what it is called, and the source of its figures; None where not said.
    memory: bytes for maps, and for parameters where there is no storage. storage: bytes for parameters, as
        flash has them. None where not said.
    measured: what estimates are made from; None where it was not measured.

    Raises FieldError for figures that cannot hold.

    >>> Machine(peak=495 * 10**12, bandwidth=3350 * 10**9, bytes=2).balance
    Fraction(9900, 67)
    """

    peak: int
    bandwidth: int
    bytes: int = 4
    name: str | None = None
    source: str | None = None
    memory: int | None = None
    storage: int | None = None
    measured: Measured | None = None

    def __post_init__(self) -> None:
        checked_field("peak", checked_rate, self.peak)
        checked_field("bandwidth", checked_rate, self.bandwidth)
        checked_field("bytes", checked_whole, self.bytes)
        checked_if_given("memory", checked_size, self.memory)
        checked_if_given("storage", checked_size, self.storage)

    @property
    def says_sizes(self) -> bool:
        """Whether it says how large its memory is, or its storage."""
        return self.memory is not None or self.storage is not None

    @property
    def balance(self) -> Fraction:
        """MACs per byte at which arithmetic and memory take equally long."""
        return Fraction(self.peak, self.bandwidth)

    @property
    def figures(self) -> Measured:
        """What was measured on it, or that nothing was."""
        return self.measured or NOTHING_MEASURED

    @cached_property
    def ticks(self) -> Ticks:
        """The machine's times as whole numbers."""
        byte, mac = self.balance.as_integer_ratio()
        return Ticks(mac, byte, self.peak * mac)
