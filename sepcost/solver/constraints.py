"""What has to be whole for a layer to be built in a scheme, while sizes and parameters are symbols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import sympy

from sepcost.core.build import Need, needs
from sepcost.core.formulas import Sizes
from sepcost.core.scheme import Scheme
from sepcost.solver import mathtext
from sepcost.solver.symbolic import GAMMA, Expr


class Constraint(NamedTuple):
    """An expression that has to be a whole number of at least 1, as `need` says."""

    value: Expr
    need: Need = Need("", 1)

    @property
    def is_broken(self) -> bool:
        """Whether it is a number, and not a whole one of at least 1."""
        return bool(self.value.is_number) and not (self.value.is_Integer and self.value >= 1)

    @property
    def is_open(self) -> bool:
        """Whether it holds for some whole sizes and parameters and not for others."""
        if self.value.is_number:
            return False
        return _is_divided(self.value) or GAMMA in self.value.free_symbols or _may_be_negative(self.value)

    def __str__(self) -> str:
        return self.need.said(mathtext.text)


def constraints(scheme: Scheme, sizes: Sizes) -> Iterator[Constraint]:
    """Yield what has to be whole for a layer to be built in a scheme, in SymPy's numbers and symbols."""
    for need in needs(scheme.own(sizes), scheme.stages(sizes), sizes.n_o):
        yield Constraint(sympy.sympify(need.above) / need.below, need)


def constraint_words(found: Iterable[Constraint]) -> list[str]:
    """Return what open constraints say, those of one divisor together.

    >>> n, g = sympy.symbols("N_o g", positive=True)
    >>> constraint_words(Constraint(value) for value in (n / g, 2 * n / g, sympy.sqrt(n)))
    ['g divides N_o and 2*N_o', 'sqrt(N_o) is whole']
    """
    divided: dict[Expr, list[str]] = {}
    said = []
    values = dict.fromkeys(each.value for each in found)
    # What a whole root, or a multiple of a whole number, makes whole needs no word.
    implied = {value.as_numer_denom()[0] for value in values if _is_divided(value)}
    is_rooted = any(map(_roots, values))
    for value in values:
        above, below = value.as_numer_denom()
        follows = value in implied or (is_rooted and value != GAMMA)
        if below != 1 and not _roots(value):
            divided.setdefault(below, []).append(mathtext.text(above))
        elif _roots(value) or (GAMMA in value.free_symbols and not follows):
            said.append(f"{mathtext.text(value)} is whole")
        if _may_be_negative(value):
            said.append(f"{mathtext.text(value)} is at least 1")
    return [f"{mathtext.text(below)} divides {' and '.join(all_)}" for below, all_ in divided.items()] + said


def _is_divided(value: Expr) -> bool:
    return value.as_numer_denom()[1] != 1 or bool(_roots(value))


def _roots(value: Expr) -> set[Expr]:
    return {power for power in value.atoms(sympy.Pow) if not power.exp.is_Integer}


def _may_be_negative(value: Expr) -> bool:
    return any(term.as_coeff_Mul()[0].is_negative for term in sympy.Add.make_args(value))
