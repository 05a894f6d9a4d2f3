"""The catalogue of schemes: each one's name, formula, constraint and source."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sepcost.core import formulas
from sepcost.core.formulas import Sizes, Stages
from sepcost.core.layer import Layer
from sepcost.core.lookup import by_name


class Scheme(NamedTuple):
    """One way to build a layer.

    reads_gamma: whether its depthwise multiplier follows the depth multiplier gamma.
    reads_root_gamma: whether that multiplier is √gamma, and not gamma itself.
    ties_channels: whether it is defined for n_o = gamma n_i only.
    """

    name: str
    stages: Callable[[Sizes], Stages]
    summary: str
    source: str
    reads_gamma: bool = False
    reads_root_gamma: bool = False
    ties_channels: bool = False

    def why_not(self, layer: Layer) -> str | None:
        """Return why the scheme cannot be applied to a layer, or None where it can."""
        if self.reads_gamma and layer.gamma < 1:
            return f"gamma = N_o/N_i = {layer.gamma} is below 1"
        if self.ties_channels and not layer.is_tied:
            return f"N_o = {layer.n_o} is not gamma N_i = {layer.gamma * layer.n_i}"
        return None


_SEPARABLE = "notebook, Separable Convolutions"
_GENERALIZED = "notebook, Generalized Separable Convolutions"

SCHEMES = (
    Scheme("standard", formulas.standard, "one convolution", _SEPARABLE),
    Scheme("separable", formulas.separable, "depthwise, then pointwise", _SEPARABLE),
    Scheme(
        "generalized",
        formulas.generalized,
        "depthwise with multiplier gamma, then pointwise",
        _GENERALIZED,
        reads_gamma=True,
    ),
    Scheme(
        "distributed",
        formulas.distributed,
        "multiplier sqrt(gamma) at the depthwise and at the pointwise step",
        _GENERALIZED,
        reads_gamma=True,
        reads_root_gamma=True,
        ties_channels=True,
    ),
)

SCHEME_NAMES = tuple(scheme.name for scheme in SCHEMES)
BASELINE = "standard"


def scheme_named(name: str) -> Scheme:
    """Return the scheme of that name.

    >>> scheme_named("separable").summary
    'depthwise, then pointwise'
    """
    return by_name(name, SCHEMES, lambda scheme: scheme.name, "a scheme")
