"""The divisors and primes of numbers, as far as they are found in little time."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from sepcost.core.monomial import NoRuleError

LARGEST_FACTORED = 10**24
"""The largest number whose divisors are looked for: two large primes in it take a quarter of a second."""


def divisors_of(number: int) -> list[int]:
    """Return the divisors of a number, ascending; NoRuleError where they might take long to find.

    >>> divisors_of(-12)
    [1, 2, 3, 4, 6, 12]
    """
    return [int(divisor) for divisor in sympy.divisors(_near(number))]


def factors(number: int) -> Mapping[int, int]:
    """Return the primes of a number, each with how often it divides it; NoRuleError as `divisors_of`.

    >>> factors(12)
    {2: 2, 3: 1}
    """
    found: Mapping[int, int] = sympy.factorint(_near(number))
    return found


def _near(number: int) -> int:
    if abs(number) > LARGEST_FACTORED:
        raise NoRuleError
    return abs(number)
