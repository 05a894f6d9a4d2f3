"""Numbers as people type and read them: bounded whole numbers, 3x5, 9/4, 62.5.

Everything is matched against a pattern and a length before it becomes a number, so that nothing typed is
evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import TypeGuard, TypeVar

from sepcost.core.errors import FieldError, QuantityError, as_given, quoted

T = TypeVar("T")
Lengths = int | tuple[int, ...]
"""One length for every axis, or one for each."""

LARGEST = 10**9
"""The largest channel count, kernel side, size or part of a ratio that is taken."""

MOST_AXES = 3
"""The most axes that a convolution has."""

LONGEST_NUMBER = 64
"""The most characters of a number that is read."""

DECIMAL = r"([0-9]+)(?:\.([0-9]+))?"
"""Matches a decimal; its groups are what `decimal_of` takes."""

_MOST_DIMENSIONS = 8
_RATIO = r"([0-9]+)/([0-9]+)"


def whole(text: str, least: int = 1) -> int:
    """Read a whole number from `least` to 10^9.

    >>> whole("64")
    64
    """
    if not _is_digits(text) or len(text) > LONGEST_NUMBER:
        from sepcost.core.written import whole_mend  # what most starts do without

        raise QuantityError(f"{quoted(text)} is not {_whole_form(least)}{whole_mend(text, least, LARGEST)}")
    return checked_whole(int(text), least)


def is_whole(value: object, least: int = 1, most: int | None = LARGEST) -> TypeGuard[int]:
    """Return whether a value is a whole number in a range, which true and false are not."""
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    return least <= value and (most is None or value <= most)


def checked_whole(value: object, least: int = 1) -> int:
    """Return `value` if it is a whole number from `least` to 10^9, else raise QuantityError."""
    if isinstance(value, str) and _is_digits(value):
        raise QuantityError(f"{quoted(value)} is not a whole number but a text: write it without quotes")
    if not is_whole(value, least):
        raise QuantityError(f"{as_given(value)} is not {_whole_form(least)}")
    return value


def pair(text: str, least: int = 1) -> tuple[int, int]:
    """Read rows and columns: `3x5`, or `3` for both.

    >>> pair("3x5"), pair("3")
    ((3, 5), (3, 3))
    """
    found = _by_x(text, 2, "a number or ROWSxCOLUMNS, such as 3 or 3x5", least)
    return found[0], found[-1]


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
    found = _by_x(text, MOST_AXES, "a number, or one an axis, such as 3 or 3x5")
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
    if len(text) <= LONGEST_NUMBER:
        if match := re.fullmatch(_RATIO, text):
            if int(match[2]) > 0:
                return checked_ratio(Fraction(int(match[1]), int(match[2])))
        elif match := re.fullmatch(DECIMAL, text):
            return checked_ratio(decimal_of(match[1], match[2]))
    raise QuantityError(f"{quoted(text)} is not a ratio such as 4, 9/4 or 2.25")


def checked_ratio(value: object) -> Fraction:
    """Return a positive exact ratio, each part of it at most 10^9; a float is no exact ratio."""
    if isinstance(value, str):
        return ratio(value)
    refuse_float(value, texts=True)
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
    return _by_x(text, _MOST_DIMENSIONS, "a shape such as 1x3x224x224")


def named_shape(text: str) -> tuple[str, tuple[int, ...]]:
    """Read the shape of an input, after its name where that is not the first.

    >>> named_shape("1x3x224x224"), named_shape("state=2x1x128")
    (('', (1, 3, 224, 224)), ('state', (2, 1, 128)))
    """
    name, _, lengths = text.rpartition("=")
    return name, shape(lengths)


def _by_x(text: str, most: int, form: str, least: int = 1) -> tuple[int, ...]:
    """Read up to `most` whole numbers with an x between each two; `form`: what a text else is not."""
    parts = text.split("x")
    if len(parts) > most or not all(map(_is_digits, parts)):
        raise QuantityError(f"{quoted(text)} is not {form}")
    return tuple(whole(part, least) for part in parts)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def decimal_of(number: str, decimals: str | None) -> Fraction:
    """Return the exact number of the digits before a point and behind it."""
    decimals = decimals or ""
    return Fraction(int(number + decimals), 10 ** len(decimals))


def _whole_form(least: int) -> str:
    return f"a whole number from {least} to {LARGEST}"


def refuse_float(value: object, texts: bool = False) -> None:
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
