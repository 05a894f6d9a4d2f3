"""Exact numbers of the form a + b√r: what a distributed convolution costs where √γ is irrational.

They let the formulas count without SymPy, and exactly, where no whole number exists.
"""

from __future__ import annotations

from fractions import Fraction
from functools import total_ordering
from math import gcd, isqrt

Rational = int | Fraction
_GUARD_BITS = 128
_LARGEST_RADICAND = 10**18
"""The largest number that is no square and whose squares are looked for: that tries a million."""


class RootError(ArithmeticError):
    """A number of roots that no Surd can hold: a root of a root or below 0, or the roots of two numbers.

    Its text completes "an expression of it ...".
    """


DIVIDES_BY_ZERO = "divides by zero"


def problem_of(error: RootError | ZeroDivisionError) -> str:
    """Return why an expression has no exact value, as it completes "an expression of it ..."."""
    return str(error) if isinstance(error, RootError) else DIVIDES_BY_ZERO


@total_ordering
class Surd:
    """The exact number `rational` + `coefficient` √`radicand`, radicand square-free and above 1.

    The radicand is 1 where the coefficient is 0, so that equal numbers have equal parts. A surd adds and
    multiplies with ints, Fractions, rational surds and surds of the same radicand, a root alone multiplies
    with any root alone; RootError for others.

    >>> print(64 * square_root(Fraction(2)) * (128 + 9))
    8768*sqrt(2)
    """

    __slots__ = ("coefficient", "radicand", "rational")

    def __init__(self, rational: Rational, coefficient: Rational, radicand: int) -> None:
        self.rational = Fraction(rational)
        self.coefficient = Fraction(coefficient)
        self.radicand = radicand if coefficient else 1

    def _parts(self, other: object) -> tuple[Fraction, Fraction, int] | None:
        """Return the other's parts, and the radicand of both; None where it is no exact number."""
        if isinstance(other, (int, Fraction)):
            return Fraction(other), Fraction(0), self.radicand
        if not isinstance(other, Surd):
            return None
        refuse_unlike(self, other)
        return other.rational, other.coefficient, max(self.radicand, other.radicand)

    def __add__(self, other: object) -> Surd:
        parts = self._parts(other)
        if parts is None:
            return NotImplemented
        a, b, radicand = parts
        return Surd(self.rational + a, self.coefficient + b, radicand)

    def __mul__(self, other: object) -> Surd:
        if isinstance(other, Surd) and self.rational == other.rational == 0:
            # The product of two roots is one root, of numbers whose squares are in what they share.
            shared = gcd(self.radicand, other.radicand)
            coefficient = self.coefficient * other.coefficient * shared
            radicand = self.radicand * other.radicand // shared**2
            return Surd(coefficient, 0, 1) if radicand == 1 else Surd(0, coefficient, radicand)
        parts = self._parts(other)
        if parts is None:
            return NotImplemented
        a, b, radicand = parts
        return Surd(
            self.rational * a + self.coefficient * b * radicand,
            self.rational * b + self.coefficient * a,
            radicand,
        )

    __radd__ = __add__
    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Surd:
        if not isinstance(other, (int, Fraction, Surd)):
            return NotImplemented
        divisor = other if isinstance(other, Surd) else Surd(other, 0, 1)
        a, b, radicand = divisor.rational, divisor.coefficient, divisor.radicand
        norm = a * a - b * b * radicand
        return self * Surd(a / norm, -b / norm, radicand)

    def __rtruediv__(self, other: object) -> Surd:
        return Surd(other, 0, self.radicand) / self if isinstance(other, (int, Fraction)) else NotImplemented

    def __pow__(self, exponent: object) -> Surd:
        """Refuse the one power that is no product: a root of a root."""
        raise RootError("has a root of a root")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (int, Fraction)):
            return self.coefficient == 0 and self.rational == other
        if not isinstance(other, Surd):
            return NotImplemented
        parts = other.rational, other.coefficient, other.radicand
        return parts == (self.rational, self.coefficient, self.radicand)

    def __lt__(self, other: object) -> bool:
        parts = self._parts(other)
        if parts is None:
            return NotImplemented
        a, b, radicand = parts
        return sign_with_root(self.rational - a, self.coefficient - b, radicand) < 0

    def __hash__(self) -> int:
        if self.coefficient == 0:
            return hash(self.rational)
        return hash((self.rational, self.coefficient, self.radicand))

    def __floor__(self) -> int:
        return self._approximation() // 1

    def __float__(self) -> float:
        return float(self._approximation())

    def _approximation(self) -> Fraction:
        """Return a ratio so near, even where the parts cancel, that no whole number lies between the two."""
        parts = (*self.rational.as_integer_ratio(), *self.coefficient.as_integer_ratio(), self.radicand)
        bits = _GUARD_BITS + 2 * sum(part.bit_length() for part in parts)
        root = Fraction(isqrt(self.radicand << 2 * bits), 1 << bits)
        return self.rational + self.coefficient * root

    def __str__(self) -> str:
        coefficient = self.coefficient
        if coefficient == 0:
            return str(self.rational)
        root = f"sqrt({self.radicand})"
        if abs(coefficient.numerator) != 1:
            root = f"{abs(coefficient.numerator)}*{root}"
        if coefficient.denominator != 1:
            root = f"{root}/{coefficient.denominator}"
        sign = "-" if coefficient < 0 else "+"
        return f"{self.rational} {sign} {root}" if self.rational else f"{sign.strip('+')}{root}"

    def __repr__(self) -> str:
        return f"Surd({self})"

    def _sympy_(self) -> object:
        """Return the same number as SymPy has it, which calls this where it meets a Surd."""
        import sympy

        parts = (
            sympy.Rational(part.numerator, part.denominator) for part in (self.rational, self.coefficient)
        )
        rational, coefficient = parts
        return rational + coefficient * sympy.sqrt(self.radicand)


Exact = int | Fraction | Surd
"""A count: an int wherever a layer can be built."""


def refuse_unlike(*numbers: Exact) -> None:
    """Raise RootError where numbers hold the roots of two, so that no Surd can be their sum.

    >>> refuse_unlike(1, square_root(Fraction(2)), square_root(Fraction(3)))
    Traceback (most recent call last):
    sepcost.core.exact.RootError: combines sqrt(2) with sqrt(3)
    """
    first, second, *_ = (*sorted({each.radicand for each in numbers if isinstance(each, Surd)} - {1}), 0, 0)
    if second:
        raise RootError(f"combines sqrt({first}) with sqrt({second})")


def simplest(value: Exact) -> Exact:
    """Return a whole Fraction or Surd as an int, a rational Surd as a Fraction."""
    if isinstance(value, Surd) and value.coefficient == 0:
        value = value.rational
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    return value


def square_root(value: Fraction) -> Fraction | Surd:
    """Return the exact square root of a ratio, rational where it is one; RootError for one below 0.

    >>> square_root(Fraction(9, 4)), square_root(Fraction(8))
    (Fraction(3, 2), Surd(2*sqrt(2)))
    """
    if value < 0:
        raise RootError("has a root of a negative number")
    above, free_above = _without_squares(value.numerator)
    below, free_below = _without_squares(value.denominator)
    radicand = free_above * free_below
    coefficient = Fraction(above, below * free_below)
    return coefficient if radicand == 1 else Surd(0, coefficient, radicand)


def _without_squares(number: int) -> tuple[int, int]:
    """Return the same of any number, a whole root at once; RootError for one that takes too long."""
    root = isqrt(number)
    if root * root == number:
        return root, 1
    if number > _LARGEST_RADICAND:
        raise RootError("has a root of a number above 10^18")
    return without_squares(number)


def without_squares(number: int) -> tuple[int, int]:
    """Return (s, f) with number = s² f and f square-free.

    >>> without_squares(72)
    (6, 2)
    """
    root, free, rest, divisor = 1, 1, number, 2
    while divisor**3 <= rest:
        while rest % divisor**2 == 0:
            rest //= divisor**2
            root *= divisor
        if rest % divisor == 0:
            rest //= divisor
            free *= divisor
        divisor += 1
    # No divisor is left below the cube root, so the rest is a prime or a product of two.
    last = isqrt(rest)
    return (root * last, free) if last * last == rest else (root, free * rest)


def sign_with_root(rational: Fraction, coefficient: Fraction, radicand: Rational) -> int:
    """Return the sign of `rational` + `coefficient` √`radicand`."""
    # x |x| rises with x, so that the sum has the sign of the squares' sum, each with the sign of its term.
    squares = rational * abs(rational) + coefficient * abs(coefficient) * radicand
    return (squares > 0) - (squares < 0)
