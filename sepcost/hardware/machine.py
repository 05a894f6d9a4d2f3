"""Machine: what computes at a peak, and reads and writes memory at a bandwidth."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from sepcost.core.errors import FieldError, FileError, QuantityError, printable
from sepcost.core.quantity import byte_limit, checked_field, checked_if_given, checked_whole, limit

if TYPE_CHECKING:
    from sepcost.core.files import Path, Table

MACHINE_KEYS = ("name", "peak", "bandwidth", "bytes", "memory", "storage", "source")

_FASTEST = 10**64 * 10**12
_MOST_BYTES = 10**18
_LONGEST_TEXT = 1000


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
    memory: bytes for maps, and for parameters where there is no storage. storage: bytes for parameters, as
        flash has them. None where not said.
    name, source: what it is called, and the source of its figures; None where not said.

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

    def __post_init__(self) -> None:
        checked_field("peak", _checked_rate, self.peak)
        checked_field("bandwidth", _checked_rate, self.bandwidth)
        checked_field("bytes", checked_whole, self.bytes)
        checked_if_given("memory", _checked_size, self.memory)
        checked_if_given("storage", _checked_size, self.storage)

    @property
    def balance(self) -> Fraction:
        """MACs per byte at which arithmetic and memory take equally long."""
        return Fraction(self.peak, self.bandwidth)

    @property
    def ticks(self) -> Ticks:
        """The machine's times as whole numbers."""
        byte, mac = self.balance.as_integer_ratio()
        return Ticks(mac, byte, self.peak * mac)


def read_machine(path: Path) -> Machine:
    """Read a machine from a TOML file: peak, bandwidth, and perhaps name, bytes, memory, storage and source.

    Raises FileError, which names the key at fault.
    """
    from sepcost.core.files import load_toml

    content = load_toml(path)
    try:
        return _machine(content)
    except (FieldError, QuantityError) as error:
        raise FileError(os.fspath(path), str(error)) from None


def _machine(content: Table) -> Machine:
    from sepcost.core.files import refuse_unknown

    refuse_unknown(content, MACHINE_KEYS)
    return Machine(
        _read_rate(content, "peak"),
        _read_rate(content, "bandwidth"),
        content.get("bytes", Machine.bytes),
        _read_text(content, "name"),
        _read_text(content, "source"),
        _read_size(content, "memory"),
        _read_size(content, "storage"),
    )


def _read_rate(content: Table, key: str) -> int:
    if key not in content:
        raise FieldError(key, "is missing")
    return checked_field(key, _rate, content[key])


def _rate(value: object) -> int:
    """Return MAC/s or byte/s from a number that is whole, or from a text such as 3.35T."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return limit(value) if isinstance(value, str) else _checked_rate(value)


def _checked_rate(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _FASTEST:
        raise QuantityError('is not a rate: a whole number a second, from 1, or a text such as "3.35T"')
    return value


def _read_size(content: Table, key: str) -> int | None:
    """Return bytes, from a whole number or a text such as 320Ki, None where the file has none."""
    value = content.get(key)
    return checked_if_given(key, _size, value)


def _size(value: object) -> int:
    return byte_limit(value) if isinstance(value, str) else _checked_size(value)


def _checked_size(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_BYTES:
        raise QuantityError('is not a size: a whole number of bytes, from 1, or a text such as "320Ki"')
    return value


def _read_text(content: Table, key: str) -> str | None:
    from sepcost.core.files import text_of

    return printable(text_of(content, key, _LONGEST_TEXT)) if key in content else None
