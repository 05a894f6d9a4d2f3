"""Formulas as a Python module whose functions are exact: in whole numbers, fractions and rational roots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sympy

from sepcost.core.scheme import Parameter
from sepcost.report.identifier import identifiers
from sepcost.report.table import Cell
from sepcost.solver import mathtext
from sepcost.solver.expressions import SchemeExpression
from sepcost.solver.symbolic import Expr

_RESERVED = ("Fraction", "isqrt", "float_sqrt", "sqrt")
_FRACTION = "from fractions import Fraction\n"
_ROOT = '''\
from math import isqrt
from math import sqrt as float_sqrt


def sqrt(value):
    """The square root: exact where it is rational, else a float."""
    value = Fraction(value)
    root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
    return root if root * root == value else float_sqrt(value)
'''


def python(
    schemes: Iterable[SchemeExpression], metrics: Iterable[str], title: str, notes: Iterable[Cell]
) -> str:
    """Return a Python module with a function for each metric of each scheme and of each of its stages."""
    functions = list(_functions(schemes, list(metrics)))
    names = identifiers((name for name, _ in functions), _RESERVED)
    body = "\n\n".join(f"def {name}{each}" for name, (_, each) in zip(names, functions, strict=True))
    imports = _FRACTION if "Fraction(" in body or "sqrt(" in body else ""
    imports += _ROOT if "sqrt(" in body else ""
    said = "\n".join(note.text for note in notes)
    parts = [f'"""{title}.\n\n{said}\n"""\n', imports, "\n" + body]
    return "\n".join(part for part in parts if part.strip())


def _functions(schemes: Iterable[SchemeExpression], metrics: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the name of each function, and what follows its name."""
    for scheme in schemes:
        for cost in scheme.costs:
            part = "" if cost is scheme.total else f"_{cost.name}"
            for metric in metrics:
                yield f"{scheme.scheme}{part}_{metric}", _body(scheme.parameters, getattr(cost, metric))


def _body(own: tuple[Parameter, ...], expression: Expr) -> str:
    symbols = mathtext.symbol_names(expression)
    arguments = dict(zip(symbols, identifiers(symbols, _RESERVED), strict=True))
    guards = "".join(
        _guard(arguments[each.symbol], each.least)
        for each in own
        if each.symbol in arguments and each.least > 1
    )
    renamed = {each: sympy.Symbol(arguments[each.name], positive=True) for each in expression.free_symbols}
    returned = code(expression.xreplace(renamed))
    return f"({', '.join(arguments.values())}):\n{guards}    return {returned}\n"


def _guard(symbol: str, least: int) -> str:
    problem = f"{symbol} is at least {least} here: below, the scheme has fewer stages"
    return f'    if {symbol} < {least}:\n        raise ValueError("{problem}")\n'


def code(expression: Expr) -> str:
    """Return an expression as Python that is exact for whole numbers and fractions.

    A quotient of whole numbers and a power with a fraction are floats in Python. Roots are left to `sqrt`.

    >>> n, r = sympy.symbols("N_o r", positive=True)
    >>> code((n + 1) ** sympy.Rational(3, 2) / r)
    '(N_o + 1)*sqrt(N_o + 1)/Fraction(r)'
    """
    if expression.is_Add:
        terms = mathtext.signed_terms(expression)
        return mathtext.signed_sum((code(term), negative) for term, negative in terms)
    negative, above, below = mathtext.taken_apart(expression)
    product = "*".join(map(_factor, above)) or "1"
    if below:
        bottom = "*".join(map(_factor, below))
        # A root is a Fraction or a float itself, and a float has to stay one.
        product += f"/({bottom})" if any(map(_has_root, below)) else f"/Fraction({bottom})"
    return f"-{product}" if negative else product


def _factor(factor: Expr) -> str:
    base, exponent = factor.as_base_exp()
    if factor.is_Pow:
        return _power(base, exponent)
    if factor.is_Add:
        return f"({code(factor)})"
    return str(factor.name if factor.is_Symbol else int(factor))


def _power(base: Expr, exponent: Expr) -> str:
    """Return a positive power; one whose denominator is a power of two is of roots of roots."""
    whole, part = divmod(exponent.p, exponent.q)
    powers = [_raised(_factor(base), whole)] if whole else []
    if part:
        root = code(base)
        for _ in range(exponent.q.bit_length() - 1):
            root = f"sqrt({root})"
        powers.append(_raised(root, part))
    return "*".join(powers)


def _raised(text: str, power: int) -> str:
    return text if power == 1 else f"{text}**{power}"


def _has_root(expression: Expr) -> bool:
    return any(not power.exp.is_Integer for power in expression.atoms(sympy.Pow))
