"""Polynomials of degree two at most, and their roots as exact numbers that can be ordered."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering
from math import isqrt, sqrt

from sepcost.core.exact import Rational, sign_with_root


@dataclass(frozen=True, init=False)
class Quadratic:
    """The number c0 + c1 x + c2 x², which adds to and multiplies with its like and with numbers.

    Raises ValueError for a product of higher degree.
    """

    coefficients: tuple[Fraction, ...]

    def __init__(self, *coefficients: Rational) -> None:
        found = [each if isinstance(each, Fraction) else Fraction(each) for each in coefficients]
        while found and not found[-1]:
            found.pop()
        if len(found) > 3:
            raise ValueError("a polynomial of degree three and more")
        object.__setattr__(self, "coefficients", tuple(found))

    def at(self, x: Rational) -> Fraction:
        """Return the value at a rational number."""
        return sum((each * x**power for power, each in enumerate(self.coefficients)), Fraction(0))

    def sign_at(self, x: Real) -> int:
        """Return the sign at a rational number or a root."""
        if not isinstance(x, Irrational):
            return _sign(self.at(x))
        c0, c1, c2 = (*self.coefficients, *[Fraction(0)] * (3 - len(self.coefficients)))
        p, s, q = x.rational, x.sign, x.radicand
        return sign_with_root(c0 + c1 * p + c2 * (p * p + q), s * (c1 + 2 * c2 * p), q)

    def roots(self) -> tuple[Real, ...]:
        """Return where it is 0, ascending; none where it is 0 everywhere.

        >>> Quadratic(-2, 0, 1).roots(), Quadratic(-6, 1, 1).roots()
        ((Irrational(0 - sqrt(2)), Irrational(0 + sqrt(2))), (Fraction(-3, 1), Fraction(2, 1)))
        """
        if len(self.coefficients) < 2:
            return ()
        if len(self.coefficients) == 2:
            return (-self.coefficients[0] / self.coefficients[1],)
        c0, c1, c2 = self.coefficients
        middle, radicand = -c1 / (2 * c2), (c1 * c1 - 4 * c0 * c2) / (4 * c2 * c2)
        if radicand < 0:
            return ()
        root = _rational_root(radicand)
        if root is None:
            return Irrational(middle, -1, radicand), Irrational(middle, 1, radicand)
        return (middle - root, middle + root) if root else (middle,)

    def __add__(self, other: Quadratic | Rational) -> Quadratic:
        one, two = self.coefficients, as_quadratic(other).coefficients
        shared = min(len(one), len(two))
        rest = one[shared:] or two[shared:]
        return Quadratic(*(a + b for a, b in zip(one, two, strict=False)), *rest)

    def __mul__(self, other: Quadratic | Rational) -> Quadratic:
        if not isinstance(other, Quadratic):
            return Quadratic(*(each * other for each in self.coefficients))
        found = [Fraction(0)] * (len(self.coefficients) + len(other.coefficients))
        for power, one in enumerate(self.coefficients):
            for further, two in enumerate(other.coefficients):
                found[power + further] += one * two
        return Quadratic(*found)

    def __sub__(self, other: Quadratic | Rational) -> Quadratic:
        return self + as_quadratic(other) * -1

    def __truediv__(self, number: Rational) -> Quadratic:
        return self * (1 / Fraction(number))

    __radd__ = __add__
    __rmul__ = __mul__


@total_ordering
@dataclass(frozen=True)
class Irrational:
    """The number `rational` + `sign` √`radicand`, sign 1 or -1, radicand above 0 and no square of a ratio.

    No `core.exact.Surd`, which adds and multiplies and so needs a radicand free of squares: those of
    discriminants are too large to be factored, and roots of polynomials are only put in order.
    """

    rational: Fraction
    sign: int
    radicand: Fraction

    def __lt__(self, other: Real) -> bool:
        return _compared(self, other) < 0

    def __gt__(self, other: Real) -> bool:
        return _compared(self, other) > 0

    def __float__(self) -> float:
        return float(self.rational) + self.sign * sqrt(self.radicand)

    def __repr__(self) -> str:
        return f"Irrational({self.rational} {'+' if self.sign > 0 else '-'} sqrt({self.radicand}))"


Real = Fraction | Irrational


def as_quadratic(value: Quadratic | Rational) -> Quadratic:
    """Return a number as the polynomial that is constant."""
    return value if isinstance(value, Quadratic) else Quadratic(value)


def between(low: Real, high: Real | None) -> Fraction:
    """Return a rational number above `low` and below `high`, None where nothing ends it.

    >>> between(Fraction(1), Fraction(2)), between(Irrational(Fraction(0), 1, Fraction(2)), None)
    (Fraction(3, 2), Fraction(3, 1))
    """
    if high is None:
        return Fraction(_near(low, 0)[1] + 1)
    bits = 1
    while True:
        above, below = _near(low, bits)[1], _near(high, bits)[0]
        if above < below:
            return (above + below) / 2
        bits *= 2


def _near(x: Real, bits: int) -> tuple[Fraction, Fraction]:
    """Return ratios no higher and no lower than a number, which a root lies between."""
    if not isinstance(x, Irrational):
        return x, x
    scaled = x.radicand * 4**bits
    whole = isqrt(scaled.numerator // scaled.denominator)
    low, high = Fraction(whole, 2**bits), Fraction(whole + 1, 2**bits)
    return (x.rational + low, x.rational + high) if x.sign > 0 else (x.rational - high, x.rational - low)


def _compared(one: Irrational, other: Real | int) -> int:
    """Return the sign of the difference of two numbers."""
    if not isinstance(other, Irrational):
        return sign_with_root(one.rational - other, Fraction(one.sign), one.radicand)
    rest = one.rational - other.rational
    left = sign_with_root(rest, Fraction(one.sign), one.radicand)
    if left != other.sign:
        return left
    # What is left of `one` and the other's root have the same sign: their squares tell their order.
    squares = sign_with_root(rest * rest + one.radicand - other.radicand, 2 * rest * one.sign, one.radicand)
    return squares * left


def _rational_root(square: Fraction) -> Fraction | None:
    """Return the square root of a ratio, None where that is no ratio."""
    above, below = isqrt(square.numerator), isqrt(square.denominator)
    return Fraction(above, below) if Fraction(above, below) ** 2 == square else None


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)
