"""A break-even problem about two schemes as one about a single variable, in which costs are polynomials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

import sympy

from sepcost.core.build import MULTIPLIER, why_not_of_channels
from sepcost.core.formulas import Sizes
from sepcost.core.layer import Layer
from sepcost.core.scheme import Parameter, Scheme
from sepcost.solver.constraints import Constraint, constraints
from sepcost.solver.problem import UNKNOWNS, Problem, unknown_of
from sepcost.solver.symbolic import (
    F_C,
    F_R,
    GAMMA,
    N_I,
    N_O,
    ONE,
    ROOT,
    TAPS,
    Expr,
    K,
    RootSymbol,
    exact,
    spelled_out,
)


@dataclass(frozen=True)
class Formulation:
    """A problem about two schemes in one `variable`, in which costs are polynomials, from `lower` to `upper`.

    subject: the unknown as people write it.
    unknown: the same as an expression in the variable, which it grows or `falls` with.
    shown: the variable as an expression in the unknown.
    upper: None where nothing ends the variable.
    """

    subject: Expr
    sizes: Sizes
    variable: Expr
    unknown: Expr
    shown: Expr
    lower: Expr = ONE
    upper: Expr | None = None
    falls: bool = False

    def at(self, value: Expr) -> Expr:
        """Return the unknown, in its simplest exact form, where the variable has that value."""
        if self.variable == TAPS:
            square = spelled_out(value)
            return sympy.Pow(square, sympy.Rational(1, 2), evaluate=bool(square.is_Rational))
        unknown = self.unknown.xreplace({self.variable: value})
        return spelled_out(sympy.expand(unknown) if value.is_Add else unknown)

    def in_unknown(self, expression: Expr) -> Expr:
        """Return an expression in the variable as one in the unknown, as people read it."""
        return spelled_out(expression.xreplace({self.variable: self.shown}))

    @property
    def domain(self) -> tuple[Expr, Expr | None]:
        """The least and the greatest value of the unknown; None where nothing ends it."""
        ends = self.at(self.lower), None if self.upper is None else self.at(self.upper)
        return (ends[1], ends[0]) if self.falls else ends

    def in_root(self) -> Formulation:
        """Return the same in the square root of the variable, which costs are then polynomials in."""
        root = RootSymbol(self.variable)
        square = {self.variable: root**2}
        sizes = self.sizes._replace(
            **{name: _replaced(value, square) for name, value in self.sizes._asdict().items()}
        )
        upper = None if self.upper is None else sympy.sqrt(self.upper)
        return replace(
            self,
            sizes=sizes,
            variable=root,
            unknown=self.unknown.xreplace(square),
            shown=sympy.sqrt(self.shown),
            lower=sympy.sqrt(self.lower),
            upper=upper,
        )

    def counts(self, schemes: tuple[Scheme, ...], multipliers: bool) -> list[Expr]:
        """Return what has to be whole for a layer to be built in each scheme, in the unknown alone.

        multipliers: whether depthwise multipliers that follow gamma are among it: where one is not whole,
        the exact cost is still compared.
        """
        every = self._counts(schemes, multipliers)
        return [count for count in every if count.free_symbols <= {self.subject}]

    def open_counts(self, schemes: tuple[Scheme, ...]) -> tuple[Constraint, ...]:
        """Return what has to be whole of the unknown and of symbols left free, and may not be."""
        both = (count for count in self._counts(schemes) if {self.subject} < count.free_symbols)
        every = dict.fromkeys(Constraint(spelled_out(count)) for count in both)
        return tuple(each for each in every if each.is_open)

    def broken(self, schemes: tuple[Scheme, ...]) -> tuple[Scheme, Constraint] | None:
        """Return what keeps a scheme from being built whatever the unknown and the symbols left free."""
        every = ((scheme, each) for scheme in schemes for each in self._needs(scheme, multipliers=False))
        return next(((scheme, each) for scheme, each in every if each.is_broken), None)

    def _counts(self, schemes: tuple[Scheme, ...], multipliers: bool = False) -> list[Expr]:
        every = (each.value for scheme in schemes for each in self._needs(scheme, multipliers))
        return [count.xreplace({self.variable: self.shown}) for count in every]

    def _needs(self, scheme: Scheme, multipliers: bool) -> list[Constraint]:
        every = constraints(scheme, self.sizes)
        return [
            each for each in every if multipliers or each.need.problem != MULTIPLIER or not scheme.reads_gamma
        ]


def _replaced(value: Expr, replacements: Mapping[Expr, Expr]) -> Expr:
    if isinstance(value, Mapping):
        return {name: _replaced(each, replacements) for name, each in value.items()}
    return sympy.sympify(value).xreplace(replacements)


class _Traits(NamedTuple):
    """What two schemes hold to or read: N_o = gamma N_i, √gamma, gamma at all, F_r and F_c apart.

    parameter: the one that is the unknown, None where that is a size.
    """

    tied: bool
    rooted: bool
    reads_gamma: bool
    reads_axes: bool
    parameter: Parameter | None


def formulate(problem: Problem, schemes: tuple[Scheme, Scheme], tied: bool = False) -> Formulation | str:
    """Return a problem about two schemes in one variable, or the reason why there is nothing to solve.

    tied: whether N_o = gamma N_i has to hold whatever the schemes need.
    """
    parameter = next((p for scheme in schemes for p in scheme.parameters if p.name == problem.unknown), None)
    traits = _Traits(
        tied=tied or any(problem.ties_channels(scheme) for scheme in schemes),
        rooted=any(scheme.reads_root_gamma for scheme in schemes),
        reads_gamma=tied or any(scheme.reads_gamma for scheme in schemes),
        reads_axes=any(scheme.reads_axes for scheme in schemes),
        parameter=parameter,
    )
    if problem.unknown not in UNKNOWNS:
        return _for_parameter(problem, traits)
    by_size = {"N_o": _for_outputs, "N_i": _for_inputs, "gamma": _for_gamma, "k": _for_kernel}
    return by_size[problem.unknown](problem, traits)


def _for_outputs(problem: Problem, traits: _Traits) -> Formulation | str:
    n_i, gamma = problem.n_i, problem.gamma
    if n_i is None or not traits.reads_gamma or (gamma is not None and not traits.tied):
        multiplier = _held_gamma(gamma, traits)
        inputs = N_O / multiplier if traits.tied else _value(n_i, N_I)
        return Formulation(N_O, _sizes(problem, traits, inputs, N_O, multiplier), N_O, N_O, N_O)
    if gamma is not None:
        return "N_o = gamma N_i is fixed by the gamma and N_i given"
    if traits.rooted:
        sizes = _sizes(problem, traits, exact(n_i), n_i * ROOT**2, ROOT**2)
        return Formulation(N_O, sizes, ROOT, n_i * ROOT**2, sympy.sqrt(N_O / n_i))
    sizes = _sizes(problem, traits, exact(n_i), N_O, N_O / n_i)
    return Formulation(N_O, sizes, N_O, N_O, N_O, lower=exact(n_i))


def _for_inputs(problem: Problem, traits: _Traits) -> Formulation | str:
    n_o, gamma = problem.n_o, problem.gamma
    if n_o is None:
        multiplier = _held_gamma(gamma, traits)
        sizes = _sizes(problem, traits, N_I, multiplier * N_I, multiplier)
        return Formulation(N_I, sizes, N_I, N_I, N_I)
    if gamma is not None and traits.tied:
        return "N_i = N_o/gamma is fixed by the gamma and N_o given"
    if gamma is not None or not traits.reads_gamma:
        sizes = _sizes(problem, traits, N_I, exact(n_o), _value(gamma, GAMMA))
        return Formulation(N_I, sizes, N_I, N_I, N_I)
    if traits.rooted:
        sizes = _sizes(problem, traits, n_o / ROOT**2, exact(n_o), ROOT**2)
        unknown, shown, upper = n_o / ROOT**2, sympy.sqrt(n_o / N_I), sympy.sqrt(n_o)
        return Formulation(N_I, sizes, ROOT, unknown, shown, upper=upper, falls=True)
    sizes = _sizes(problem, traits, N_I, exact(n_o), n_o / N_I)
    return Formulation(N_I, sizes, N_I, N_I, N_I, upper=exact(n_o))


def _for_gamma(problem: Problem, traits: _Traits) -> Formulation | str:
    n_i, n_o = problem.n_i, problem.n_o
    variable, gamma = (ROOT, ROOT**2) if traits.rooted else (GAMMA, GAMMA)
    if n_i is not None and n_o is not None:
        if traits.tied:
            return "gamma = N_o/N_i is fixed by the channels given"
        inputs, outputs = exact(n_i), exact(n_o)
    elif n_i is not None:
        inputs, outputs = exact(n_i), n_i * gamma
    else:
        outputs = _value(n_o, N_O)
        inputs = outputs / gamma if traits.tied else N_I
    sizes = _sizes(problem, traits, inputs, outputs, gamma)
    return Formulation(GAMMA, sizes, variable, gamma, sympy.sqrt(GAMMA) if traits.rooted else GAMMA)


def _for_kernel(problem: Problem, traits: _Traits) -> Formulation | str:
    channels = _held_channels(problem, traits)
    if isinstance(channels, str):
        return channels
    sizes = _sizes(problem, traits, *channels)
    if traits.reads_axes:
        return Formulation(K, sizes, K, K, K)
    return Formulation(K, sizes, TAPS, sympy.sqrt(TAPS), K**2)


def _for_parameter(problem: Problem, traits: _Traits) -> Formulation | str:
    if traits.parameter is None:
        return f"neither scheme has the parameter {problem.unknown}"
    channels = _held_channels(problem, traits)
    if isinstance(channels, str):
        return channels
    symbol = unknown_of(traits.parameter)
    lower = sympy.Integer(traits.parameter.least)
    return Formulation(symbol, _sizes(problem, traits, *channels), symbol, symbol, symbol, lower=lower)


def _held_channels(problem: Problem, traits: _Traits) -> tuple[Expr, Expr, Expr] | str:
    """Return N_i, N_o and gamma where none of them is the unknown, or why they cannot hold together."""
    n_i, n_o, gamma = problem.n_i, problem.n_o, problem.gamma
    if n_i is not None and n_o is not None:
        layer = Layer(n_i, n_o, gamma=gamma)
        if (reason := why_not_of_channels(layer, traits.reads_gamma, traits.tied)) is not None:
            return reason
        gamma = layer.gamma
    multiplier = _held_gamma(gamma, traits)
    if n_o is None and n_i is not None and (traits.reads_gamma or gamma is not None):
        return exact(n_i), multiplier * n_i, multiplier
    outputs = _value(n_o, N_O)
    return outputs / multiplier if traits.tied else _value(n_i, N_I), outputs, multiplier


def _sizes(problem: Problem, traits: _Traits, n_i: Expr, n_o: Expr, gamma: Expr) -> Sizes:
    """Return sizes with the kernel and the parameters of a problem, symbols where they are not given."""
    parameters = {name: sympy.Integer(value) for name, value in problem.parameters.items()}
    if traits.parameter is not None:
        parameters[traits.parameter.name] = unknown_of(traits.parameter)
    if problem.kernel is not None:
        f_r, f_c = map(sympy.Integer, problem.kernel)
        return Sizes(n_i, n_o, f_r * f_c, gamma, f_r, f_c, parameters)
    if problem.unknown == "k" and traits.reads_axes:
        return Sizes(n_i, n_o, K**2, gamma, K, K, parameters)
    # Read apart, F_r and F_c are symbols; else their product is one.
    return Sizes(n_i, n_o, F_R * F_C if traits.reads_axes else TAPS, gamma, F_R, F_C, parameters)


def _held_gamma(gamma: Fraction | None, traits: _Traits) -> Expr:
    """Return gamma: a number where it is given, else a symbol, or its root's square where that is read."""
    return ROOT**2 if traits.rooted and gamma is None else _value(gamma, GAMMA)


def _value(given: int | Fraction | None, symbol: Expr) -> Expr:
    return symbol if given is None else exact(given)
