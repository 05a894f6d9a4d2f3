"""The stages of a scheme where they can be built: channels are whole numbers."""

from __future__ import annotations

from fractions import Fraction

from sepcost.comparison import simplest, sizes_of
from sepcost.core.errors import FieldError
from sepcost.core.formulas import Sizes, Stages
from sepcost.core.layer import Layer
from sepcost.core.schemes import scheme_named


def built_stages(name: str, n_i: int, n_o: int, taps: int, gamma: Fraction | None = None) -> Stages:
    """Return the stages of the scheme `name`; gamma is n_o / n_i unless given.

    Raises FieldError, with the scheme as its field, where it is not applicable or not realizable.

    >>> [stage.weights() for stage in built_stages("separable", 512, 512, taps=9)]
    [4608, 262144]
    """
    scheme = scheme_named(name)
    layer = Layer(n_i, n_o, kernel=1, gamma=gamma)
    reason = scheme.why_not(layer)
    if reason is not None:
        raise FieldError(name, reason)
    sizes = Sizes(*map(simplest, sizes_of(layer, scheme)))
    stages = scheme.stages(sizes._replace(taps=taps))
    multiplier = stages[0].multiplier
    if multiplier is not None and not isinstance(multiplier, int):
        raise FieldError(name, f"is not realizable: its multiplier {multiplier} is not whole")
    return stages
