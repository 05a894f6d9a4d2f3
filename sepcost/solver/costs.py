"""What two schemes cost in one variable, as polynomials that can be compared."""

from __future__ import annotations

from typing import NamedTuple

import sympy

from sepcost.core.formulas import Sizes, on_one_map
from sepcost.core.layer import keeps_size
from sepcost.core.scheme import Scheme
from sepcost.solver.formulation import Formulation, formulate
from sepcost.solver.inequality import Product, cancelled, difference, factored
from sepcost.solver.maps import maps_of
from sepcost.solver.problem import Problem
from sepcost.solver.symbolic import (
    GAMMA,
    N_I,
    ZERO,
    Expr,
    RootSymbol,
    UndecidedError,
    macs_of,
    signs,
    weights_of,
)

SchemePair = tuple[Scheme, Scheme]
"""The baseline, and the scheme that is compared with it."""


class Compared(NamedTuple):
    """Costs of the baseline and of a scheme, as polynomials in the variable.

    products: the two, each taken apart. difference: has the sign of the baseline's less the scheme's.
    shared: the biases of the outputs, which both hold and neither cost has.
    on_one_map: whether every stage writes as many positions as every other.
    """

    formulation: Formulation
    products: tuple[Product, Product]
    difference: Expr
    shared: Expr
    on_one_map: bool

    @property
    def is_per_input(self) -> bool:
        """Whether both costs are multiples of N_i, so that nothing depends on N_i."""
        n_i = self.formulation.sizes.n_i
        return all(
            N_I not in (cost.factor / n_i).free_symbols | cost.rest.free_symbols for cost in self.products
        )


def compared(problem: Problem, pair: SchemePair, metric: str) -> Compared | str:
    """Return what two schemes cost in a metric, or the reason why there is nothing to solve.

    Where gamma is held and N_i is not, N_o = gamma N_i gives the N_i that would else stay free.
    Raises UndecidedError for costs that are no polynomials.
    """
    found = _compared(problem, pair, metric, tied=False)
    if isinstance(found, str) or found.formulation.subject == N_I or not _holds_gamma(problem):
        return found
    if found.formulation.sizes.n_i != N_I or found.is_per_input:
        return found
    tied = _compared(problem, pair, metric, tied=True)
    return found if isinstance(tied, str) else tied


def _is_on_one_map(problem: Problem, pair: SchemePair, sizes: Sizes) -> bool:
    return keeps_size(problem.stride, problem.padding) or all(
        on_one_map(scheme.stages(sizes)) for scheme in pair
    )


def _holds_gamma(problem: Problem) -> bool:
    return problem.gamma is not None or problem.unknown == GAMMA.name


def _compared(problem: Problem, pair: SchemePair, metric: str, tied: bool) -> Compared | str:
    formulation = formulate(problem, pair, tied)
    if isinstance(formulation, str):
        return formulation
    sizes = formulation.sizes
    shared = sizes.n_o if problem.bias and metric == "weights" else ZERO
    try:
        costs = [_cost(problem, scheme, sizes, metric) - shared for scheme in pair]
    except ZeroDivisionError:
        costs = [sympy.nan]
    if any(cost.has(sympy.nan, sympy.zoo) for cost in costs):
        return "an expression of a scheme divides by zero for these sizes"
    costs = [sympy.expand(cost) for cost in costs]
    if ZERO in costs:
        return "a scheme comes to no channels for these sizes"
    formulation, costs = _without_roots(formulation, costs)
    baseline, scheme = map(factored, _without_sums_below(costs))
    reduced = difference(*cancelled(baseline, scheme))
    on_one = _is_on_one_map(problem, pair, sizes)
    return Compared(formulation, (baseline, scheme), reduced, shared, on_one)


def _cost(problem: Problem, scheme: Scheme, sizes: Sizes, metric: str) -> Expr:
    if metric == "weights":
        return sympy.sympify(weights_of(scheme, sizes, problem.bias))
    return sympy.sympify(macs_of(scheme, sizes, maps_of(problem)))


def _without_roots(formulation: Formulation, costs: list[Expr]) -> tuple[Formulation, list[Expr]]:
    """Return costs as polynomials in the square roots of symbols where they hold those."""
    powers = {power for cost in costs for power in cost.atoms(sympy.Pow)}
    bases = {power.base for power in powers if power.exp.q != 1 and power.base.free_symbols}
    if any(not base.is_Symbol for base in bases):
        raise UndecidedError(why="its cost holds the square root of a sum")
    if any(power.exp.q > 2 for power in powers if power.base.free_symbols):
        raise UndecidedError(why="its cost holds a root of a root")
    replaced = {base: RootSymbol(base) ** 2 for base in bases}
    if formulation.variable in bases:
        formulation = formulation.in_root()
    return formulation, [sympy.expand(cost.xreplace(replaced)) for cost in costs]


def _without_sums_below(costs: list[Expr]) -> list[Expr]:
    """Return costs times what they have below a fraction bar, beside powers of symbols."""
    if not any(power.base.is_Add for cost in costs for power in cost.atoms(sympy.Pow)):
        return costs
    below = sympy.lcm_list([sympy.fraction(sympy.together(cost))[1] for cost in costs])
    sign = signs(sympy.expand(below))
    positive = below if sign == {1} else -below if sign == {-1} else below**2
    return [sympy.expand(sympy.cancel(cost * positive)) for cost in costs]
