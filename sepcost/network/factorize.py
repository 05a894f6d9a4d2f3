"""The stages of a scheme where they can be built: channels are whole numbers."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from sepcost.errors import FieldError
from sepcost.formulas import Sizes, Stages
from sepcost.layer import Layer
from sepcost.schemes import scheme_named


def factorized(name: str, n_i: int, n_o: int, taps: int, gamma: Fraction | None = None) -> Stages:
    """Return the stages of the scheme `name`; gamma is n_o / n_i unless given.

    Raises FieldError, with the scheme as its field, where it is not applicable or not realizable.

    >>> [stage.weights() for stage in factorized("separable", 512, 512, taps=9)]
    [4608, 262144]
    """
    scheme = scheme_named(name)
    layer = Layer(n_i, n_o, kernel=1, gamma=gamma)
    reason = scheme.why_not(layer)
    if reason is not None:
        raise FieldError(name, reason)
    if not scheme.reads_gamma:
        return scheme.stages(Sizes(n_i, n_o, taps))
    gamma = layer.gamma
    root = isqrt(gamma.numerator)
    if scheme.ties_channels and (gamma.denominator != 1 or root * root != gamma):
        raise FieldError(name, f"is not realizable: sqrt(gamma) = sqrt({gamma}) is not whole")
    if gamma.denominator != 1:
        raise FieldError(name, f"is not realizable: gamma = {gamma} is not whole")
    return scheme.stages(Sizes(n_i, n_o, taps, int(gamma), root))
