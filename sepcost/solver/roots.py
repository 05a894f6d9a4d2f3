"""The real roots of polynomials, exactly: closed forms up to degree two, isolated roots beyond."""

from __future__ import annotations

from typing import NamedTuple

import sympy

from sepcost.core.exact import without_squares
from sepcost.core.quantity import LARGEST
from sepcost.solver.symbolic import (
    ONE,
    Expr,
    UndecidedError,
    common_factor,
    ratio,
    sign_of_number,
    signs,
    terms,
)

_MOST_DEGREES = 16
X = sympy.Symbol("x")
"""The variable of a polynomial whose roots have no closed form."""


class IndexedRoot(sympy.Function):  # type: ignore[misc]
    """A real root, by its place among them, of a polynomial in `X` whose coefficients hold a symbol.

    It becomes SymPy's own CRootOf once the symbol has a value.
    """

    @classmethod
    def eval(cls, polynomial: Expr, index: Expr) -> Expr | None:
        """Return the root where the polynomial is one in numbers."""
        if polynomial.free_symbols != {X}:
            return None
        found = _polynomial(polynomial)
        return found.real_roots()[int(index)] if found.domain.is_Algebraic else sympy.CRootOf(found, index)


class Root(NamedTuple):
    """A real root, and how often it is one."""

    value: Expr
    multiplicity: int = 1


def real_roots(coefs: list[Expr]) -> list[Root]:
    """Return the real roots of a polynomial in ascending order, from its coefficients, constant first.

    >>> real_roots([sympy.Integer(-9), sympy.Integer(8)])
    [Root(value=9/8, multiplicity=1)]
    >>> real_roots([sympy.Integer(c) for c in (1, -4, 0, 1)])[-1]
    Root(value=CRootOf(x**3 - 4*x + 1, 2), multiplicity=1)
    """
    if len(coefs) == 1:
        return []
    if len(coefs) == 2:
        return [Root(ratio(-coefs[0], coefs[1]))]
    if len(coefs) > 3:
        return _isolated(coefs)
    _, spread = completed_square(coefs)
    low, high = roots_of_square(coefs)
    sign = sign_of_number(spread)
    return [] if sign < 0 else [Root(low), Root(high)] if sign else [Root(low, 2)]


def completed_square(coefs: list[Expr]) -> tuple[Expr, Expr]:
    """Return (m, d) with c + b x + a x² = a ((x - m)² - d)."""
    c, b, a = coefs
    middle = -b / (2 * a)
    return middle, sympy.expand(middle**2 - c / a)


def roots_of_square(coefs: list[Expr]) -> tuple[Expr, Expr]:
    """Return the two roots of a quadratic, ascending, where they are real."""
    if coefs[2].free_symbols and signs(coefs[2]) == {1}:
        return _over_leading(coefs)
    if coefs[2].free_symbols and signs(coefs[2]) == {-1}:
        return _over_leading([-coefficient for coefficient in coefs])
    middle, spread = completed_square(coefs)
    reach = sympy.sqrt(sympy.expand(4 * spread)) / 2
    if not reach.free_symbols:
        reach = sympy.sqrtdenest(
            reach
        )  # A root of a root may be rational, and is then as plain as it can be.
    return middle - reach, middle + reach


def _over_leading(coefs: list[Expr]) -> tuple[Expr, Expr]:
    """Return the roots of a quadratic as quotients over its leading coefficient, which is positive."""
    c, b, a = coefs
    square = sympy.expand(b**2 - 4 * a * c)
    number = common_factor(terms(square)).as_coeff_Mul()[0] if square else ONE
    outside = sympy.Integer(without_squares(int(number))[0] if number.q == 1 and number <= LARGEST else 1)
    root = sympy.sqrt(sympy.expand(square / outside**2))
    shared = common_factor([*(terms(b) if b else ()), *terms(2 * a), outside])
    middle, reach, below = (sympy.expand(each / shared) for each in (-b, outside, 2 * a))
    return (middle - reach * root) / below, (middle + reach * root) / below


def _isolated(coefs: list[Expr]) -> list[Root]:
    polynomial = _polynomial(sum(c * X**power for power, c in enumerate(coefs)))
    return [Root(value, multiplicity) for value, multiplicity in polynomial.real_roots(multiple=False)]


def _polynomial(expression: Expr) -> Expr:
    """Return a polynomial in `X` over the rationals, or over a few square roots with them.

    Raises UndecidedError for other coefficients.
    """
    expression = sympy.expand(expression)
    found = sympy.Poly(expression, X)
    if all(number.is_Rational for number in found.coeffs()):
        return found
    found = sympy.Poly(expression, X, extension=True)
    if not found.domain.is_Algebraic or found.degree() * found.domain.mod.degree() > _MOST_DEGREES:
        raise UndecidedError(why="its polynomial has irrational coefficients, and too high a degree")
    return found


def roots_in_symbols(coefs: list[Expr], number: int) -> list[Expr]:
    """Return the real roots, ascending, of a polynomial with free symbols that has `number` of them."""
    if len(coefs) == 2:
        return [ratio(-coefs[0], coefs[1])]
    if len(coefs) == 3:
        return list(roots_of_square(coefs))[:number]
    polynomial = sum(coefficient * X**power for power, coefficient in enumerate(coefs))
    return [IndexedRoot(polynomial, index) for index in range(number)]
