"""Numbers as people type and read them: bounded whole numbers, 3x5, 9/4, 600M.

Everything is matched against a pattern and a length before it becomes a number, so that
nothing typed is evaluated and no input is slow.
"""

from __future__ import annotations

import re
from fractions import Fraction

from sepcost.errors import QuantityError, quoted

LARGEST = 10**9
"""The largest channel count, kernel side, size or part of a ratio that is taken."""

SUFFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}

_LONGEST_NUMBER = 64
_RATIO = r"([0-9]+)/([0-9]+)"
_DECIMAL = r"([0-9]+)(?:\.([0-9]+))?"
_SCALED = r"([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)"


def whole(text: str, least: int = 1) -> int:
    """Read a whole number from `least` to 10^9.

    >>> whole("64")
    64
    """
    if not _is_digits(text) or len(text) > _LONGEST_NUMBER:
        raise QuantityError(f"{quoted(text)} is not {_whole_form(least)}")
    return checked_whole(int(text), least)


def checked_whole(value: object, least: int = 1) -> int:
    """Return `value` if it is a whole number from `least` to 10^9, else raise QuantityError."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
        raise QuantityError(f"{quoted(_text_of(value))} is not {_whole_form(least)}")
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


def checked_pair(value: object, least: int = 1) -> tuple[int, int]:
    """Return rows and columns from an int, or from a pair of ints."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise QuantityError(f"{quoted(_text_of(value))} is not one number or two")
        return checked_whole(value[0], least), checked_whole(value[1], least)
    return checked_whole(value, least), checked_whole(value, least)


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
    if isinstance(value, bool) or not isinstance(value, (int, Fraction)):
        raise QuantityError(f"{quoted(_text_of(value))} is not an exact ratio such as 4 or '9/4'")
    exact = Fraction(value)
    if exact <= 0:
        raise QuantityError(f"{quoted(_text_of(value))} is not above 0")
    if max(exact.numerator, exact.denominator) > LARGEST:
        raise QuantityError("a ratio's parts, in lowest terms, are at most 10^9")
    return exact


def limit(text: str) -> int:
    """Read a limit of at least 1: a whole number after scaling by k, M, G or T (powers of 1000).

    >>> limit("4.3M")
    4300000
    """
    match = re.fullmatch(_SCALED, text) if len(text) <= _LONGEST_NUMBER else None
    if not match:
        raise QuantityError(f"{quoted(text)} is not a number such as 600000, 600k or 4.3M")
    if match[2] not in SUFFIXES:
        raise QuantityError(f"{quoted(text)} has no known unit; the units are k, M, G and T")
    number, _, decimals = match[1].partition(".")
    scaled = _decimal(number, decimals) * SUFFIXES[match[2]]
    if scaled.denominator != 1 or scaled < 1:
        raise QuantityError(f"{quoted(text)} is not a whole number of at least 1 after scaling")
    return scaled.numerator


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _decimal(number: str, decimals: str | None) -> Fraction:
    decimals = decimals or ""
    return Fraction(int(number + decimals), 10 ** len(decimals))


def _whole_form(least: int) -> str:
    return f"a whole number from {least} to {LARGEST}"


def _text_of(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # Python writes out no whole number of more than 4,300 digits.
        return "a number too long to write"
