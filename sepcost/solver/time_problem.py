"""A question about time; of one in channels, what two schemes do and move as polynomials in those."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import sympy

from sepcost.core.build import map_refusal
from sepcost.core.formulas import Sizes
from sepcost.core.layer import Layer
from sepcost.core.scheme import Scheme
from sepcost.hardware.estimate import Passes
from sepcost.hardware.execution import Execution
from sepcost.hardware.roofline import Run, passes_of_stages, run_of
from sepcost.solver.admissible import Admissible
from sepcost.solver.constraints import constraints
from sepcost.solver.counts import whole_values
from sepcost.solver.maps import geometry_of
from sepcost.solver.problem import UNKNOWNS, Problem
from sepcost.solver.quadratic import Quadratic
from sepcost.solver.symbolic import ONE, Expr, exact

NOT_QUADRATIC = "its MACs or bytes are no polynomial of degree two or less"


@dataclass(frozen=True, kw_only=True)
class TimeProblem(Problem):
    """A question about time: of the machine's balance, or of channels on one machine.

    execution: how the layer runs. Where the balance is unknown, a machine is one that was measured.
    """

    execution: Execution


@dataclass(frozen=True)
class TimeInChannels:
    """A question about time in channels. layer: one whose maps are the question's; run: how it runs."""

    problem: TimeProblem
    layer: Layer
    run: Run

    @property
    def unknown(self) -> Expr:
        """The unknown channels."""
        return UNKNOWNS[self.problem.unknown]

    @property
    def sizes(self) -> Sizes:
        """A layer's sizes, in the unknown channels."""
        given = self.problem
        n_i, n_o, gamma = given.channels(given.unknown, self.unknown, exact)
        return Sizes(n_i, n_o, self.layer.taps, gamma, *self.layer.kernel, given.parameters)

    def why_not(self, scheme: Scheme) -> str | None:
        """Return why a scheme has no time whatever the channels are, None where it has one."""
        given = self.problem
        is_tied = given.n_i is None and given.n_o is None
        if scheme.ties_channels and not is_tied:
            held = "N_i" if given.unknown == "N_o" else "N_o"
            return f"its N_o is gamma N_i, and {held} is held"
        if scheme.reads_gamma and given.gamma is None:
            return f"gamma is held while {given.unknown} grows: give gamma"
        broken = next((each for each in constraints(scheme, self.sizes) if each.is_broken), None)
        return map_refusal(self.layer, scheme.stages(self.sizes)) if broken is None else str(broken)

    def whole(self, sides: Iterable[Scheme]) -> Admissible:
        """Return the channels with which each scheme is built; NoRuleError where no rule tells them."""
        every = [each.value for side in sides for each in constraints(side, self.sizes)]
        return whole_values(every, self.unknown)

    def passes(self, scheme: Scheme) -> Passes:
        """Return the passes of a scheme, MACs and bytes as polynomials in the unknown channels.

        Raises ValueError where they are none of degree two or less.
        """
        in_unknown = partial(_in, self.unknown)
        # Of a multiplier, which need be no polynomial, it matters here alone that there is one.
        found = (each._replace(multiplier=each.multiplier and ONE) for each in scheme.stages(self.sizes))
        return passes_of_stages(tuple(stage.converted(in_unknown) for stage in found), self.run)


def in_channels(problem: TimeProblem) -> TimeInChannels:
    """Return a problem in channels with how its layers run; FieldError where it has no size."""
    layer = geometry_of(problem)
    return TimeInChannels(problem, layer, run_of(layer, problem.execution))


def _in(unknown: Expr, value: Expr) -> int | Quadratic:
    """Return an expression as a whole number or a polynomial; ValueError where it is neither."""
    number, rest = sympy.sympify(value).as_coeff_Mul()
    if rest == ONE and number.is_Integer:
        return int(number)
    if rest in (ONE, unknown) and number.is_Rational:
        ratio = Fraction(int(number.p), int(number.q))
        return Quadratic(ratio) if rest == ONE else Quadratic(0, ratio)
    found = sympy.cancel(value).as_poly(unknown)
    if found is None or not all(each.is_Rational for each in found.all_coeffs()):
        raise ValueError(f"{value} is no polynomial in {unknown}")
    return Quadratic(*(Fraction(int(each.p), int(each.q)) for each in reversed(found.all_coeffs())))
