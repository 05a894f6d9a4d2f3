"""Numbers of the form c xⁿ: what channels are in one unknown size, where a scheme is a product of sizes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, lcm

LARGEST_FACTORED = 10**12
"""The largest number whose divisors are looked for: that tries a million."""


class NoRuleError(ArithmeticError):
    """No rule tells, by few enough steps, at which x numbers are whole."""


@dataclass(frozen=True)
class Monomial:
    """The number `factor` x^`power`, which multiplies and divides with its like and with rational numbers.

    Raises NoRuleError for a sum that is none, and for a root.
    """

    factor: Fraction
    power: int = 1

    def __mul__(self, other: Monomial | int | Fraction) -> Monomial:
        one = as_monomial(other)
        return Monomial(self.factor * one.factor, self.power + one.power)

    def __truediv__(self, other: Monomial | int | Fraction) -> Monomial:
        one = as_monomial(other)
        return Monomial(self.factor / one.factor, self.power - one.power)

    def __rtruediv__(self, other: int | Fraction) -> Monomial:
        return as_monomial(other) / self

    def __add__(self, other: Monomial | int | Fraction) -> Monomial:
        one = as_monomial(other)
        if one.power != self.power:
            raise NoRuleError
        return Monomial(self.factor + one.factor, self.power)

    def __pow__(self, exponent: object) -> Monomial:
        raise NoRuleError

    __rmul__ = __mul__
    __radd__ = __add__


def as_monomial(value: Monomial | int | Fraction) -> Monomial:
    """Return a number as the monomial that is constant; NoRuleError for one that is not rational."""
    if isinstance(value, Monomial):
        return value
    if not isinstance(value, (int, Fraction)):
        raise NoRuleError
    return Monomial(Fraction(value), 0)


def whole_at(counts: Iterable[Monomial], first: int, last: int) -> range | list[int]:
    """Return, ascending, the whole x from `first` to `last` at which each count is whole and at least 1.

    A range where no count falls as x grows, else a list. Raises NoRuleError where no rule tells them.

    >>> x = Monomial(Fraction(1))
    >>> whole_at([x / 4, x * x / 18], 1, 50), whole_at([12 / x, x / 2], 1, 50)
    (range(12, 51, 12), [2, 4, 6, 12])
    """
    falling = [each for each in counts if each.power < 0]
    if any(each.factor <= 0 or (each.power == 0 and each.factor.denominator > 1) for each in counts):
        return range(0)
    step = lcm(1, *(step_of(each) for each in counts if each not in falling))
    if not falling:
        return range(-(-first // step) * step, last + 1, step)
    if any(each.factor.denominator > 1 for each in falling):
        return []
    return [
        value
        for value in _divisors(min(int(each.factor) for each in falling))
        if first <= value <= last
        and value % step == 0
        and all(each.factor.numerator % value**-each.power == 0 for each in falling)
    ]


def step_of(count: Monomial) -> int:
    """Return the number that divides every x at which a count that grows with x is whole, and no other.

    >>> step_of(Monomial(Fraction(1, 18), 2))
    6
    """
    rest, step, prime = count.factor.denominator, 1, 2
    if count.power == 1:
        return rest
    if rest > LARGEST_FACTORED:
        raise NoRuleError
    while rest > 1:
        prime = rest if prime * prime > rest else prime
        times = 0
        while rest % prime == 0:
            rest, times = rest // prime, times + 1
        step *= prime ** -(-times // count.power)
        prime += 1
    return step


def _divisors(number: int) -> list[int]:
    if number > LARGEST_FACTORED:
        raise NoRuleError
    small = [each for each in range(1, isqrt(number) + 1) if number % each == 0]
    return sorted({*small, *(number // each for each in small)})
