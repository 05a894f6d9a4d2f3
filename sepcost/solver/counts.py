"""The whole values of an unknown for which every count of channels and groups is whole.

A count is a quotient of polynomials in the unknown. Where the unknown is not in the denominator, counts
are whole for values in steps; else for finitely many, at which the denominator divides a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from math import gcd, lcm, prod

import sympy

from sepcost.core.monomial import Monomial, NoRuleError, step_of
from sepcost.solver.admissible import (
    LONGEST_SEARCH,
    NO_VALUE,
    Admissible,
    Count,
    Polynomial,
    Squares,
    Whole,
    whole_numbers,
)
from sepcost.solver.divisors import divisors_of, factors
from sepcost.solver.inequality import solved
from sepcost.solver.interval import Interval, common
from sepcost.solver.symbolic import ONE, Expr

NO_RULE = "no rule tells at which values its channels are whole"


def whole_values(counts: Iterable[Expr], unknown: Expr) -> Admissible:
    """Return the values of an unknown for which expressions in it alone are whole numbers of at least 1.

    >>> n = sympy.Symbol("n")
    >>> whole_values([n / 4, 12 / n], n).candidates
    (4, 12)

    Raises NoRuleError where no rule tells when a square root is whole.
    """
    counts = list(counts)
    if any(count.is_number and not count.is_Rational for count in counts):
        return NO_VALUE
    if rooted := [count for count in counts if _has_root_of(unknown, count)]:
        return _with_roots(rooted, [count for count in counts if count not in rooted], unknown)
    return _without_roots(counts, unknown)


def _without_roots(counts: list[Expr], unknown: Expr) -> Whole:
    """Return the values for counts that are quotients of polynomials."""
    found = Whole()
    for count in dict.fromkeys(counts):
        found = _with(found, _count(count, unknown), unknown)
    if found.candidates is None:
        return found
    passed = (c for c in found.within((Interval(1, None),)) if c % found.step == found.residue)
    return Whole(candidates=tuple(c for c in passed if all(count.holds_at(c) for count in found.counts)))


def _with_roots(rooted: list[Expr], others: list[Expr], unknown: Expr) -> Admissible:
    """Return the values for counts of which some are made of the unknown's square root."""
    times = {_times_a_square(count, unknown) for count in rooted}
    if len(times) > 1:
        return NO_VALUE
    known = _without_roots(others, unknown)
    if known.candidates is not None:
        found = (
            v
            for v in known.candidates
            if all(_is_count(c.xreplace({unknown: sympy.Integer(v)})) for c in rooted)
        )
        return Whole(candidates=tuple(found))
    square = min(times) * unknown**2
    squared = [count.xreplace({unknown: square}) for count in (*rooted, *others)]
    return Squares(_without_roots(squared, unknown), min(times))


def _is_count(value: Expr) -> bool:
    return bool(value.is_Integer and value >= 1)


def _has_root_of(unknown: Expr, count: Expr) -> bool:
    return any(power.base == unknown and power.exp.q == 2 for power in count.atoms(sympy.Pow))


def _times_a_square(count: Expr, unknown: Expr) -> int:
    """Return of which number times a square an unknown is where its root in a count leaves that rational.

    >>> n = sympy.Symbol("n", positive=True)
    >>> _times_a_square(sympy.sqrt(n / 8), n), _times_a_square(3 * sympy.sqrt(n), n)
    (2, 1)

    Raises NoRuleError for a count that is no product.
    """
    number, power = (count**2).as_coeff_Mul()
    if not number.is_Rational or power.as_base_exp()[0] != unknown:
        raise NoRuleError
    return prod(prime for prime, times in factors(int(number.p * number.q)).items() if times % 2)


def _count(expression: Expr, unknown: Expr) -> Count:
    number, rest = expression.as_coeff_Mul()
    if rest in (ONE, unknown, 1 / unknown) and number.is_Rational:
        above, below = (int(number.p),), (int(number.q),)
        return Count((*above, 0) if rest == unknown else above, (*below, 0) if rest == 1 / unknown else below)
    try:
        above, below = (sympy.Poly(part, unknown) for part in sympy.fraction(sympy.cancel(expression)))
    except sympy.PolynomialError:  # A root of a sum.
        raise NoRuleError from None
    if not all(number.is_Rational for part in (above, below) for number in part.all_coeffs()):
        raise NoRuleError
    numbers = lcm(*(int(part.clear_denoms()[0]) for part in (above, below)))
    whole = [tuple(int(c * numbers) for c in part.all_coeffs()) for part in (above, below)]
    return Count(*whole)


def _with(whole: Whole, count: Count, unknown: Expr) -> Whole:
    """Return the values that leave one more count whole."""
    above, below = count.above, count.below
    if len(below) > 1:
        return _with_divisors(whole, count, unknown)
    whole = _at_least_one(whole, count, unknown)
    if all(coefficient % below[0] == 0 for coefficient in above):
        return whole
    if len(above) == 1:
        return NO_VALUE
    if not any(above[1:]):
        return _in_steps(whole, step_of(Monomial(Fraction(above[0], below[0]), len(above) - 1)), 0)
    if len(above) > 2:
        return replace(whole, counts=(*whole.counts, count), period=lcm(whole.period, abs(below[0])))
    slope, constant = above
    shared = gcd(slope, below[0])
    if constant % shared:
        return NO_VALUE
    step = abs(below[0] // shared)
    return _in_steps(whole, step, -constant // shared * pow(slope // shared, -1, step) % step)


def _at_least_one(whole: Whole, count: Count, unknown: Expr) -> Whole:
    """Return the values at which a polynomial over a number is at least 1 too."""
    over = [sympy.Rational(c, count.below[0]) for c in count.above]
    if min(over) >= 0 and any(over):
        return whole
    polynomial = sum(c * unknown**power for power, c in enumerate(reversed(over)))
    found = solved(sympy.expand(polynomial - 1), unknown, ONE, None).holds
    parts = tuple(whole_numbers(part, ONE, None) for part in found)
    return replace(whole, inside=tuple(common(whole.inside, parts)))


def _in_steps(whole: Whole, step: int, residue: int) -> Whole:
    """Return the values that are a residue in steps, too."""
    shared = gcd(whole.step, step)
    if (residue - whole.residue) % shared:
        return NO_VALUE
    own, other = whole.step // shared, step // shared
    turns = (residue - whole.residue) // shared * pow(own, -1, other) % other
    common = whole.step * other
    return replace(whole, step=common, residue=(whole.residue + whole.step * turns) % common)


def _with_divisors(whole: Whole, count: Count, unknown: Expr) -> Whole:
    """Return the values for a count with the unknown below its bar.

    Divided out as polynomials it leaves a rest over what is below, which is whole too: never nothing, as
    the two have no factor in common.
    """
    rest = sympy.prem(*(sympy.Poly(part, unknown) for part in (count.above, count.below)))
    values = _where_it_divides(count.below, tuple(map(int, rest.all_coeffs())))
    known = whole.candidates
    return replace(
        whole,
        candidates=tuple(v for v in values if known is None or v in known),
        counts=(*whole.counts, count),
    )


def _where_it_divides(below: Polynomial, rest: Polynomial) -> Iterable[int]:
    """Return, ascending, values among which are all at which a polynomial divides a rest of lower degree.

    Raises NoRuleError where no rule tells few enough of them.
    """
    if below[-1] == 0 and rest[-1] != 0:  # The value divides what is below, and so the rest.
        return divisors_of(rest[-1])
    if len(rest) == 1 and len(below) == 2:
        slope, constant = below
        divisors = [sign * divisor for divisor in divisors_of(rest[0]) for sign in (1, -1)]
        return sorted(value for value in {(d - constant) // slope for d in divisors} if value >= 1)
    # Beyond every root of below² - rest² what is below is the larger one.
    x = sympy.Symbol("x")
    larger = sympy.Poly(below, x) ** 2 - sympy.Poly(rest, x) ** 2
    bound = 2 + max(map(abs, map(int, larger.all_coeffs()))) // abs(int(larger.LC()))
    if bound > LONGEST_SEARCH:
        raise NoRuleError
    return range(1, bound)
