"""Where a polynomial in one unknown is not negative, exactly: a line that is cut at the real roots.

Before that, two sums of positive terms are taken apart and freed of what they share.
Nothing here knows what a convolution is.
"""

from __future__ import annotations

from typing import NamedTuple

import sympy

from sepcost.solver.interval import Interval, intervals
from sepcost.solver.roots import Root, real_roots
from sepcost.solver.symbolic import ONE, Expr, coefficients, common_factor, sign_of_number, terms


class Product(NamedTuple):
    """A sum of positive terms, taken apart into the factor that they share and the rest."""

    factor: Expr
    rest: Expr


def factored(expression: Expr) -> Product:
    """Return a sum of positive terms as a product.

    >>> from sepcost.solver.symbolic import N_O, TAPS
    >>> factored(N_O**2 * TAPS + 3 * N_O * TAPS)
    Product(factor=F*N_o, rest=N_o + 3)
    """
    factor = common_factor(terms(expression))
    return Product(factor, sympy.expand(expression / factor))


def cancelled(left: Product, right: Product) -> tuple[Product, Product]:
    """Return two products without what they share, all of it positive."""
    shared = common_factor([left.factor, right.factor])
    rests = (ONE, ONE) if left.rest == right.rest else (left.rest, right.rest)
    return Product(left.factor / shared, rests[0]), Product(right.factor / shared, rests[1])


def difference(left: Product, right: Product) -> Expr:
    """Return one product less another, multiplied out."""
    return sympy.expand(left.factor * left.rest - right.factor * right.rest)


class Solution(NamedTuple):
    """Where an expression is not negative, and where it is positive, in ascending order."""

    holds: tuple[Interval, ...]
    strictly: tuple[Interval, ...]


def solved(expression: Expr, variable: Expr, lower: Expr, upper: Expr | None) -> Solution:
    """Return where a polynomial with number coefficients is not negative, from `lower` to `upper`.

    >>> x = sympy.Symbol("x")
    >>> solved(8 * x - 9, x, ONE, None).holds
    (Interval(lower=9/8, upper=None),)
    """
    coefs = coefficients(expression, variable)
    return solved_by_roots(real_roots(coefs), sign_of_number(coefs[-1]), lower, upper)


def solved_by_roots(roots: list[Root], sign: int, lower: Expr, upper: Expr | None) -> Solution:
    """Return the same for a polynomial of which the real roots are known, and the sign beyond the last."""
    signs = _signs_along(roots, sign, lower, upper)
    return Solution(intervals(*signs, least=0), intervals(*signs, least=1))


def _signs_along(
    roots: list[Root], sign: int, lower: Expr, upper: Expr | None
) -> tuple[list[Expr | None], list[int], list[int]]:
    """Return the domain's ends and the roots inside, the sign at each, and that from each to the next."""
    for root in roots:
        sign *= (-1) ** root.multiplicity
    inside, between, zero_at_lower, zero_at_upper = [], [], False, False
    for root in roots:
        beyond_lower = sign_of_number(root.value - lower)
        before_upper = 1 if upper is None else sign_of_number(upper - root.value)
        zero_at_lower = zero_at_lower or beyond_lower == 0
        zero_at_upper = zero_at_upper or before_upper == 0
        if before_upper <= 0 < beyond_lower:
            break
        if beyond_lower > 0:
            inside.append(root.value)
            between.append(sign)
        sign *= (-1) ** root.multiplicity
    between.append(sign)
    at = [0 if zero_at_lower else between[0], *(0 for _ in inside), 0 if zero_at_upper else sign]
    if upper == lower:
        between = at[:1]  # Nothing lies between the two ends.
    return [lower, *inside, upper], at, between
