"""Where a polynomial in an unknown and one free symbol is not negative, for ranges of the symbol.

What can be said of the unknown changes at critical values of the symbol alone: where a root passes
an end of the unknown's domain, where two roots meet, and where one comes from infinity. One sample
between each two neighbours tells which roots bound the answer there; each critical value that the
symbol can have is a sample of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cmp_to_key
from itertools import combinations, pairwise
from math import prod
from typing import NamedTuple

import sympy

from sepcost.solver.admissible import whole_numbers
from sepcost.solver.inequality import Solution, solved, solved_by_roots
from sepcost.solver.interval import EVERYWHERE, Interval, begun_at, intervals
from sepcost.solver.roots import Root, real_roots, roots_in_symbols
from sepcost.solver.symbolic import GAMMA, ONE, Expr, UndecidedError, coefficients, sign_of_number, square_of

_NEAR_ZERO = 1e-9
_MOST_DEGREES, _MOST_IRRATIONAL = 64, 16  # The product of both degrees up to which a few seconds are enough.
_FIGURES, _CLOSE = 60, sympy.Float("1e-40")


class Span(NamedTuple):
    """A range of the symbol in which the unknown lies in the same intervals, written in the symbol."""

    where: Interval
    holds: tuple[Interval, ...]


class Plane(NamedTuple):
    """A polynomial in an unknown, which runs from `lower` to `upper`, and in a symbol, from 1 on."""

    polynomial: Expr
    variable: Expr
    lower: Expr
    upper: Expr | None
    symbol: Expr

    def at(self, value: Expr) -> Expr:
        """Return the polynomial at a value of the symbol."""
        return sympy.expand(self.polynomial.xreplace({self.symbol: value}))


class Spans(NamedTuple):
    """Where a polynomial is not negative, and for which symbols it is positive for some unknown."""

    spans: tuple[Span, ...]
    strictly: tuple[Interval, ...]


def spans(plane: Plane) -> Spans:
    """Return the ranges of the symbol in which a polynomial is not negative somewhere.

    Ranges in which the symbol can have no value, such as those without a whole number, are left out.
    Raises UndecidedError for a polynomial of too high a degree.

    >>> x, s = sympy.symbols("x gamma", positive=True)
    >>> (span,) = spans(Plane(s - 2 * x, x, ONE, None, s)).spans
    >>> span.where.lower, span.holds[0].upper
    (2, gamma/2)
    """
    options = {} if _is_rational(plane) else {"extension": True}
    factors = _factors(plane, options)
    points = [ONE, *_critical(plane, factors, options)]
    cells = [_solved_near(plane, factors, sample) for sample in _samples(points)]
    at = [solved(plane.at(point), *plane[1:4]) if _is_exact(plane, point) else None for point in points]
    joined = _joined(plane, points, at, cells)
    pays = tuple(span for span in joined if span.holds and _has_value(plane, span.where))
    return Spans(pays, _strictly(plane, points, at, cells))


def _is_rational(plane: Plane) -> bool:
    """Return whether the coefficients are rational; UndecidedError where cells would take too long."""
    polynomial = sympy.Poly(plane.polynomial, plane.variable, plane.symbol)
    is_rational = all(number.is_Rational for number in polynomial.coeffs())
    if prod(polynomial.degree_list()) > (_MOST_DEGREES if is_rational else _MOST_IRRATIONAL):
        raise UndecidedError(plane.symbol)
    return is_rational


def _factors(plane: Plane, options: dict[str, bool]) -> list[tuple[Expr, int]]:
    """Return the irreducible factors of the polynomial, each with its multiplicity, without a number."""
    _, factors = sympy.factor_list(plane.polynomial, plane.variable, plane.symbol, **options)
    return [(sympy.expand(factor), int(multiplicity)) for factor, multiplicity in factors]


def _critical(plane: Plane, factors: list[tuple[Expr, int]], options: dict[str, bool]) -> list[Expr]:
    """Return the values of the symbol above 1 at which the answer may change, ascending."""
    found: list[Expr] = []
    variable = plane.variable
    curves = [factor for factor, _ in factors if variable in factor.free_symbols]
    for factor, _ in factors:
        coefs = coefficients(factor, variable)
        ends = [end for end in (plane.lower, plane.upper) if end is not None]
        found += [coefs[-1], *(factor.xreplace({variable: end}) for end in ends)]
    planar = [sympy.Poly(curve, variable, plane.symbol, **options) for curve in curves]
    found += [curve.discriminant().as_expr() for curve in planar if curve.degree() > 1]
    found += [one.resultant(other).as_expr() for one, other in combinations(planar, 2)]
    values: list[Expr] = []
    for polynomial in dict.fromkeys(sympy.expand(each) for each in found if each.free_symbols):
        for root in real_roots(coefficients(polynomial, plane.symbol)):
            if _is_above(root.value, ONE) and all(_is_apart(root.value, value) for value in values):
                values.append(root.value)
    return sorted(values, key=cmp_to_key(_order))


def _samples(points: list[Expr]) -> Iterator[Expr]:
    """Yield a rational number after each of ascending numbers, and before the next."""
    for place, low in enumerate(points):
        high = points[place + 1] if place + 1 < len(points) else None
        parts = 1
        while True:
            sample = sympy.Rational(sympy.floor(low * parts) + 1, parts)
            if high is None or sign_of_number(high - sample) > 0:
                break
            parts *= 2
        yield sample


def _solved_near(plane: Plane, factors: list[tuple[Expr, int]], sample: Expr) -> Solution:
    """Return the answer between two critical values, its ends in the symbol."""
    known: list[tuple[Expr, Expr, int]] = []
    for factor, multiplicity in factors:
        coefs = coefficients(factor, plane.variable)
        numbers = coefficients(factor.xreplace({plane.symbol: sample}), plane.variable)
        values = [root.value for root in real_roots(numbers)]
        known += [
            (value, shown, multiplicity)
            for value, shown in zip(values, roots_in_symbols(coefs, len(values)), strict=True)
        ]
    known.sort(key=lambda each: cmp_to_key(_order)(each[0]))
    leading = coefficients(plane.at(sample), plane.variable)[-1]
    roots = [Root(value, multiplicity) for value, _, multiplicity in known]
    found = solved_by_roots(roots, sign_of_number(leading), plane.lower, plane.upper)
    shown = {value: form for value, form, _ in known}
    # An end that is no root is the domain's own.
    named = [[part.converted(lambda end: shown.get(end, end)) for part in parts] for parts in found]
    return Solution(*map(tuple, named))


def _order(one: Expr, other: Expr) -> int:
    return sign_of_number(one - other)


def _joined(
    plane: Plane, points: list[Expr], at: list[Solution | None], cells: list[Solution]
) -> Iterator[Span]:
    """Yield the ranges in ascending order, neighbours with the same answer as one."""
    begin, open_below = None, False
    for place, (point, exact, cell) in enumerate(zip(points, at, cells, strict=True)):
        before = cells[place - 1] if place else None
        belongs_after = _belongs(plane, point, exact, cell, before)
        belongs_before = before is not None and _belongs(plane, point, exact, before, cell)
        if belongs_before and belongs_after and before is not None:
            if before.holds == cell.holds:
                continue
            belongs_after = before.holds != (EVERYWHERE,)
        belongs_before = belongs_before and not belongs_after
        if before is not None:
            yield Span(Interval(begin, point, open_below, not belongs_before), before.holds)
        if exact is not None and not belongs_before and not belongs_after:
            yield Span(Interval(point if place else None, point), exact.holds)
        begin, open_below = (point if place or not belongs_after else None), not belongs_after
    yield Span(Interval(begin, None, open_below), cells[-1].holds)


def _belongs(
    plane: Plane, point: Expr, exact: Solution | None, cell: Solution, other: Solution | None
) -> bool:
    """Return whether the answer of a cell holds at its end, a critical value.

    Where the symbol cannot have that value, so that nothing depends on it, it belongs to the one that pays.
    """
    if exact is not None:
        return _is_same(_at_end(plane, point, cell.holds), exact.holds)
    if other is not None and other.holds == cell.holds:
        return True
    leading = coefficients(plane.polynomial, plane.variable)[-1].xreplace({plane.symbol: point})
    return bool(cell.holds) and abs(float(leading)) > _NEAR_ZERO


def _at_end(plane: Plane, point: Expr, holds: tuple[Interval, ...]) -> list[Interval] | None:
    """Return intervals in the symbol at a value of it, clipped to the domain and joined where they meet.

    None where one of their ends has no value there.
    """
    found: list[Interval] = []
    for part in holds:
        lower, upper = (_value(end, plane.symbol, point) for end in (part.lower, part.upper))
        if sympy.nan in (lower, upper):
            return None
        if lower is not None and not _is_above(lower, plane.lower):
            lower = None
        if upper is not None and plane.upper is not None and not _is_above(plane.upper, upper):
            upper = None
        if found and lower is not None and not _is_above(lower, found[-1].upper):
            lower = found.pop().lower
        found.append(Interval(lower, upper))
    return found


def _value(end: Expr, symbol: Expr, point: Expr) -> Expr:
    """Return an end at a value of the symbol; nan where it has none."""
    if end is None:
        return None
    try:
        value = end.xreplace({symbol: point})
    except IndexError:  # That many roots there are not.
        return sympy.nan
    return value if value.is_real and value.is_finite else sympy.nan


def _is_above(one: Expr, other: Expr) -> bool:
    return bool((one - other).evalf(_FIGURES) > _CLOSE)


def _is_apart(one: Expr, other: Expr) -> bool:
    return _is_above(one, other) or _is_above(other, one)


def _is_same(found: list[Interval] | None, exact: tuple[Interval, ...]) -> bool:
    """Return whether intervals have the same ends: roots of one polynomial, which are far apart or equal."""
    if found is None or len(found) != len(exact):
        return False
    ends = [(part.lower, part.upper) for part in found], [(part.lower, part.upper) for part in exact]
    return all(
        one is other or (None not in (one, other) and not _is_apart(one, other))
        for ours, theirs in zip(*ends, strict=True)
        for one, other in zip(ours, theirs, strict=True)
    )


def _is_exact(plane: Plane, point: Expr) -> bool:
    """Whether the symbol, or what it is the square root of, is rational at a critical value."""
    return bool(point.is_Rational or (square_of(plane.symbol) and sympy.expand(point**2).is_Rational))


def _has_value(plane: Plane, where: Interval) -> bool:
    """Return whether the symbol can have a value in a range: gamma any ratio, all others whole numbers."""
    square = square_of(plane.symbol)
    if GAMMA in (plane.symbol, square) or where.upper is None:
        return True
    degree = 1 if square is None else 2
    whole = whole_numbers(where.converted(lambda end: end**degree), ONE, None)
    return bool(whole.lower <= whole.upper)


def _strictly(
    plane: Plane, points: list[Expr], at: list[Solution | None], cells: list[Solution]
) -> tuple[Interval, ...]:
    """Return for which values of the symbol the polynomial is positive somewhere."""
    between = [int(bool(cell.strictly)) for cell in cells]
    around = [between[0], *map(min, pairwise(between))]
    known = [
        near if exact is None else int(bool(exact.strictly)) for exact, near in zip(at, around, strict=True)
    ]
    found = intervals([*points, None], [*known, between[-1]], between, least=1)
    return tuple(begun_at(ONE, where) for where in found if _has_value(plane, begun_at(ONE, where)))
