"""How numbers and mathematics are put for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from sepcost.core.amounts import NOTHING as NOTHING
from sepcost.core.amounts import decimal as decimal
from sepcost.core.amounts import seconds as seconds
from sepcost.core.amounts import time_unit as time_unit
from sepcost.core.exact import Surd
from sepcost.core.quantity import several as several
from sepcost.core.units import BINARY_SUFFIXES, SUFFIXES

_MOST_NAMED = 3

_FIGURES = frozenset("0123456789, ")

_SMALLEST_ROUNDED = Fraction(1, 10)

PREFIXES = tuple((unit, scale) for unit, scale in reversed(SUFFIXES.items()) if unit)
"""The prefixes that are read, and what each stands for, the largest first."""

_GLYPHS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"->"), "→"),
    (re.compile(r">="), "≥"),
    (re.compile(r"<="), "≤"),
    (re.compile(r"\bgamma\b"), "γ"),
    (re.compile(r"\*\*2\b"), "²"),
    (re.compile(r"\*\*3\b"), "³"),
    (re.compile(r"(?<=[\w)])\*(?=[\w(])"), "·"),
    (re.compile(r"\bsqrt\((\w+)\)"), r"√\1"),
    (re.compile(r"\bsqrt\("), "√("),
    (re.compile(r"~ "), "≈ "),
    # A number that stands by itself: no part of a name such as ryzen-9-7950x.
    (re.compile(r"(?<![\w-])\d[\d.,]*x[\dx]*\b(?!-)"), lambda found: found[0].replace("x", "×")),
    (re.compile(r"(?<=\d) us\b"), " µs"),
)


def grouped(value: int | Fraction | Surd | None) -> str:
    """Return a count with its thousands grouped; beside one that is not whole, a decimal.

    >>> grouped(36864), grouped(Fraction(105, 2)), grouped(None)
    ('36,864', '105/2 ~ 52.5', '-')
    """
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value} ~ {decimal(float(value))}"


def first_of(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are.

    >>> first_of(["a", "b"]), first_of(["a", "b", "c", "d"])
    ('a, b', 'a, b, c and 1 more')
    """
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def signed(difference: int) -> str:
    """Return by how much a count has grown or shrunk.

    >>> signed(1024), signed(-1024), signed(0)
    ('+1,024', '-1,024', '0')
    """
    return f"{difference:+,}" if difference else "0"


def times(saving: Fraction | float | None) -> str:
    """Return a saving as people say it.

    >>> times(Fraction(576, 73)), times(Fraction(1, 800))
    ('7.89x', '0.00125x')
    """
    if saving is None:
        return NOTHING
    return f"{float(saving):,.2f}x" if saving >= _SMALLEST_ROUNDED else f"{float(saving):.3g}x"


def saving_note(against: str, apart: bool) -> str:
    """Return what the savings of a table are; where weights save differently, a column of each says of what.

    >>> saving_note("standard", apart=False)
    'saving: how many times fewer MACs than standard'
    """
    return f"saving: how many times fewer {'' if apart else 'MACs '}than {against}"


def percent(part: Fraction | float) -> str:
    """Return a part of a whole in two figures.

    >>> percent(Fraction(183, 1000)), percent(0.047)
    ('18 %', '4.7 %')
    """
    return f"{float(part) * 100:.2g} %"


def scaled(value: int) -> str:
    """Return a whole number with its prefix, no figure of it lost.

    >>> scaled(494_700_000_000_000), scaled(960_000_000), scaled(17)
    ('494.7 T', '960 M', '17')
    """
    unit, scale = next(((unit, scale) for unit, scale in PREFIXES if value >= scale), ("", 1))
    whole, rest = divmod(value, scale)
    decimals = f"{rest:0{len(str(scale)) - 1}}".rstrip("0") if rest else ""
    number = f"{whole:,}.{decimals}" if decimals else f"{whole:,}"
    return f"{number} {unit}".rstrip()


def byte_size(value: int) -> str:
    """Return bytes, in full and by the binary prefix that a device's memory has.

    >>> byte_size(301_056), byte_size(1000)
    ('301,056 bytes (294 Ki)', '1,000 bytes')
    """
    said = several(value, "byte")
    for unit, scale in reversed(BINARY_SUFFIXES.items()):
        if value >= scale:
            return f"{said} ({decimal(value / scale)} {unit})"
    return said


def room(value: int | None) -> str:
    """Return the bytes that a device has, by the prefix under which they are sold.

    >>> room(320 * 1024), room(80 * 10**9), room(None)
    ('320 Ki', '80 G', '-')
    """
    if value is None:
        return NOTHING
    unit, scale = next((each for each in reversed(BINARY_SUFFIXES.items()) if value >= each[1]), ("", 1))
    return scaled(value) if value % scale else f"{value // scale:,} {unit}".rstrip()


def with_glyphs(text: str) -> str:
    """Return plain mathematics with the signs that people write.

    >>> with_glyphs("N_o >= 9*gamma/(9 - gamma), 3x3, 8768*sqrt(2) ~ 12,400")
    'N_o ≥ 9·γ/(9 - γ), 3×3, 8768·√2 ≈ 12,400'
    >>> with_glyphs("1x3x224x224 on ryzen-9-7950x, 0.54x in expand3x3")
    '1×3×224×224 on ryzen-9-7950x, 0.54× in expand3x3'
    """
    if _FIGURES.issuperset(text):
        return text
    for pattern, glyph in _GLYPHS:
        text = pattern.sub(glyph, text)
    return text
