"""The symbolic core in SymPy: the theory's symbols, statements about them, and their arithmetic.

Symbols go through the same formulas as whole numbers do. The modules that tie, solve, derive, draw and
print what comes of it build on this one and are in SymPy too; those that count import neither. The
arithmetic here is that of short sums; SymPy's general simplifiers do the same, but take most of a
second to wake up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NamedTuple

import sympy

from sepcost.core import formulas
from sepcost.core.formulas import Bias, Maps, Sizes
from sepcost.core.scheme import Parameter, Scheme
from sepcost.solver.interval import Interval

Expr = Any
"""A SymPy expression; SymPy has no types of its own to check against."""

N_I, N_O, F_R, F_C, GAMMA, K = sympy.symbols("N_i N_o F_r F_c gamma k", positive=True)
L_R, L_C, O_R, O_C = sympy.symbols("L_r L_c O_r O_c", positive=True)
TAPS = sympy.Symbol("F", positive=True)
"""F_r F_c as one symbol: the theory reads the kernel through its product alone."""


class RootSymbol(sympy.Symbol):  # type: ignore[misc]
    """The square root of a symbol as a symbol of its own, so that what holds it stays a polynomial."""

    square: Expr

    def __new__(cls, square: Expr) -> RootSymbol:
        """Return the root of a symbol."""
        root: RootSymbol = super().__new__(cls, f"sqrt({square.name})", positive=True)
        root.square = square
        return root


def square_of(symbol: Expr) -> Expr | None:
    """Return the symbol of which another is the square root, None where it is none."""
    return symbol.square if isinstance(symbol, RootSymbol) else None


ROOT = RootSymbol(GAMMA)
ZERO, ONE = sympy.Integer(0), sympy.Integer(1)
_READABLE = {TAPS: F_R * F_C}
_MOST_FIGURES = 10**4


class UndecidedError(Exception):
    """The answer cannot be told: `symbol` would have to be known, or else `why` is in the way."""

    def __init__(self, symbol: Expr | None = None, why: str | None = None) -> None:
        super().__init__(symbol, why)
        self.symbol = symbol
        self.why = why


class Relation(NamedTuple):
    """`left` `sign` `right`, the sign one of >=, <=, >, <."""

    left: Expr
    sign: str
    right: Expr


class Condition(NamedTuple):
    """`subject` lies in one of the intervals: always where one has no ends, never where there is none."""

    subject: Expr
    intervals: tuple[Interval, ...]


Claim = Relation | Condition
Claims = tuple[Claim, ...]
"""Claims that hold at once; none of them is no claim at all."""


class SymbolCase(NamedTuple):
    """While `when` holds, the unknown lies where `condition` says."""

    when: Claim
    condition: Condition


class Zeros(NamedTuple):
    """The real values of `subject` at which a polynomial is zero, ascending."""

    subject: Expr
    values: tuple[Expr, ...]


Statement = Claim | SymbolCase | Zeros


def exact(value: int | Fraction) -> Expr:
    """Return a whole number or fraction as SymPy has it."""
    return sympy.Rational(value.numerator, value.denominator)


def symbol_of(parameter: Parameter) -> Expr:
    """Return a scheme's parameter as a symbol."""
    return sympy.Symbol(parameter.symbol, positive=True)


def weights_of(scheme: Scheme, sizes: Sizes, bias: Bias = False) -> Expr:
    """Return a scheme's weights as an expression, with the biases that count."""
    return formulas.weights(scheme.stages(sizes), bias)


def macs_of(scheme: Scheme, sizes: Sizes, maps: Maps) -> Expr:
    """Return a scheme's MACs as an expression, each stage's at the positions that it writes."""
    return formulas.macs(scheme.stages(sizes), maps)


def spelled_out(expression: Expr) -> Expr:
    """Return an expression with F as F_r F_c and symbols for roots as those, as people read it."""
    roots = {root: sympy.sqrt(spelled_out(root.square)) for root in expression.atoms(RootSymbol)}
    return expression.xreplace(roots | _READABLE)


def terms(expression: Expr) -> tuple[Expr, ...]:
    """Return the terms of a sum, multiplied out."""
    return tuple(sympy.Add.make_args(sympy.expand(expression)))


def apart(expression: Expr) -> tuple[Expr, Expr]:
    """Return two sums of terms without sign, of which the expression is the difference."""
    negative = [term for term in terms(expression) if term.as_coeff_Mul()[0].is_negative]
    taken = -sympy.Add(*negative)
    return sympy.expand(expression + taken), taken


def coefficients(expression: Expr, variable: Expr) -> list[Expr]:
    """Return the coefficients of a polynomial, constant first, the last one not zero.

    >>> coefficients(N_O * (TAPS - 1) - TAPS, N_O)
    [-F, F - 1]
    """
    found: defaultdict[int, Expr] = defaultdict(lambda: ZERO)
    for term in terms(expression):
        coefficient, power = term.as_independent(variable, as_Add=False)
        degree = int(power.as_base_exp()[1]) if power.free_symbols else 0
        found[degree] += coefficient
    return [found[degree] for degree in range(max(found) + 1)]


def common_factor(products: Iterable[Expr]) -> Expr:
    """Return the greatest product of a positive number and powers that divides each of the products.

    >>> common_factor([6 * N_O**2 / N_I, 4 * N_O])
    2*N_o/N_i
    """
    split = [product.as_coeff_Mul() for product in products]
    number = sympy.Rational(gcd(*(int(c.p) for c, _ in split)), lcm(*(int(c.q) for c, _ in split)))
    powers = [rest.as_powers_dict() for _, rest in split]
    bases = {base for each in powers for base in each}
    return number * sympy.Mul(*(base ** min(each.get(base, 0) for each in powers) for base in bases))


def ratio(above: Expr, below: Expr) -> Expr:
    """Return a quotient; of two numbers, as a sum with no root below a fraction bar.

    >>> ratio(sympy.Integer(7), 3 - sympy.sqrt(2))
    sqrt(2) + 3
    """
    if not (above.is_number and below.is_number):
        return above / below
    for root in below.atoms(sympy.Pow):
        conjugate = below.xreplace({root: -root})
        above, below = above * conjugate, sympy.expand(below * conjugate)
    return sympy.expand(above / below)


def signs(expression: Expr) -> frozenset[int]:
    """Return the signs, of -1, 0 and 1, that a polynomial may take where each symbol is at least 1.

    All three where they can't be told. Shifting each symbol to 1 + x, x >= 0, a polynomial whose
    terms all have one sign has that sign.

    >>> sorted(signs(N_O + TAPS)), sorted(signs(TAPS - 1)), sorted(signs(TAPS - GAMMA))
    ([1], [0, 1], [-1, 0, 1])
    """
    free = expression.free_symbols
    if not free:
        return frozenset({sign_of_number(expression)})
    shifted: defaultdict[Expr, Expr] = defaultdict(lambda: ZERO)
    for term in terms(expression.xreplace({symbol: symbol + 1 for symbol in free})):
        coefficient, powers = term.as_independent(*free, as_Add=False)
        shifted[powers] += coefficient
    taken = {sign_of_number(coefficient) for coefficient in shifted.values()}
    if {-1, 1} <= taken:
        return frozenset({-1, 0, 1})
    at_one = sign_of_number(shifted[ONE])
    return frozenset({at_one} if at_one else taken | {0})


def sign_of_number(value: Expr) -> int:
    """Return -1, 0 or 1 for an exact real number."""
    if not value.is_Rational:
        value = sympy.expand(value)
    if value.is_Rational:
        return int(value.p > 0) - int(value.p < 0)
    # Multiplied out, and not rational: so it is not zero, and one figure of it is right. A real root that
    # radicals of complex numbers write may keep an imaginary part, of rounding alone.
    return 1 if sympy.re(value.evalf(2, maxn=_MOST_FIGURES)) > 0 else -1
