"""A break-even problem: what is unknown, what is held, and how a layer's sizes then depend on each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sympy

from sepcost.core.errors import FieldError
from sepcost.core.given import FIELD_OF, Given, unknown_given
from sepcost.core.scheme import Parameter, Scheme
from sepcost.solver.symbolic import (
    GAMMA,
    N_I,
    N_O,
    TAPS,
    Expr,
    K,
    square_of,
)

UNKNOWNS = {"N_o": N_O, "N_i": N_I, "gamma": GAMMA, "k": K}
"""The sizes that can be the unknown, by the name that results have for them."""


_FIELDS = {"F": "kernel", "F_r": "kernel", "F_c": "kernel"} | dict.fromkeys(
    ("L_r", "L_c", "O_r", "O_c"), "size"
)


def unknown_of(parameter: Parameter) -> Expr:
    """Return the symbol for a parameter that is the unknown: it has the parameter's name."""
    return sympy.Symbol(parameter.name, positive=True)


def field_of(symbol: Expr) -> str:
    """Return the field that would give a symbol a value."""
    name = (square_of(symbol) or symbol).name
    return _FIELDS.get(name) or FIELD_OF.get(name, name)


@dataclass(frozen=True, kw_only=True)
class Problem(Given):
    """What is unknown, beside the sizes that are held.

    unknown: one of UNKNOWNS, or the name of a parameter. parameters: those that are given, by name.
    tied: whether N_o = gamma N_i holds for generalized too.
    Raises FieldError where the unknown itself is given.
    """

    unknown: str
    tied: bool = False
    parameters: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.refuse(self.unknown)
        if self.unknown in self.parameters:
            raise FieldError(self.unknown, unknown_given(self.unknown))

    @property
    def taps(self) -> Expr:
        """F_r F_c, a number where the kernel is given."""
        return TAPS if self.kernel is None else sympy.Integer(self.kernel[0] * self.kernel[1])

    def ties_channels(self, scheme: Scheme) -> bool:
        """Whether N_o = gamma N_i has to hold for a scheme."""
        return scheme.ties_channels or (self.tied and scheme.reads_gamma)
