"""Amounts as people type and read them, a number and its unit: 4.3M, 320Ki, 5ms, 70%."""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeVar

from sepcost.core.errors import QuantityError, as_given, one_of, quoted
from sepcost.core.quantity import DECIMAL, LONGEST_NUMBER, decimal_of, is_whole, refuse_float
from sepcost.core.units import BYTE_UNITS, SUFFIXES, TIME_UNITS

T = TypeVar("T")

_FASTEST = 10**64 * 10**12
_MOST_BYTES = 10**18
_SCALED = r"([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)"


def limit(text: str) -> int:
    """Read a limit of at least 1: a whole number after scaling by k, M, G or T (powers of 1000).

    >>> limit("4.3M")
    4300000
    """
    return _whole_scaled(text, SUFFIXES, "600000, 600k or 4.3M", "k, M, G and T")


def byte_limit(text: str) -> int:
    """Read a limit in bytes: as `limit`, and by Ki, Mi or Gi (powers of 1024); a B may follow.

    >>> byte_limit("320Ki"), byte_limit("1.5MiB"), byte_limit("512k")
    (327680, 1572864, 512000)
    """
    return _whole_scaled(
        text, BYTE_UNITS, "327680, 320Ki or 1.5M", "k, M, G, T, Ki, Mi and Gi, with or without a B"
    )


def checked_size(value: object) -> int:
    """Return a whole number of bytes that a memory may have."""
    if not is_whole(value, 1, _MOST_BYTES):
        raise QuantityError('is not a size: a whole number of bytes, from 1, or a text such as "320Ki"')
    return value


def checked_rate(value: object) -> int:
    """Return a whole number of MACs or bytes a second."""
    if not is_whole(value, 1, _FASTEST):
        raise QuantityError('is not a rate: a whole number a second, from 1, or a text such as "3.35T"')
    return value


def duration(text: object) -> Fraction:
    """Read a text of a time above 0, in s, ms, us or ns, as exact seconds.

    >>> duration("5ms"), duration("1.5us")
    (Fraction(1, 200), Fraction(3, 2000000))
    """
    if not isinstance(text, str):
        raise QuantityError("is not a time: write a text such as '5ms'")
    number, unit = _scaled_parts(text, TIME_UNITS, "5ms, 1.5s or 20us", ", ".join(TIME_UNITS))
    return checked_duration(number / TIME_UNITS[unit])


def checked_duration(value: object) -> Fraction:
    """Return a time in exact seconds, above 0."""
    refuse_float(value)
    if isinstance(value, bool) or not isinstance(value, (int, Fraction)) or value <= 0:
        raise QuantityError(f"{as_given(value)} is not a time above 0")
    return Fraction(value)


class Share(NamedTuple):
    """A part of what there is."""

    part: Fraction

    def of(self, all_of_it: int | Fraction) -> int | Fraction:
        """Return the part of an amount, of a count the whole number within it.

        >>> Share(Fraction(7, 10)).of(1234)
        863
        """
        part = self.part * all_of_it
        return part if isinstance(all_of_it, Fraction) else int(part)


def share_or(read: Callable[[str], T], text: str) -> T | Share:
    """Read a share above 0 and below 100 %, or an amount by its own reader.

    >>> share_or(limit, "62.5%"), share_or(limit, "3G")
    (Share(part=Fraction(5, 8)), 3000000000)
    """
    if not text.endswith("%"):
        return read(text)
    match = re.fullmatch(DECIMAL, text[:-1]) if len(text) <= LONGEST_NUMBER else None
    part = decimal_of(match[1], match[2]) / 100 if match else Fraction(0)
    if not 0 < part < 1:
        raise QuantityError(f"{quoted(text)} is not a share above 0% and below 100%, such as 70%")
    return Share(part)


AMOUNTS: Mapping[str, Callable[[str], int | Fraction]] = {
    "count": limit,
    "bytes": byte_limit,
    "seconds": duration,
}
"""What reads an amount of a metric, by the metric's unit."""


def checked_target(unit: str, value: object) -> int | Fraction | Share:
    """Return an amount above 0, or a share, from a text as `share_or` reads it or from a number."""
    if isinstance(value, str):
        return share_or(AMOUNTS[unit], value)
    return checked_amount(unit, value)


def checked_amount(unit: str, value: object) -> int | Fraction:
    """Return an amount above 0 in the unit of a metric: seconds, or a whole number."""
    if isinstance(value, str):
        raise QuantityError(f"{quoted(value)} is a text{_number_meant(unit, value)}")
    if unit == "seconds":
        return checked_duration(value)
    if not is_whole(value, 1, None):
        whole = isinstance(value, float) and value.is_integer() and 1 <= value < 2**53
        raise QuantityError(
            f"{as_given(value)} is not a whole number of at least 1{f': write {value:.0f}' if whole else ''}"
        )
    return value


def _number_meant(unit: str, text: str) -> str:
    """Return ': write 50000000' for a text of an amount, for another what an amount is."""
    try:
        return f": write {AMOUNTS[unit](text)!r}"
    except QuantityError:
        seconds = unit == "seconds"
        return f": write {'seconds as a Fraction' if seconds else 'a whole number of at least 1'}"


def _whole_scaled(text: str, units: Mapping[str, int], examples: str, known: str) -> int:
    number, unit = _scaled_parts(text, units, examples, known)
    scaled = number * units[unit]
    if scaled.denominator != 1 or scaled < 1:
        raise QuantityError(f"{quoted(text)} is not a whole number of at least 1 after scaling")
    return scaled.numerator


def _scaled_parts(text: str, units: Mapping[str, int], examples: str, known: str) -> tuple[Fraction, str]:
    match = re.fullmatch(_SCALED, text) if len(text) <= LONGEST_NUMBER else None
    if match and match[2] in units:
        number, _, decimals = match[1].partition(".")
        return decimal_of(number, decimals), match[2]
    if text.endswith("%"):
        raise QuantityError(f"{quoted(text)} is a share: give the number itself, such as {examples}")
    if "flop" in text.lower() and units is SUFFIXES:
        raise QuantityError(f"{quoted(text)} is in FLOPs: give MACs, half as many, such as {examples}")
    from sepcost.core.written import mends  # what most starts do without

    meant = one_of(mends(text, units) or [""])
    if match:
        hint = f"; did you mean {meant}?" if meant else ""
        raise QuantityError(f"{quoted(text)} has no known unit; the units are {known}{hint}")
    write = f": write {meant}" if meant else ""
    raise QuantityError(f"{quoted(text)} is not a number such as {examples}{write}")
