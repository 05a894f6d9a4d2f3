"""Where a polynomial is not negative while symbols stay free: cases, each under an assumption about them.

Where the signs of two coefficients tell, any number of symbols may be free. Elsewhere one may: what
is said of the unknown changes at critical values of the symbol alone, so that a sample between each
two of them, and each of them, tell everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sympy

from sepcost.solver.critical import Plane, Span, spans
from sepcost.solver.inequality import solved
from sepcost.solver.interval import EVERYWHERE, FLIPPED, Interval, begun_at
from sepcost.solver.symbolic import (
    F_C,
    F_R,
    GAMMA,
    L_C,
    L_R,
    N_O,
    O_C,
    O_R,
    ONE,
    ROOT,
    TAPS,
    Claim,
    Claims,
    Condition,
    Expr,
    Relation,
    UndecidedError,
    apart,
    coefficients,
    common_factor,
    ratio,
    signs,
    terms,
)

_ON_MAPS = {L_R, L_C, O_R, O_C}  # An output is no longer than its input, so they are not free.
_POSITIVE, _NEGATIVE = frozenset({1}), frozenset({-1})
_NEVER = Condition(ONE, ())


class Case(NamedTuple):
    """While `when` holds, or always where it is None, the unknown may lie in the intervals."""

    when: Claim | None
    intervals: tuple[Interval, ...]


class Cases(NamedTuple):
    """Where an expression is not negative; where no case applies it is so nowhere.

    strictly: alternatives, in each of which it is positive for some value of the unknown; where
        nothing bounds the unknown they tell it of every value, and may be about the unknown too.
    """

    cases: tuple[Case, ...]
    strictly: tuple[Claims, ...]


def cases(expression: Expr, variable: Expr, lower: Expr, upper: Expr | None) -> Cases:
    """Return where a polynomial with free symbols, each at least 1, is not negative.

    Raises UndecidedError where that takes two symbols to be known.
    """
    if on_maps := _ON_MAPS & expression.free_symbols:
        raise UndecidedError(min(on_maps, key=str))
    everywhere = signs(expression)
    if -1 not in everywhere:
        return Cases((Case(None, (EVERYWHERE,)),), _where_positive(expression, variable, lower))
    if everywhere == _NEGATIVE:
        return Cases((), ())
    found = _cases(expression, variable, lower, upper)
    return found._replace(cases=tuple(case for case in found.cases if case.when != _NEVER))


def _cases(expression: Expr, variable: Expr, lower: Expr, upper: Expr | None) -> Cases:
    """Return the cases of a polynomial of more than one sign; some may be assumed never."""
    coefs = coefficients(expression, variable)
    if len(coefs) == 1:
        return _without_unknown(coefs[0])
    found = _linear(coefs, lower, upper) if len(coefs) == 2 else None
    if found is not None:
        return found
    symbols = expression.free_symbols - {variable}
    if len(symbols) > 1:
        raise UndecidedError(_symbol_to_ask(symbols))
    (symbol,) = symbols
    return _by_symbol(symbol, *spans(Plane(expression, variable, lower, upper, symbol)))


def _where_positive(expression: Expr, variable: Expr, lower: Expr) -> tuple[Claims, ...]:
    """Return where a polynomial that is never negative is positive.

    In x - 1 for each symbol x it is a sum of terms without a minus sign: positive where each symbol
    of one of them is above 1.
    """
    free = sorted(expression.free_symbols, key=str)
    shifted = sympy.expand(expression.xreplace({symbol: symbol + 1 for symbol in free}))
    found = {frozenset(term.free_symbols) for term in sympy.Add.make_args(shifted)} if shifted else set()
    if lower != ONE:
        found = {symbols - {variable} for symbols in found}
    least = [symbols for symbols in found if not any(other < symbols for other in found)]
    alternatives = sorted((sorted(symbols, key=str) for symbols in least), key=str)
    return tuple(tuple(Relation(symbol, ">", ONE) for symbol in symbols) for symbols in alternatives)


def _without_unknown(expression: Expr) -> Cases:
    """Return the cases where the unknown has gone."""
    return Cases((Case(_assumed(expression, ">="), (EVERYWHERE,)),), _positive(expression))


def _linear(coefs: list[Expr], lower: Expr, upper: Expr | None) -> Cases | None:
    """Return the cases of constant + slope x; None where two signs do not tell them."""
    constant, slope = coefs
    slopes, constants = signs(slope), signs(constant)
    onward, up_to = Interval(ratio(-constant, slope), None), Interval(None, ratio(constant, -slope))
    if slopes == _NEGATIVE:
        return _where_it_holds_at(constant + slope * lower, up_to)
    if slopes == _POSITIVE and upper is None and 1 in constants:
        return _from_start_or_on(constant + slope * lower, onward)
    if upper is not None and (slopes == _POSITIVE or constants == _NEGATIVE):
        return _where_it_holds_at(constant + slope * upper, onward)
    if slopes == _POSITIVE:
        return _where_it_holds_at(ONE, onward)
    if constants == _NEGATIVE:
        rises = isolated(slope, ">")
        return Cases((Case(rises, (onward,)),), ((rises,),))
    at_lower = constant + slope * lower
    if -1 in constants or (-1 in signs(at_lower) and len(constant.free_symbols | slope.free_symbols) == 1):
        return None
    rises, falls = isolated(slope, ">="), isolated(slope, "<")
    strictly = _positive(at_lower)
    return Cases(
        (Case(rises, (EVERYWHERE,)), Case(falls, (up_to,))),
        strictly if strictly == ((),) else (*_positive(slope), *strictly),
    )


def _from_start_or_on(at_lower: Expr, onward: Interval) -> Cases:
    """Return the cases of a rising line whose zero may lie below the domain, and be no value at all."""
    at_lower = sympy.expand(at_lower)
    if -1 not in signs(at_lower):
        return Cases((Case(None, (EVERYWHERE,)),), ((),))
    if signs(at_lower) == _NEGATIVE:
        return Cases((Case(None, (onward,)),), ((),))
    begins, later = _assumed(at_lower, ">="), _assumed(at_lower, "<")
    return Cases((Case(begins, (EVERYWHERE,)), Case(later, (onward,))), ((),))


def _where_it_holds_at(end: Expr, interval: Interval) -> Cases:
    """Return the one case of an expression that holds in the interval where it holds at one end of it."""
    end = sympy.expand(end)
    when = _assumed(end, ">=") if -1 in signs(end) else None
    return Cases((Case(when, (interval,)),), _positive(end))


def _positive(expression: Expr) -> tuple[Claims, ...]:
    """Return where an expression without the unknown is positive."""
    found = signs(expression)
    return ((),) if found == _POSITIVE else ((_assumed(expression, ">"),),) if 1 in found else ()


def _assumed(expression: Expr, sign: str) -> Claim:
    """Return `expression sign 0` in the plainest form, never where no values of its symbols satisfy it."""
    if signs(expression) == (_NEGATIVE if sign in (">", ">=") else _POSITIVE):
        return _NEVER
    found = isolated(expression, sign)
    symbols = expression.free_symbols
    if len(symbols) > 1 or not (found.left.is_Add or found.right.free_symbols):
        return found
    (symbol,) = symbols
    if sign in ("<", "<="):
        expression = -expression
    solution = solved(expression, symbol, ONE, None)
    parts = solution.holds if sign in (">=", "<=") else solution.strictly
    return Condition(symbol, tuple(begun_at(ONE, part) for part in parts)) if parts else _NEVER


def isolated(expression: Expr, sign: str) -> Relation:
    """Return `expression sign 0` solved for the symbol that people would ask for, where that can be."""
    expression = sympy.expand(expression / common_factor(terms(expression)))
    for symbol in sorted(expression.free_symbols, key=_rank):
        coefs = coefficients(expression, symbol)
        if len(coefs) == 2 and signs(coefs[1]) in (_POSITIVE, _NEGATIVE):
            side = sign if signs(coefs[1]) == _POSITIVE else FLIPPED[sign]
            return Relation(symbol, side, ratio(-coefs[0], coefs[1]))
    left, right = apart(expression)
    return Relation(left, sign, right)


def _by_symbol(symbol: Expr, found: tuple[Span, ...], strictly: tuple[Interval, ...]) -> Cases:
    alternatives = [_within(symbol, where) for where in strictly]
    return Cases(
        tuple(Case(_within(symbol, span.where), span.holds) for span in found),
        tuple(() if claim is None else (claim,) for claim in alternatives),
    )


def _within(symbol: Expr, where: Interval) -> Claim | None:
    """Return that a symbol lies in an interval; None where that is no assumption."""
    if where == EVERYWHERE:
        return None
    if where.lower is None:
        return Relation(symbol, where.upper_sign, where.upper)
    if where.upper is None:
        return Relation(symbol, where.lower_sign, where.lower)
    return Condition(symbol, (where,))


def _symbol_to_ask(symbols: Iterable[Expr]) -> Expr:
    return min(symbols, key=lambda symbol: (symbol not in (TAPS, F_R, F_C), symbol != N_O, *_rank(symbol)))


def _rank(symbol: Expr) -> tuple[int, str]:
    """Sort key: the symbols for which people would solve an assumption first."""
    usual = (ROOT, GAMMA, TAPS, N_O)
    return (usual.index(symbol) if symbol in usual else len(usual), symbol.name)
