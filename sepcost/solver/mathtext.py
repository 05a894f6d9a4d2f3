"""Printing of mathematics: one expression as text that Python can read, or as LaTeX.

The order of factors and terms is the notebook's and fixed here, so that the same mathematics is
the same bytes under every release of SymPy. The LaTeX stays within what Matplotlib's mathtext reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import sympy

from sepcost.solver.symbolic import Condition, Expr, Relation

_ORDER = ("b", "gamma", "N_o", "N_i", "F_r", "F_c", "k", "L_r", "L_c", "O_r", "O_c", "balance")
_LAST = len(_ORDER)
_LATEX_SIGNS = {">=": r"\geq", "<=": r"\leq", ">": ">", "<": "<"}
_LATEX_NAMES = {"gamma": r"\gamma", "balance": r"\mathrm{balance}"}
_HALF = sympy.Rational(1, 2)


class _Quotient(NamedTuple):
    """A product taken apart: whether it is negative, and the factors above and below the bar."""

    negative: bool
    above: list[Expr]
    below: list[Expr]


def text(expression: Expr) -> str:
    """Return an expression as text that Python and SymPy read.

    >>> from sepcost.solver.symbolic import F_C, F_R, N_I, N_O
    >>> text(N_I * (F_C * F_R + N_O))
    'N_i*(N_o + F_r*F_c)'
    >>> text(27 * sympy.sqrt(2) + sympy.Rational(153, 4))
    '153/4 + 27*sqrt(2)'
    """
    expression = sympy.sympify(expression)
    if expression.is_Add:
        return _sum((text(abs_term), negative) for abs_term, negative in _terms(expression))
    negative, above, below = _taken_apart(expression)
    product = "*".join(_text_factor(factor, alone=len(above) == 1 and not below) for factor in above) or "1"
    if below:
        bottom = "*".join(_text_factor(factor, alone=False) for factor in below)
        product += f"/({bottom})" if len(below) > 1 else f"/{bottom}"
    return f"-{product}" if negative else product


def latex(expression: Expr) -> str:
    r"""Return an expression as LaTeX.

    >>> print(latex(sympy.Rational(36, 5)))
    \frac{36}{5}
    """
    expression = sympy.sympify(expression)
    if expression.is_Add:
        return _sum((latex(abs_term), negative) for abs_term, negative in _terms(expression))
    negative, above, below = _taken_apart(expression)
    product = " ".join(_latex_factor(factor, alone=len(above) == 1) for factor in above) or "1"
    if below:
        bottom = " ".join(_latex_factor(factor, alone=len(below) == 1) for factor in below)
        product = rf"\frac{{{product}}}{{{bottom}}}"
    return f"-{product}" if negative else product


def symbol_names(expression: Expr) -> list[str]:
    """Return the names of an expression's symbols in the notebook's order."""
    return sorted((symbol.name for symbol in expression.free_symbols), key=_ORDER.index)


def statement(claim: Relation | Condition) -> str:
    """Return a relation or condition as text: `N_o >= 9/8`, `always`, `never`."""
    if isinstance(claim, Relation):
        return f"{text(claim.left)} {claim.sign} {text(claim.right)}"
    return _condition(claim, text(claim.subject), text, ">=", "<=", " or ")


def latex_statement(claim: Relation | Condition) -> str:
    """Return a relation or condition as LaTeX."""
    if isinstance(claim, Relation):
        return f"{latex(claim.left)} {_LATEX_SIGNS[claim.sign]} {latex(claim.right)}"
    said = _condition(claim, latex(claim.subject), latex, r"\geq", r"\leq", r" \ \mathrm{or} \ ")
    return rf"\mathrm{{{said}}}" if said in ("always", "never") else said


def case(condition: Condition, when: Relation) -> str:
    """Return as text a condition and while what it holds."""
    return f"{statement(condition)} where {statement(when)}"


def latex_case(condition: Condition, when: Relation) -> str:
    """Return as LaTeX a condition and while what it holds."""
    return rf"{latex_statement(condition)} \ \mathrm{{where}} \ {latex_statement(when)}"


def latex_cases(cases: Iterable[tuple[Condition, Relation]]) -> str:
    """Return as LaTeX conditions that hold while others do."""
    return r"; \ ".join(latex_case(*each) for each in cases)


def _condition(
    claim: Condition, subject: str, show: Callable[[Expr], str], above: str, below: str, either: str
) -> str:
    parts = []
    for part in claim.intervals:
        if part.lower is None and part.upper is None:
            return "always"
        if part.upper is None:
            parts.append(f"{subject} {above} {show(part.lower)}")
        elif part.lower is None:
            parts.append(f"{subject} {below} {show(part.upper)}")
        elif part.lower == part.upper:
            parts.append(f"{subject} = {show(part.lower)}")
        else:
            parts.append(f"{show(part.lower)} {below} {subject} {below} {show(part.upper)}")
    return either.join(parts) or "never"


def _sum(terms: Iterable[tuple[str, bool]]) -> str:
    joined = ""
    for term, negative in terms:
        if joined:
            joined += f" {'-' if negative else '+'} {term}"
        else:
            joined = f"-{term}" if negative else term
    return joined


def _terms(expression: Expr) -> list[tuple[Expr, bool]]:
    """Return the terms of a sum without their signs, positive ones first, in the notebook's order."""
    terms = []
    for term in expression.args:
        negative = term.as_coeff_Mul()[0].is_negative
        terms.append((-term if negative else term, bool(negative)))
    return sorted(terms, key=lambda item: (item[1], _rank_of_term(item[0])))


def _taken_apart(expression: Expr) -> _Quotient:
    coefficient, rest = expression.as_coeff_Mul()
    above, below = [], []
    for factor in sympy.Mul.make_args(rest):
        if factor.is_Rational:
            continue
        if factor.as_base_exp()[1].is_negative:
            below.append(1 / factor)
        else:
            above.append(factor)
    above.sort(key=_rank_of_factor)
    below.sort(key=_rank_of_factor)
    top, bottom = abs(coefficient.p), coefficient.q
    if top != 1 or not above:
        above.insert(0, sympy.Integer(top))
    if bottom != 1:
        below.insert(0, sympy.Integer(bottom))
    return _Quotient(bool(coefficient.is_negative), above, below)


def _rank_of_term(term: Expr) -> tuple[object, ...]:
    """Sort key: symbols in the notebook's order; then numbers, then roots of them."""
    names = _names(term)
    if not names:
        return (1, not term.is_Rational, float(term))
    return (0, *names, _LAST, text(term))


def _rank_of_factor(factor: Expr) -> tuple[object, ...]:
    """Sort key: numbers, then symbols in the notebook's order, then sums."""
    names = _names(factor)
    if not names:
        return (0, float(factor))
    return (1, factor.is_Add, *names, _LAST, _text_factor(factor, alone=False))


def _names(expression: Expr) -> list[int]:
    return sorted(_ORDER.index(symbol.name) for symbol in expression.free_symbols)


def _text_factor(factor: Expr, alone: bool) -> str:
    if factor.is_Pow:
        base, exponent = factor.as_base_exp()
        if exponent == _HALF:
            return f"sqrt({text(base)})"
        power = f"({exponent})" if exponent.q != 1 else f"{exponent}"
        return f"{_text_factor(base, alone=False)}**{power}"
    return f"({text(factor)})" if factor.is_Add and not alone else _atom(factor)


def _latex_factor(factor: Expr, alone: bool) -> str:
    if factor.is_Pow:
        base, exponent = factor.as_base_exp()
        if exponent == _HALF:
            return rf"\sqrt{{{latex(base)}}}"
        return f"{_latex_factor(base, alone=False)}^{{{exponent}}}"
    if factor.is_Add:
        return latex(factor) if alone else rf"\left({latex(factor)}\right)"
    return _LATEX_NAMES.get(_atom(factor), _atom(factor))


def _atom(factor: Expr) -> str:
    return text(factor) if factor.is_Add else str(factor.name if factor.is_Symbol else int(factor))
