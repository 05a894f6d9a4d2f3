"""The lines by which a break-even is derived, as the notebook writes them down."""

from __future__ import annotations

import sympy

from sepcost.solver.inequality import (
    FLIPPED,
    Product,
    cancelled,
    completed_square,
    difference,
    real_roots,
    roots_of_square,
)
from sepcost.solver.problem import Setting
from sepcost.solver.symbolic import (
    L_C,
    L_R,
    ZERO,
    Condition,
    Expr,
    Interval,
    Relation,
    coefficients,
    signs,
    spelled_out,
)

Line = Relation | Condition


def derivation(
    setting: Setting,
    costs: tuple[Product, Product],
    shared: Expr,
    answer: list[Line],
    by_positions: bool,
) -> tuple[Line, ...]:
    """Return the lines from `baseline cost >= scheme cost` to the answer.

    costs: what the two cost in the setting's variable, without what they both hold as a sum.
    shared: what they both hold, the biases of the outputs.
    by_positions: whether the first line counts MACs, at L_r L_c positions, not weights.
    """
    left, right = cancelled(*costs)
    if by_positions:
        begin = [_line(setting, *(Product(cost.factor * L_R * L_C, cost.rest) for cost in costs))]
    else:
        begin = [_line(setting, costs[0], costs[1], shared), _line(setting, costs[0], costs[1])]
    solved = _solved(setting, coefficients(difference(left, right), setting.variable))
    return _without_repeats([*begin, _line(setting, left, right), *solved, *answer])


def _line(setting: Setting, left: Product, right: Product, shared: Expr = ZERO) -> Relation:
    biases = _shown(setting, shared)
    return Relation(_written(setting, left) + biases, ">=", _written(setting, right) + biases)


def _written(setting: Setting, cost: Product) -> Expr:
    """Return a product in the unknown itself, its number not multiplied into the sum."""
    number, powers = _shown(setting, cost.factor).as_coeff_Mul()
    product = powers * _shown(setting, cost.rest)
    return sympy.Mul(number, product, evaluate=False) if product.is_Add and number != 1 else number * product


def _shown(setting: Setting, expression: Expr) -> Expr:
    return spelled_out(expression.xreplace({setting.variable: setting.shown}))


def _solved(setting: Setting, coefs: list[Expr]) -> list[Line]:
    solve = {1: _gone, 2: _linear, 3: _quadratic}[len(coefs)]
    return solve(_shown(setting, setting.variable), coefs)


def _gone(variable: Expr, coefs: list[Expr]) -> list[Line]:
    return []


def _linear(variable: Expr, coefs: list[Expr]) -> list[Line]:
    constant, slope = coefs
    sign, slopes = ">=", signs(slope)
    if slopes == {-1} or (slopes != {1} and -1 not in signs(constant)):
        sign, constant, slope = "<=", -constant, -slope
    lines: list[Line] = [Relation(variable * spelled_out(slope), sign, spelled_out(-constant))]
    if signs(slope) == {1}:
        lines.append(Relation(variable, sign, spelled_out(-constant / slope)))
    return lines


def _quadratic(variable: Expr, coefs: list[Expr]) -> list[Line]:
    sign = ">="
    if signs(coefs[2]) == {-1}:
        sign, coefs = "<=", [-coefficient for coefficient in coefs]
    polynomial = sum(spelled_out(c) * variable**power for power, c in enumerate(coefs))
    middle, spread = completed_square(coefs)
    lines: list[Line] = [
        Relation(sympy.expand(polynomial), sign, ZERO),
        Relation((variable - spelled_out(middle)) ** 2, sign, spelled_out(spread)),
    ]
    roots = [spelled_out(root) for root in (roots_of_square if spread.free_symbols else real_roots)(coefs)]
    if sign == "<=" and roots:
        lines.append(Condition(variable, (Interval(*roots),)))
    elif roots and roots[0] != roots[1]:
        lines.append(Condition(variable, (Interval(None, roots[0]), Interval(roots[1], None))))
    return lines


def _without_repeats(lines: list[Line]) -> tuple[Line, ...]:
    kept = lines[:1]
    for line in lines[1:]:
        if not _same_statement(kept[-1], line):
            kept.append(line)
    return tuple(kept)


def _same_statement(one: Line, other: Line) -> bool:
    """Whether two lines say the same in the same terms, perhaps the other way round."""
    if isinstance(one, Relation) and isinstance(other, Relation):
        return other in (one, Relation(one.right, FLIPPED[one.sign], one.left))
    if isinstance(one, Relation) and isinstance(other, Condition):
        bound = {">=": Interval(one.right, None), "<=": Interval(None, one.right)}.get(one.sign)
        return other == Condition(one.left, () if bound is None else (bound,))
    return one == other
