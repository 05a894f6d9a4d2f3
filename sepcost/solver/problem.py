"""A break-even question: what is unknown, what is given, and how that ties a layer's sizes together."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import sympy

from sepcost.core.formulas import Sizes
from sepcost.core.given import Given
from sepcost.core.schemes import Scheme
from sepcost.solver.admissible import Whole
from sepcost.solver.symbolic import GAMMA, N_I, N_O, ONE, ROOT, TAPS, Expr, K, exact, spelled_out

UNKNOWNS = {"N_o": N_O, "N_i": N_I, "gamma": GAMMA, "k": K}


@dataclass(frozen=True, kw_only=True)
class Question(Given):
    """What is asked: the unknown, beside the sizes that are held.

    tied: whether N_o = gamma N_i holds for generalized too.
    Raises FieldError where the unknown itself is given.
    """

    unknown: str
    tied: bool = False

    def __post_init__(self) -> None:
        self.refuse(self.unknown)

    @property
    def taps(self) -> Expr:
        """F_r F_c, a number where the kernel is given."""
        return TAPS if self.kernel is None else sympy.Integer(self.kernel[0] * self.kernel[1])

    def ties(self, scheme: Scheme) -> bool:
        """Whether N_o = gamma N_i is asked of a scheme."""
        return scheme.ties_channels or (self.tied and scheme.reads_gamma)


@dataclass(frozen=True)
class Setting:
    """A layer's sizes in terms of one polynomial `variable`, which runs from `lower` to `upper`.

    subject: the unknown as people write it.
    unknown: the same as an expression in the variable, which it grows or `falls` with.
    shown: the variable as an expression in what is asked for.
    upper: None where nothing ends the variable.
    """

    subject: Expr
    sizes: Sizes
    variable: Expr
    unknown: Expr
    shown: Expr
    whole: Whole
    lower: Expr = ONE
    upper: Expr | None = None
    falls: bool = False

    def at(self, value: Expr) -> Expr:
        """Return the unknown, in its simplest exact form, where the variable has that value."""
        if self.subject == K:
            square = spelled_out(value)
            return sympy.Pow(square, sympy.Rational(1, 2), evaluate=bool(square.is_Rational))
        unknown = self.unknown.xreplace({self.variable: value})
        return spelled_out(sympy.expand(unknown) if value.is_Add else unknown)

    @property
    def domain(self) -> tuple[Expr, Expr | None]:
        """The least and the greatest value of the unknown; None where nothing ends it."""
        ends = self.at(self.lower), None if self.upper is None else self.at(self.upper)
        return (ends[1], ends[0]) if self.falls else ends


def setting_of(question: Question, schemes: tuple[Scheme, Scheme]) -> Setting | str:
    """Return how a question ties the sizes of two schemes, or the reason why it cannot be asked."""
    needs = _Needs(
        tied=any(question.ties(scheme) for scheme in schemes),
        rooted=any(scheme.reads_root_gamma for scheme in schemes),
        reads_gamma=any(scheme.reads_gamma for scheme in schemes),
    )
    asked = {"N_o": _for_outputs, "N_i": _for_inputs, "gamma": _for_gamma, "k": _for_kernel}
    return asked[question.unknown](question, needs)


class _Needs(NamedTuple):
    """What two schemes ask of the sizes: N_o = gamma N_i, √gamma, gamma at all."""

    tied: bool
    rooted: bool
    reads_gamma: bool


def _for_outputs(question: Question, needs: _Needs) -> Setting | str:
    n_i, gamma = question.n_i, question.gamma
    if n_i is None or not needs.reads_gamma or (gamma is not None and not needs.tied):
        multiplier = _held_gamma(gamma, needs)
        inputs = N_O / multiplier if needs.tied else _value(n_i, N_I)
        step = gamma.numerator if needs.tied and gamma is not None else 1
        return Setting(N_O, Sizes(inputs, N_O, question.taps, multiplier), N_O, N_O, N_O, Whole(step=step))
    if gamma is not None:
        return "N_o = gamma N_i is fixed by the gamma and N_i given"
    if needs.rooted:
        sizes = Sizes(exact(n_i), n_i * ROOT**2, question.taps, ROOT**2)
        return Setting(N_O, sizes, ROOT, n_i * ROOT**2, sympy.sqrt(N_O / n_i), Whole(least=n_i))
    sizes = Sizes(exact(n_i), N_O, question.taps, N_O / n_i)
    return Setting(N_O, sizes, N_O, N_O, N_O, Whole(least=n_i), lower=exact(n_i))


def _for_inputs(question: Question, needs: _Needs) -> Setting | str:
    n_o, gamma = question.n_o, question.gamma
    if n_o is None:
        multiplier = _held_gamma(gamma, needs)
        step = 1 if gamma is None else gamma.denominator
        sizes = Sizes(N_I, multiplier * N_I, question.taps, multiplier)
        return Setting(N_I, sizes, N_I, N_I, N_I, Whole(step=step))
    if gamma is not None and needs.tied:
        return "N_i = N_o/gamma is fixed by the gamma and N_o given"
    if gamma is not None or not needs.reads_gamma:
        sizes = Sizes(N_I, exact(n_o), question.taps, _value(gamma, GAMMA))
        return Setting(N_I, sizes, N_I, N_I, N_I, Whole())
    if needs.rooted:
        sizes = Sizes(n_o / ROOT**2, exact(n_o), question.taps, ROOT**2)
        unknown, shown = n_o / ROOT**2, sympy.sqrt(n_o / N_I)
        upper = sympy.sqrt(n_o)
        return Setting(N_I, sizes, ROOT, unknown, shown, Whole(most=n_o), upper=upper, falls=True)
    sizes = Sizes(N_I, exact(n_o), question.taps, n_o / N_I)
    return Setting(N_I, sizes, N_I, N_I, N_I, Whole(most=n_o), upper=exact(n_o))


def _for_gamma(question: Question, needs: _Needs) -> Setting | str:
    n_i, n_o = question.n_i, question.n_o
    variable, gamma = (ROOT, ROOT**2) if needs.rooted else (GAMMA, GAMMA)
    whole = Whole()
    if n_i is not None and n_o is not None:
        if needs.tied:
            return "gamma = N_o/N_i is fixed by the channels given"
        inputs, outputs = exact(n_i), exact(n_o)
    elif n_i is not None:
        inputs, outputs = exact(n_i), n_i * gamma
    else:
        outputs = _value(n_o, N_O)
        inputs = outputs / gamma if needs.tied else N_I
        whole = Whole(divides=n_o) if needs.tied else Whole()
    sizes = Sizes(inputs, outputs, question.taps, gamma)
    return Setting(GAMMA, sizes, variable, gamma, sympy.sqrt(GAMMA) if needs.rooted else GAMMA, whole)


def _for_kernel(question: Question, needs: _Needs) -> Setting | str:
    n_i, n_o, gamma = question.n_i, question.n_o, question.gamma
    if gamma is None and n_i is not None and n_o is not None:
        gamma = Fraction(n_o, n_i)
        if needs.reads_gamma and gamma < 1:
            return f"gamma = N_o/N_i = {gamma} is below 1"
    if needs.tied and gamma is not None and n_i is not None and n_o is not None and n_o != gamma * n_i:
        return f"N_o = {n_o} is not gamma N_i = {gamma * n_i}"
    multiplier = _held_gamma(gamma, needs)
    if n_o is None and n_i is not None and (needs.reads_gamma or gamma is not None):
        inputs, outputs = exact(n_i), multiplier * n_i
    else:
        outputs = _value(n_o, N_O)
        inputs = outputs / multiplier if needs.tied else _value(n_i, N_I)
    exists = all(not size.is_number or size.is_Integer for size in (inputs, outputs))
    sizes = Sizes(inputs, outputs, TAPS, multiplier)
    return Setting(K, sizes, TAPS, sympy.sqrt(TAPS), K**2, Whole(exists=exists))


def _held_gamma(gamma: Fraction | None, needs: _Needs) -> Expr:
    """Return gamma: a number where it is given, else a symbol, or its root's square where that is read."""
    return ROOT**2 if needs.rooted and gamma is None else _value(gamma, GAMMA)


def _value(given: int | Fraction | None, symbol: Expr) -> Expr:
    return symbol if given is None else exact(given)
