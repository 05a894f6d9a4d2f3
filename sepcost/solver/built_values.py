"""The values of one size with which a layer is built, where its channels are no products of sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import islice

import sympy

from sepcost.core.formulas import Number, Sizes, Stage
from sepcost.core.monomial import NoRuleError
from sepcost.core.scheme import Scheme
from sepcost.solver.admissible import Whole
from sepcost.solver.constraints import constraints
from sepcost.solver.counts import whole_values
from sepcost.solver.interval import Interval, common
from sepcost.solver.symbolic import exact

MOST = 32_000
"""The most values that are listed: more than there are squares up to 10^9."""

SizesIn = Callable[[Number, Callable[[int | Fraction], Number]], Sizes]
"""An unknown, and what makes a number of its kind -> a layer's sizes in that."""

_X = sympy.Symbol("x", positive=True)
_ROOT = sympy.Symbol("root", positive=True)


def built_values(scheme: Scheme, sizes_in: SizesIn, first: int, last: int) -> Sequence[int]:
    """Return, ascending, the x from `first` to `last` with which a layer is built.

    A list where cost may fall as x grows, else a range or a tuple.
    Raises ArithmeticError where no rule tells them, or there are too many to list.
    """
    sizes = sizes_in(_X, exact)
    try:
        whole = whole_values([each.value for each in constraints(scheme, sizes)], _X)
    except (sympy.PolynomialError, NotImplementedError):
        raise NoRuleError from None
    asked = (Interval(first, last),)
    found = whole.within(asked)
    rises = all(map(_rises, scheme.stages(sizes)))
    if rises and isinstance(whole, Whole) and whole.candidates is None and not whole.counts:
        parts = common(asked, whole.inside)
        if len(parts) == 1:
            end = parts[0].upper + 1
            return range(next(found, end), end, whole.step)
    listed = list(islice(found, MOST + 1))
    if len(listed) > MOST:
        raise NoRuleError
    return tuple(listed) if rises else listed


def _rises(stage: Stage) -> bool:
    """Whether nothing that a stage costs falls as x grows: polynomials in √x of terms that grow."""
    for value in (stage.inputs, stage.outputs, stage.fan_in):
        found = sympy.sympify(value).xreplace({_X: _ROOT**2}).as_poly(_ROOT)
        if found is None or any(term < 0 for term in found.all_coeffs()[:-1]):
            return False
    return True
