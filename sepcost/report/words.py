"""How numbers and mathematics are put for people."""

from __future__ import annotations

import re
from fractions import Fraction

from sepcost.surd import Surd

NOTHING = "-"

_GLYPHS = (
    (re.compile(r"->"), "→"),
    (re.compile(r">="), "≥"),
    (re.compile(r"<="), "≤"),
    (re.compile(r"\bgamma\b"), "γ"),
    (re.compile(r"\*\*2\b"), "²"),
    (re.compile(r"(?<=[\w)])\*(?=[\w(])"), "·"),
    (re.compile(r"\bsqrt\((\w+)\)"), r"√\1"),
    (re.compile(r"\bsqrt\("), "√("),
    (re.compile(r"~ "), "≈ "),
    (re.compile(r"(?<=\d)x(?=\d|\b)"), "×"),
)


def grouped(value: int | Fraction | Surd | None) -> str:
    """Return a count with its thousands grouped; beside one that is not whole, a decimal.

    >>> grouped(36864), grouped(Fraction(105, 2)), grouped(None)
    ('36,864', '105/2 ~ 52.5', '-')
    """
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value} ~ {decimal(float(value))}"


def decimal(value: float) -> str:
    """Return a decimal of four figures at least, thousands grouped, no exponent.

    >>> decimal(12399.82), decimal(1.125), decimal(52.5)
    ('12,400', '1.125', '52.5')
    """
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def times(saving: Fraction | None) -> str:
    """Return a saving as people say it.

    >>> times(Fraction(576, 73))
    '7.89x'
    """
    return NOTHING if saving is None else f"{float(saving):,.2f}x"


def by(lengths: tuple[int, ...]) -> str:
    """Return lengths as people write them.

    >>> by((3, 5))
    '3x5'
    """
    return "x".join(map(str, lengths))


def with_glyphs(text: str) -> str:
    """Return plain mathematics with the signs that people write.

    >>> with_glyphs("N_o >= 9*gamma/(9 - gamma), 3x3, 8768*sqrt(2) ~ 12,400")
    'N_o ≥ 9·γ/(9 - γ), 3×3, 8768·√2 ≈ 12,400'
    """
    for pattern, glyph in _GLYPHS:
        text = pattern.sub(glyph, text)
    return text
