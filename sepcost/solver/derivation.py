"""The lines by which a break-even is derived, as the notebook writes them down."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from sepcost.solver.costs import Compared
from sepcost.solver.formulation import Formulation
from sepcost.solver.inequality import Product, cancelled, difference
from sepcost.solver.interval import FLIPPED, Interval
from sepcost.solver.roots import completed_square, real_roots, roots_of_square
from sepcost.solver.symbolic import (
    ZERO,
    Condition,
    Expr,
    Relation,
    Statement,
    Zeros,
    coefficients,
    signs,
    spelled_out,
)


def derivation(compared: Compared, answer: Sequence[Statement] = ()) -> tuple[Statement, ...]:
    """Return the lines from `baseline cost >= scheme cost` to the answer."""
    formulation, costs = compared.formulation, compared.products
    left, right = cancelled(*costs)
    begin = [_line(formulation, *costs, compared.shared), _line(formulation, *costs)]
    coefs = coefficients(difference(left, right), formulation.variable)
    solved = _solved(formulation, coefs, any(map(_is_bounded, answer)), bool(answer))
    return _without_repeats([*begin, _line(formulation, left, right), *solved, *answer])


def _is_bounded(line: Statement) -> bool:
    """Whether a line bounds the unknown by expressions in symbols, which then are real."""
    intervals = line.intervals if isinstance(line, Condition) else ()
    ends = (end for part in intervals for end in (part.lower, part.upper))
    return any(end is not None and end.free_symbols for end in ends)


def _line(formulation: Formulation, left: Product, right: Product, shared: Expr = ZERO) -> Relation:
    biases = formulation.in_unknown(shared)
    return Relation(_written(formulation, left) + biases, ">=", _written(formulation, right) + biases)


def _written(formulation: Formulation, cost: Product) -> Expr:
    """Return a product in the unknown itself, its number not multiplied into the sum."""
    number, powers = formulation.in_unknown(cost.factor).as_coeff_Mul()
    product = powers * formulation.in_unknown(cost.rest)
    return sympy.Mul(number, product, evaluate=False) if product.is_Add and number != 1 else number * product


def _solved(
    formulation: Formulation, coefs: list[Expr], is_bounded: bool, is_decided: bool
) -> list[Statement]:
    """Return the lines from the polynomial on.

    is_bounded: whether its roots, in symbols, are real. is_decided: whether they are known.
    """
    variable = formulation.in_unknown(formulation.variable)
    if len(coefs) == 1:
        return []
    if len(coefs) == 2:
        return _linear(variable, coefs)
    if len(coefs) == 3:
        return _quadratic(variable, coefs, is_bounded)
    return _isolated(variable, coefs, is_decided)


def _linear(variable: Expr, coefs: list[Expr]) -> list[Statement]:
    constant, slope = coefs
    sign, slopes = ">=", signs(slope)
    if slopes == {-1} or (slopes != {1} and -1 not in signs(constant)):
        sign, constant, slope = "<=", -constant, -slope
    lines: list[Statement] = [Relation(variable * spelled_out(slope), sign, spelled_out(-constant))]
    if signs(slope) == {1}:
        lines.append(Relation(variable, sign, spelled_out(-constant / slope)))
    return lines


def _quadratic(variable: Expr, coefs: list[Expr], is_bounded: bool) -> list[Statement]:
    sign = ">="
    if signs(coefs[2]) == {-1}:
        sign, coefs = "<=", [-coefficient for coefficient in coefs]
    lines: list[Statement] = [Relation(_polynomial(variable, coefs), sign, ZERO)]
    if signs(coefs[2]) != {1}:
        return lines
    middle, spread = completed_square(coefs)
    lines.append(Relation((variable - spelled_out(middle)) ** 2, sign, spelled_out(spread)))
    if spread.free_symbols and not is_bounded:
        return lines
    roots = roots_of_square(coefs) if spread.free_symbols else [root.value for root in real_roots(coefs)]
    shown = [spelled_out(root) for root in roots]
    if sign == "<=" and shown:
        lines.append(Condition(variable, (Interval(shown[0], shown[-1]),)))
    elif len(shown) == 2:
        lines.append(Condition(variable, (Interval(None, shown[0]), Interval(shown[1], None))))
    return lines


def _isolated(variable: Expr, coefs: list[Expr], is_decided: bool) -> list[Statement]:
    lines: list[Statement] = [Relation(_polynomial(variable, coefs), ">=", ZERO)]
    if is_decided and not any(coefficient.free_symbols for coefficient in coefs):
        lines.append(Zeros(variable, tuple(root.value for root in real_roots(coefs))))
    return lines


def _polynomial(variable: Expr, coefs: list[Expr]) -> Expr:
    return sympy.expand(sum(spelled_out(c) * variable**power for power, c in enumerate(coefs)))


def _without_repeats(lines: list[Statement]) -> tuple[Statement, ...]:
    kept = lines[:1]
    for line in lines[1:]:
        if not _same_statement(kept[-1], line):
            kept.append(line)
    return tuple(kept)


def _same_statement(one: Statement, other: Statement) -> bool:
    """Whether two lines say the same in the same terms, perhaps the other way round."""
    if isinstance(one, Relation) and isinstance(other, Relation):
        return other in (one, Relation(one.right, FLIPPED[one.sign], one.left))
    if isinstance(one, Relation) and isinstance(other, Condition):
        bound = {">=": Interval(one.right, None), "<=": Interval(None, one.right)}.get(one.sign)
        return other == Condition(one.left, () if bound is None else (bound,))
    return one == other
