"""Printed mathematics read back: exact values of texts, and whether a printed statement holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import CodeType

import sympy
from matplotlib.mathtext import MathTextParser

from sepcost.solver.mathtext import statement
from sepcost.solver.rows import BreakEvenRow

_NUMBER = re.compile(r"\d+")
_SIGN = re.compile(r" (>=|<=|>|<|=) ")
_ALLOWED = {">=": {0, 1}, "<=": {-1, 0}, ">": {1}, "<": {-1}, "=": {0}}

Values = Mapping[str, sympy.Expr]


@cache
def parsed_latex(mathematics: str) -> object:
    """Read LaTeX between dollars as pictures do, whose mathtext is the narrowest reader of it; or raise."""
    return MathTextParser("path").parse(mathematics)


@cache
def _compiled(text: str) -> CodeType:
    return compile(_NUMBER.sub(r"Q(\g<0>)", text), "<printed>", "eval")


def value_of(text: str, values: Values | None = None, roots: Mapping[sympy.Expr, sympy.Expr] | None = None):
    """Evaluate a printed expression, as Python reads it, on exact numbers.

    roots: square roots that are known in a simpler form than SymPy would leave them in.
    """
    known = roots or {}

    def sqrt(square: sympy.Expr) -> sympy.Expr:
        return known.get(square, sympy.sqrt(square))

    known_names = {"Q": sympy.Integer, "sqrt": sqrt, "CRootOf": sympy.CRootOf, "x": sympy.Symbol("x")}
    return eval(_compiled(text), {"__builtins__": {}, **known_names, **(values or {})})


def holds(statement: str, values: Values | None = None, roots: Mapping | None = None) -> bool:
    """Whether a printed statement, such as `1 <= k <= 2 or k >= 3`, is true of those values."""
    if statement in ("always", "never"):
        return statement == "always"
    return any(_clause_holds(clause, values, roots) for clause in statement.split(" or "))


def _clause_holds(clause: str, values: Values | None, roots: Mapping | None) -> bool:
    texts, signs = _SIGN.split(clause)[::2], _SIGN.split(clause)[1::2]
    sides = [value_of(text, values, roots) for text in texts]
    pairs = zip(sides, sides[1:], signs, strict=False)
    return all(sign_of(left - right) in _ALLOWED[sign] for left, right, sign in pairs)


def sign_of(number: sympy.Expr) -> int:
    """Return -1, 0 or 1 for an exact number; 0 is proved, never guessed."""
    number = sympy.expand(number)
    if number.is_Rational:
        return (number.p > 0) - (number.p < 0)
    approximation = number.evalf(30, maxn=200)
    if abs(approximation) > sympy.Float("1e-20"):
        return 1 if approximation > 0 else -1
    x = sympy.Symbol("x")
    assert sympy.radsimp(number) == 0 or sympy.minimal_polynomial(number, x) == x, number
    return 0


def said(row: BreakEvenRow) -> str:
    """A row's answer in words; the cases of one that depends on a symbol, each with its assumption."""
    return "; ".join(map(statement, row.cases)) if row.condition is None else statement(row.condition)
