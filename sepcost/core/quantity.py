"""Numbers as people type and read them: bounded whole numbers, 3x5, 9/4, 600M.

Everything is matched against a pattern and a length before it becomes a number, so that nothing typed is
evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeVar

from sepcost.core.errors import FieldError, QuantityError, as_given, one_of, quoted

T = TypeVar("T")
Lengths = int | tuple[int, ...]
"""One length for every axis, or one for each."""

LARGEST = 10**9
"""The largest channel count, kernel side, size or part of a ratio that is taken."""

SUFFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}

BINARY_SUFFIXES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
"""The further prefixes for bytes of memory."""

BYTE_UNITS = {f"{unit}{b}": scale for unit, scale in (SUFFIXES | BINARY_SUFFIXES).items() for b in ("", "B")}
"""How bytes are scaled: k or kB, Ki or KiB."""

TIME_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
"""The units of time that are read, and how many of each are a second."""

MOST_AXES = 3
"""The most axes that a convolution has."""

_LONGEST_NUMBER = 64
_FASTEST = 10**64 * 10**12
_MOST_BYTES = 10**18
_MOST_DIMENSIONS = 8
_RATIO = r"([0-9]+)/([0-9]+)"
_DECIMAL = r"([0-9]+)(?:\.([0-9]+))?"
_SCALED = r"([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)"


def whole(text: str, least: int = 1) -> int:
    """Read a whole number from `least` to 10^9.

    >>> whole("64")
    64
    """
    if not _is_digits(text) or len(text) > _LONGEST_NUMBER:
        from sepcost.core.written import whole_mend

        raise QuantityError(f"{quoted(text)} is not {_whole_form(least)}{whole_mend(text, least)}")
    return checked_whole(int(text), least)


def checked_whole(value: object, least: int = 1) -> int:
    """Return `value` if it is a whole number from `least` to 10^9, else raise QuantityError."""
    if isinstance(value, str) and _is_digits(value):
        raise QuantityError(f"{quoted(value)} is not a whole number but a text: write it without quotes")
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
        raise QuantityError(f"{as_given(value)} is not {_whole_form(least)}")
    return value


def pair(text: str, least: int = 1) -> tuple[int, int]:
    """Read rows and columns: `3x5`, or `3` for both.

    >>> pair("3x5"), pair("3")
    ((3, 5), (3, 3))
    """
    parts = text.split("x")
    if len(parts) > 2 or not all(map(_is_digits, parts)):
        raise QuantityError(f"{quoted(text)} is not a number or ROWSxCOLUMNS, such as 3 or 3x5")
    return whole(parts[0], least), whole(parts[-1], least)


def by(lengths: Iterable[int | None]) -> str:
    """Return lengths as `pair` and `shape` read them, one that is not known as ?.

    >>> by((3, 5)), by((None, 3))
    ('3x5', '?x3')
    """
    return "x".join("?" if length is None else str(length) for length in lengths)


def several(number: object, noun: str) -> str:
    """Return a number of things; of one that is not whole, too.

    >>> several(1, "layer"), several(1200, "layer"), several(Fraction(9, 4), "channel")
    ('1 layer', '1,200 layers', '9/4 channels')
    """
    said = f"{number:,}" if isinstance(number, int) else str(number)
    return f"{said} {noun}" if number == 1 else f"{said} {noun}s"


def refuse_text_of_lengths(value: object) -> None:
    """Raise QuantityError, which says what to write, for a text such as `3x5` where a list holds lengths."""
    if isinstance(value, str) and "x" in value and all(map(_is_digits, parts := value.split("x"))):
        raise QuantityError(f"{quoted(value)} is a text: write a list, [{', '.join(parts)}]")


def checked_pair(value: object, least: int = 1) -> tuple[int, int]:
    """Return rows and columns from an int, or from a pair of ints."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise QuantityError(f"{as_given(value)} is not one number or two")
        return checked_whole(value[0], least), checked_whole(value[1], least)
    refuse_text_of_lengths(value)
    return checked_whole(value, least), checked_whole(value, least)


def lengths(text: str) -> Lengths:
    """Read one length for every axis, `3`, or one for each of up to three: `3x5`.

    >>> lengths("3"), lengths("3x5")
    (3, (3, 5))
    """
    parts = text.split("x")
    if len(parts) > MOST_AXES or not all(map(_is_digits, parts)):
        raise QuantityError(f"{quoted(text)} is not a number, or one an axis, such as 3 or 3x5")
    found = tuple(map(whole, parts))
    return found if len(found) > 1 else found[0]


def checked_lengths(value: object, least: int = 1) -> Lengths:
    """Return one length for every axis from an int, or one for each of up to three from a list of ints."""
    if isinstance(value, (tuple, list)):
        if not 1 <= len(value) <= MOST_AXES:
            raise QuantityError(f"{as_given(value)} is not one number, or one for each of 1 to 3 axes")
        return tuple(checked_whole(length, least) for length in value)
    refuse_text_of_lengths(value)
    return checked_whole(value, least)


def ratio(text: str) -> Fraction:
    """Read a positive exact ratio: `4`, `9/4` or `2.25`, each part of it at most 10^9.

    >>> ratio("2.25")
    Fraction(9, 4)
    """
    if len(text) <= _LONGEST_NUMBER:
        if match := re.fullmatch(_RATIO, text):
            if int(match[2]) > 0:
                return checked_ratio(Fraction(int(match[1]), int(match[2])))
        elif match := re.fullmatch(_DECIMAL, text):
            return checked_ratio(_decimal(match[1], match[2]))
    raise QuantityError(f"{quoted(text)} is not a ratio such as 4, 9/4 or 2.25")


def checked_ratio(value: object) -> Fraction:
    """Return a positive exact ratio, each part of it at most 10^9; a float is no exact ratio."""
    if isinstance(value, str):
        return ratio(value)
    _refuse_float(value, texts=True)
    if isinstance(value, bool) or not isinstance(value, (int, Fraction)):
        raise QuantityError(f"{as_given(value)} is not an exact ratio such as 4 or '9/4'")
    exact = Fraction(value)
    if exact <= 0:
        raise QuantityError(f"{as_given(value)} is not above 0")
    if max(exact.numerator, exact.denominator) > LARGEST:
        raise QuantityError("a ratio's parts, in lowest terms, are at most 10^9")
    return exact


def shape(text: str) -> tuple[int, ...]:
    """Read the shape of an input, batch first.

    >>> shape("1x3x224x224")
    (1, 3, 224, 224)
    """
    parts = text.split("x")
    if len(parts) > _MOST_DIMENSIONS or not all(map(_is_digits, parts)):
        raise QuantityError(f"{quoted(text)} is not a shape such as 1x3x224x224")
    return tuple(whole(length) for length in parts)


def named_shape(text: str) -> tuple[str, tuple[int, ...]]:
    """Read the shape of an input, after its name where that is not the first.

    >>> named_shape("1x3x224x224"), named_shape("state=2x1x128")
    (('', (1, 3, 224, 224)), ('state', (2, 1, 128)))
    """
    name, _, lengths = text.rpartition("=")
    return name, shape(lengths)


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
    return _whole_scaled(text, BYTE_UNITS, "327680, 320Ki or 1.5M", "k, M, G, T, Ki, Mi and Gi")


def checked_size(value: object) -> int:
    """Return a whole number of bytes that a memory may have."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_BYTES:
        raise QuantityError('is not a size: a whole number of bytes, from 1, or a text such as "320Ki"')
    return value


def checked_rate(value: object) -> int:
    """Return a whole number of MACs or bytes a second."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _FASTEST:
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
    _refuse_float(value)
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
    match = re.fullmatch(_DECIMAL, text[:-1]) if len(text) <= _LONGEST_NUMBER else None
    part = _decimal(match[1], match[2]) / 100 if match else Fraction(0)
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
    if unit == "seconds":
        return checked_duration(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise QuantityError(f"{as_given(value)} is not a whole number of at least 1")
    return value


def _whole_scaled(text: str, units: Mapping[str, int], examples: str, known: str) -> int:
    number, unit = _scaled_parts(text, units, examples, known)
    scaled = number * units[unit]
    if scaled.denominator != 1 or scaled < 1:
        raise QuantityError(f"{quoted(text)} is not a whole number of at least 1 after scaling")
    return scaled.numerator


def _scaled_parts(text: str, units: Mapping[str, int], examples: str, known: str) -> tuple[Fraction, str]:
    match = re.fullmatch(_SCALED, text) if len(text) <= _LONGEST_NUMBER else None
    if match and match[2] in units:
        number, _, decimals = match[1].partition(".")
        return _decimal(number, decimals), match[2]
    if text.endswith("%"):
        raise QuantityError(f"{quoted(text)} is a share: give the number itself, such as {examples}")
    from sepcost.core.written import mends

    meant = one_of(mends(text, units) or [""])
    if match:
        hint = f"; did you mean {meant}?" if meant else ""
        raise QuantityError(f"{quoted(text)} has no known unit; the units are {known}{hint}")
    write = f": write {meant}" if meant else ""
    raise QuantityError(f"{quoted(text)} is not a number such as {examples}{write}")


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _decimal(number: str, decimals: str | None) -> Fraction:
    decimals = decimals or ""
    return Fraction(int(number + decimals), 10 ** len(decimals))


def _whole_form(least: int) -> str:
    return f"a whole number from {least} to {LARGEST}"


def _refuse_float(value: object, texts: bool = False) -> None:
    """Refuse a float, which is seldom the number that was meant, with what is; `texts` may say it too."""
    if isinstance(value, float) and 1 / LARGEST <= value <= LARGEST:
        text = f"'{Decimal(repr(value)):f}' or " if texts else ""
        raise QuantityError(f"{value!r} is a float: give {text}{Fraction(repr(value))!r}")


def checked_field(field: str, check: Callable[[object], T], value: object) -> T:
    """Return what `check` makes of a field's value; raise FieldError, which names the field."""
    try:
        return check(value)
    except QuantityError as error:
        raise FieldError(field, str(error)) from None


def checked_if_given(field: str, check: Callable[[object], T], value: object) -> T | None:
    """Return what `check` makes of a field's value, None for one that is not given."""
    return None if value is None else checked_field(field, check, value)
