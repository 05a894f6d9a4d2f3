"""Printing of mathematics: one expression as text that Python can read, or as LaTeX.

The order of factors and terms is the notebook's and fixed here, so that the same mathematics is
the same bytes under every release of SymPy. The LaTeX stays within what Matplotlib's mathtext reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import sympy

from sepcost.solver.interval import FLIPPED
from sepcost.solver.roots import IndexedRoot, X
from sepcost.solver.symbolic import Claims, Condition, Expr, Relation, Statement, SymbolCase

_ORDER = ("b", "gamma", "", "N_o", "N_i", "F_r", "F_c", "k", "L_r", "L_c", "O_r", "O_c", "balance")
_PARAMETERS = _ORDER.index("")
_LAST = (len(_ORDER), "")
_LATEX_SIGNS = {">=": r"\geq", "<=": r"\leq", ">": ">", "<": "<"}
_LATEX_NAMES = {"gamma": r"\gamma"}
_FIGURES, _EXACT_FIGURES = 6, 15
_HALF = sympy.Rational(1, 2)


_ROOTS = (sympy.CRootOf, IndexedRoot)


class Quotient(NamedTuple):
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
        return signed_sum((text(abs_term), negative) for abs_term, negative in signed_terms(expression))
    negative, above, below = taken_apart(expression)
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
        return signed_sum((latex(abs_term), negative) for abs_term, negative in signed_terms(expression))
    negative, above, below = taken_apart(expression)
    product = " ".join(_latex_factor(factor, alone=len(above) == 1) for factor in above) or "1"
    if below:
        bottom = " ".join(_latex_factor(factor, alone=len(below) == 1) for factor in below)
        product = rf"\frac{{{product}}}{{{bottom}}}"
    return f"-{product}" if negative else product


def readable(expression: Expr) -> str:
    """Return an expression as text for people: a root without a closed form as a decimal and dots.

    >>> readable(sympy.CRootOf(sympy.Symbol("x") ** 3 - 4 * sympy.Symbol("x") + 1, 2))
    '1.86080...'
    """
    return begun(expression) if is_isolated(expression) else text(expression)


def _latex_readable(expression: Expr) -> str:
    return begun(expression).replace("...", r"\ldots") if is_isolated(expression) else latex(expression)


def is_isolated(expression: Expr) -> bool:
    """Whether an expression is a number that holds a root without a closed form."""
    return bool(expression.has(sympy.CRootOf))


def begun(number: Expr) -> str:
    """Return the decimal that an irrational number begins with, and dots."""
    near = sympy.Rational(number.evalf(_EXACT_FIGURES, maxn=10**4))
    places = max(_FIGURES - len(str(int(abs(near)))), 1)
    whole, part = divmod(int(abs(near) * 10**places), 10**places)
    return f"{'-' if near < 0 else ''}{whole}.{part:0{places}}..."


def polynomial_text(polynomial: Expr) -> str:
    """Return a polynomial in `X` as text, the highest power first."""
    return _by_degree(polynomial, text)


def symbol_names(expression: Expr) -> list[str]:
    """Return the names of an expression's symbols in the notebook's order."""
    return [name for _, name in _names(expression)]


class _Dialect(NamedTuple):
    """How a statement is put together from expressions."""

    show: Callable[[Expr], str]
    signs: Mapping[str, str]
    word: Callable[[str], str]
    space: str = " "


def statement(claim: Statement, show: Callable[[Expr], str] = text) -> str:
    """Return a statement as text: `N_o >= 9/8`, `always`, `never`, `gamma <= 4 where N_o >= 9`."""
    return _said(claim, _Dialect(show, {}, str))


def latex_statement(claim: Statement) -> str:
    """Return a statement as LaTeX."""
    return _said(claim, _Dialect(_latex_readable, _LATEX_SIGNS, r"\mathrm{{{}}}".format, r" \ "))


def alternatives_text(alternatives: Iterable[Claims]) -> str:
    """Return alternatives, each claims that hold at once, as text."""
    said = [" and ".join(map(statement, claims)) or "always" for claims in alternatives]
    return " or ".join(said) or "never"


def _said(claim: Statement, dialect: _Dialect) -> str:
    show, space = dialect.show, dialect.space
    if isinstance(claim, Relation):
        return f"{show(claim.left)} {dialect.signs.get(claim.sign, claim.sign)} {show(claim.right)}"
    if isinstance(claim, Condition):
        return _condition(claim, dialect)
    if isinstance(claim, SymbolCase):
        where = f"{space}{dialect.word('where')}{space}"
        return f"{_said(claim.condition, dialect)}{where}{_said(claim.when, dialect)}"
    values = ", ".join(map(show, claim.values))
    zero = dialect.word("zero where" if values else "zero nowhere")
    return f"{zero}{space}{show(claim.subject)} = {values}" if values else zero


def _condition(claim: Condition, dialect: _Dialect) -> str:
    show, parts = dialect.show, []
    subject = show(claim.subject)
    for part in claim.intervals:
        signs = part.lower_sign, part.upper_sign, FLIPPED[part.lower_sign]
        above, below, before = (dialect.signs.get(sign, sign) for sign in signs)
        if part.lower is None and part.upper is None:
            return dialect.word("always")
        if part.upper is None:
            parts.append(f"{subject} {above} {show(part.lower)}")
        elif part.lower is None:
            parts.append(f"{subject} {below} {show(part.upper)}")
        elif part.lower == part.upper:
            parts.append(f"{subject} = {show(part.lower)}")
        else:
            parts.append(f"{show(part.lower)} {before} {subject} {below} {show(part.upper)}")
    return f"{dialect.space}{dialect.word('or')}{dialect.space}".join(parts) or dialect.word("never")


def signed_sum(terms: Iterable[tuple[str, bool]]) -> str:
    """Return terms, each with whether it is negative, as a sum."""
    joined = ""
    for term, negative in terms:
        if joined:
            joined += f" {'-' if negative else '+'} {term}"
        else:
            joined = f"-{term}" if negative else term
    return joined


def signed_terms(expression: Expr) -> list[tuple[Expr, bool]]:
    """Return the terms of a sum without their signs, positive ones first, in the notebook's order."""
    return sorted(map(_signed, expression.args), key=lambda item: (item[1], _rank_of_term(item[0])))


def _signed(term: Expr) -> tuple[Expr, bool]:
    """Return a term without its sign, and whether that is a minus."""
    negative = bool(term.as_coeff_Mul()[0].is_negative)
    return -term if negative else term, negative


def taken_apart(expression: Expr) -> Quotient:
    """Return a product's factors above and below the bar, in the notebook's order."""
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
    return Quotient(bool(coefficient.is_negative), above, below)


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


def _names(expression: Expr) -> list[tuple[int, str]]:
    """Return the names of the symbols in the notebook's order, a scheme's own parameters before channels."""
    names = (symbol.name for symbol in expression.free_symbols)
    return sorted((_ORDER.index(name) if name in _ORDER else _PARAMETERS, name) for name in names)


def _by_degree(polynomial: Expr, show: Callable[[Expr], str]) -> str:
    """Return a polynomial in `X`, the highest power first."""
    terms = []
    for (degree,), coefficient in sympy.Poly(polynomial, X).terms():
        is_sum = degree == 0 and coefficient.is_Add
        terms += signed_terms(coefficient) if is_sum else [_signed(coefficient * X**degree)]
    return signed_sum((show(term), negative) for term, negative in terms)


def _text_factor(factor: Expr, alone: bool) -> str:
    if isinstance(factor, _ROOTS):
        polynomial, index = factor.args
        return f"CRootOf({_by_degree(polynomial, text)}, {index})"
    if factor.is_Pow:
        base, exponent = factor.as_base_exp()
        if exponent == _HALF:
            return f"sqrt({text(base)})"
        power = f"({exponent})" if exponent.q != 1 else f"{exponent}"
        return f"{_text_factor(base, alone=False)}**{power}"
    return f"({text(factor)})" if factor.is_Add and not alone else _atom(factor)


def _latex_factor(factor: Expr, alone: bool) -> str:
    if isinstance(factor, sympy.CRootOf):
        return _latex_readable(factor)
    if isinstance(factor, IndexedRoot):
        polynomial, index = factor.args
        return rf"\mathrm{{root}}_{{{index + 1}}}\left({_by_degree(polynomial, latex)}\right)"
    if factor.is_Pow:
        base, exponent = factor.as_base_exp()
        if exponent == _HALF:
            return rf"\sqrt{{{latex(base)}}}"
        return f"{_latex_factor(base, alone=False)}^{{{exponent}}}"
    if factor.is_Add:
        return latex(factor) if alone else rf"\left({latex(factor)}\right)"
    return _latex_name(factor.name) if factor.is_Symbol else _atom(factor)


def _latex_name(name: str) -> str:
    """Return a symbol as LaTeX; a name of more than one letter is upright.

    >>> _latex_name("N_o"), _latex_name("mid_2")
    ('N_o', '\\\\mathrm{mid}_2')
    """
    if name in _LATEX_NAMES:
        return _LATEX_NAMES[name]
    parts = [part if len(part) == 1 else rf"\mathrm{{{part}}}" for part in name.split("_") if part]
    head, *below = parts
    subscript = ",".join(below)
    return f"{head}_{subscript if len(subscript) == 1 else f'{{{subscript}}}'}" if below else head


def _atom(factor: Expr) -> str:
    return text(factor) if factor.is_Add else str(factor.name if factor.is_Symbol else int(factor))
