"""The whole values of an unknown for which every count of channels and groups is whole.

A count is a quotient of polynomials in the unknown. Where the unknown is not in the denominator, counts
are whole for values in steps; else for finitely many, at which the denominator divides a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm, prod
from typing import NamedTuple

import sympy

from sepcost.core.monomial import Monomial, NoRuleError, step_of
from sepcost.solver.divisors import divisors_of, factors
from sepcost.solver.inequality import solved
from sepcost.solver.interval import Interval, common
from sepcost.solver.symbolic import ONE, Expr

NO_RULE = "no rule tells at which values its channels are whole"

LONGEST_SEARCH = 10**5
"""Values that are tried where no rule tells which of them leave a count whole."""

Polynomial = tuple[int, ...]
"""Whole coefficients, the highest power first."""


class Count(NamedTuple):
    """A quotient of polynomials that has to be a whole number of at least 1."""

    above: Polynomial
    below: Polynomial

    def holds_at(self, value: int) -> bool:
        """Whether it is one."""
        above, below = _at(self.above, value), _at(self.below, value)
        return below != 0 and above % below == 0 and above // below >= 1


@dataclass(frozen=True)
class Whole:
    """The whole values of an unknown at which every count is whole and at least 1.

    They are among `candidates` where those are known to be all that can be, else among residue,
    residue + step, residue + 2 step, and so on.
    inside: the intervals of whole numbers that they lie in: outside a count is below 1.
    counts: those that no step tells of; each has to hold at a value.
    period: after so many steps they hold or fail as before, so that a search in vain over as many may end.
    """

    step: int = 1
    residue: int = 0
    candidates: tuple[int, ...] | None = None
    counts: tuple[Count, ...] = ()
    period: int = 1
    inside: tuple[Interval, ...] = (Interval(1, None),)

    def __contains__(self, value: int) -> bool:
        is_possible = (
            value % self.step == self.residue if self.candidates is None else value in self.candidates
        )
        is_inside = any(value in part for part in self.inside)
        return is_possible and is_inside and all(count.holds_at(value) for count in self.counts)

    def within(self, ranges: Iterable[Interval], downwards: bool = False) -> Iterator[int]:
        """Yield the values in intervals of whole numbers, ascending or descending.

        Raises NoRuleError where too many were tried in vain.
        """
        parts = common(tuple(ranges), self.inside)
        for part in reversed(parts) if downwards else parts:
            yield from self._within(part, -1 if downwards else 1)

    def _within(self, part: Interval, direction: int) -> Iterator[int]:
        if self.candidates is not None:
            kept = [candidate for candidate in self.candidates if candidate in part]
            yield from kept[::direction]
            return
        value = part.lower if direction > 0 else part.upper
        value += direction * (direction * (self.residue - value) % self.step)
        in_vain = 0
        while value in part and in_vain < self.period:
            in_vain += 1
            if all(count.holds_at(value) for count in self.counts):
                in_vain = 0
                yield value
            if in_vain > LONGEST_SEARCH:
                raise NoRuleError
            value += direction * self.step


NO_VALUE = Whole(candidates=())


class Squares(NamedTuple):
    """Some times the squares of whole values: those of an unknown of whose square root counts are made."""

    of: Whole
    times: int = 1


def whole_values(counts: Iterable[Expr], unknown: Expr) -> Whole | Squares:
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
    found = Whole()
    for count in dict.fromkeys(counts):
        found = _with(found, _count(count, unknown), unknown)
    if found.candidates is None:
        return found
    passed = (c for c in found.within((Interval(1, None),)) if c % found.step == found.residue)
    return Whole(candidates=tuple(c for c in passed if all(count.holds_at(c) for count in found.counts)))


def _with_roots(rooted: list[Expr], others: list[Expr], unknown: Expr) -> Whole | Squares:
    """Return the values for counts of which some are made of the unknown's square root."""
    times = {_times_a_square(count, unknown) for count in rooted}
    if len(times) > 1:
        return NO_VALUE
    known = whole_values(others, unknown)
    assert isinstance(known, Whole)
    if known.candidates is not None:
        found = (
            v
            for v in known.candidates
            if all(_is_count(c.xreplace({unknown: sympy.Integer(v)})) for c in rooted)
        )
        return Whole(candidates=tuple(found))
    square = min(times) * unknown**2
    squared = whole_values([count.xreplace({unknown: square}) for count in (*rooted, *others)], unknown)
    assert isinstance(squared, Whole)
    return Squares(squared, min(times))


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


def whole_numbers(part: Interval, least: Expr, most: Expr | None) -> Interval:
    """Return the first and the last whole number in an interval; None where nothing ends them.

    least, most: the ends of the domain, where the interval has none of its own.

    >>> part = Interval(sympy.Rational(9, 8), sympy.Integer(7), open_above=True)
    >>> found = whole_numbers(part, sympy.Integer(1), None)
    >>> found.lower, found.upper
    (2, 6)
    """
    lower = least if part.lower is None else part.lower
    upper = most if part.upper is None else part.upper
    low = int(sympy.floor(lower)) + 1 if part.open_below else int(sympy.ceiling(lower))
    if upper is None:
        return Interval(low, None)
    return Interval(low, int(sympy.ceiling(upper)) - 1 if part.open_above else int(sympy.floor(upper)))


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


def _at(polynomial: Polynomial, value: int) -> int:
    total = 0
    for coefficient in polynomial:
        total = total * value + coefficient
    return total
