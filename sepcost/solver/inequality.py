"""Where an expression of degree one or two is not negative, solved exactly and not searched.

A number line is cut at the roots; the side is fixed by a known sign. Where symbols stay free the
answer is cases. Nothing here knows what a convolution is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import sympy

from sepcost.solver.symbolic import (
    GAMMA,
    N_O,
    ONE,
    ROOT,
    TAPS,
    Expr,
    Relation,
    apart,
    coefficients,
    common_factor,
    ratio,
    sign_of_number,
    signs,
    terms,
)

_POSITIVE, _NEGATIVE = frozenset({1}), frozenset({-1})


@dataclass(frozen=True)
class Stretch:
    """A closed stretch of the variable on which the expression is not negative.

    None where the domain ends it. `zero_below` and `zero_above` say whether it is zero at the ends.
    """

    lower: Expr | None
    upper: Expr | None
    zero_below: bool = False
    zero_above: bool = False


EVERYWHERE = Stretch(None, None)


@dataclass(frozen=True)
class Case:
    """While `when` holds, the stretch is the answer; `when` is None where nothing is asked."""

    when: Relation | None
    stretch: Stretch


class Product(NamedTuple):
    """A sum of positive terms, taken apart into the factor that they share and the rest."""

    factor: Expr
    rest: Expr


def factored(expression: Expr) -> Product:
    """Return a sum of positive terms as a product.

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


class UndecidedError(Exception):
    """The sign of an expression cannot be told; `symbol` is what would have to be known."""

    def __init__(self, symbol: Expr) -> None:
        super().__init__(str(symbol))
        self.symbol = symbol


def stretches(expression: Expr, variable: Expr, lower: Expr, upper: Expr | None) -> tuple[Stretch, ...]:
    """Return where a polynomial with number coefficients, of degree up to 2, is not negative.

    >>> x = sympy.Symbol("x")
    >>> stretches(8 * x - 9, x, sympy.Integer(1), None)
    (Stretch(lower=9/8, upper=None, zero_below=True, zero_above=False),)
    """
    coefs = coefficients(expression, variable)
    sign = sign_of_number(coefs[-1])
    roots = real_roots(coefs)
    if not roots:
        return (EVERYWHERE,) if sign >= 0 else ()
    before, after = Stretch(None, roots[0], zero_above=True), Stretch(roots[-1], None, zero_below=True)
    if len(roots) == 1:
        pieces = [after if sign > 0 else before]
    elif sign > 0:
        pieces = [before, after]
    else:
        pieces = [Stretch(roots[0], roots[1], zero_below=True, zero_above=True)]
    return tuple(kept for piece in pieces if (kept := _within(piece, lower, upper)) is not None)


def real_roots(coefs: list[Expr]) -> list[Expr]:
    """Return the real roots of a polynomial of degree up to 2, ascending, a double one twice."""
    if len(coefs) == 1:
        return []
    if len(coefs) == 2:
        return [ratio(-coefs[0], coefs[1])]
    _, spread = completed_square(coefs)
    return [] if sign_of_number(spread) < 0 else [*roots_of_square(coefs)]


def completed_square(coefs: list[Expr]) -> tuple[Expr, Expr]:
    """Return (m, d) with c + b x + a x² = a ((x - m)² - d)."""
    c, b, a = coefs
    middle = -b / (2 * a)
    return middle, sympy.expand(middle**2 - c / a)


def roots_of_square(coefs: list[Expr]) -> tuple[Expr, Expr]:
    """Return the two roots of a quadratic, ascending, where they are real."""
    middle, spread = completed_square(coefs)
    reach = sympy.sqrt(sympy.expand(4 * spread)) / 2
    return middle - reach, middle + reach


def _within(piece: Stretch, lower: Expr, upper: Expr | None) -> Stretch | None:
    """Return the part of a stretch inside the domain, its ends None where the domain ends it."""
    low, zero_low, high, zero_high = piece.lower, piece.zero_below, piece.upper, piece.zero_above
    if high is not None and sign_of_number(high - lower) < 0:
        return None
    if low is not None and upper is not None and sign_of_number(low - upper) > 0:
        return None
    if low is not None and (below := sign_of_number(low - lower)) <= 0:
        low, zero_low = None, below == 0
    if high is not None and upper is not None and (above := sign_of_number(high - upper)) >= 0:
        high, zero_high = None, above == 0
    return Stretch(low, high, zero_low, zero_high)


def cases(expression: Expr, variable: Expr, lower: Expr, upper: Expr | None) -> tuple[Case, ...]:
    """Return where a polynomial with free symbols, of degree up to 2, is not negative; elsewhere it never is.

    Raises UndecidedError where that takes more than the sign of one expression.
    """
    everywhere = signs(expression)
    if -1 not in everywhere:
        return (Case(None, EVERYWHERE),)
    if everywhere == _NEGATIVE:
        return ()
    coefs = coefficients(expression, variable)
    if len(coefs) == 1:
        return (Case(isolated(coefs[0], ">="), EVERYWHERE),)
    found = _linear_cases(coefs, lower, upper) if len(coefs) == 2 else _concave_cases(coefs, lower, upper)
    if not found:
        raise UndecidedError(_symbol_to_ask(expression, variable))
    return found


def _linear_cases(coefs: list[Expr], lower: Expr, upper: Expr | None) -> tuple[Case, ...]:
    """Return the cases of constant + slope x, none where they cannot be told."""
    constant, slope = coefs
    slopes, constants = signs(slope), signs(constant)
    up_to, onward = Stretch(None, ratio(constant, -slope)), Stretch(ratio(-constant, slope), None)
    if slopes == _NEGATIVE:
        return (Case(_not_negative(constant + slope * lower), up_to),)
    if slopes == _POSITIVE:
        return (Case(None if upper is None else _not_negative(constant + slope * upper), onward),)
    if constants == _NEGATIVE:
        return (Case(isolated(slope, ">"), onward),)
    if -1 not in constants:
        return (Case(isolated(slope, ">="), EVERYWHERE), Case(isolated(slope, "<"), up_to))
    return ()


def _concave_cases(coefs: list[Expr], lower: Expr, upper: Expr | None) -> tuple[Case, ...]:
    """Return the cases of a falling parabola with one free symbol, none where they cannot be told.

    Not negative at `lower`, it stays so up to its last root. Negative there, it needs real roots
    and its top above `lower`; where the top lies below, it has fallen for good.
    """
    symbols = {symbol for coefficient in coefs for symbol in coefficient.free_symbols}
    if upper is not None or len(symbols) > 1 or signs(coefs[2]) != _NEGATIVE:
        return ()
    at_lower = sum(coefficient * lower**power for power, coefficient in enumerate(coefs))
    top, spread = completed_square(coefs)
    first, last = roots_of_square(coefs)
    starts_below = signs(at_lower) == _NEGATIVE
    needed, piece = (spread, Stretch(first, last)) if starts_below else (at_lower, Stretch(None, last))
    (symbol,) = symbols
    least = _least(needed, symbol)
    top_rises = all(signs(coefficient) == _POSITIVE for coefficient in coefficients(top, symbol)[1:])
    if least is None or not top_rises:
        return ()
    top_side = sign_of_number(top.xreplace({symbol: least}) - lower)
    return () if top_side == (-1 if starts_below else 1) else (Case(Relation(symbol, ">=", least), piece),)


def _least(expression: Expr, symbol: Expr) -> Expr | None:
    """Return from where on an expression is not negative, None where it is so elsewhere too."""
    found = stretches(expression, symbol, ONE, None)
    return found[0].lower if len(found) == 1 and found[0].upper is None else None


def _not_negative(expression: Expr) -> Relation | None:
    return None if -1 not in signs(expression) else isolated(expression, ">=")


FLIPPED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


def isolated(expression: Expr, sign: str) -> Relation:
    """Return `expression sign 0` solved for the symbol that people would ask for, where that can be."""
    expression = sympy.expand(expression / common_factor(terms(expression)))
    for symbol in (ROOT, GAMMA, TAPS, N_O):
        coefs = coefficients(expression, symbol)
        if len(coefs) == 2 and signs(coefs[1]) in (_POSITIVE, _NEGATIVE):
            side = sign if signs(coefs[1]) == _POSITIVE else FLIPPED[sign]
            return Relation(symbol, side, ratio(-coefs[0], coefs[1]))
    left, right = apart(expression)
    return Relation(left, sign, right)


def _symbol_to_ask(expression: Expr, variable: Expr) -> Expr:
    free = expression.free_symbols - {variable}
    return next(symbol for symbol in (TAPS, N_O, ROOT, GAMMA) if symbol in free)
