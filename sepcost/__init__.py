"""What a convolution costs in each scheme, and from where on each pays.

>>> from sepcost import Layer, breakeven, compare
>>> compare(Layer(64, 64, kernel=3)).scheme("separable").cost.weights
4672
>>> breakeven(gamma=4).scheme("generalized").first
8
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sepcost.comparison import Comparison, SchemeCost, compare
    from sepcost.core.errors import FieldError, InconclusiveError, QuantityError, SepcostError
    from sepcost.core.layer import Layer
    from sepcost.solver.breakeven import BreakEven, BreakEvenRow, breakeven

__version__ = "0.1.0"

__all__ = [
    "BreakEven",
    "BreakEvenRow",
    "Comparison",
    "FieldError",
    "InconclusiveError",
    "Layer",
    "QuantityError",
    "SchemeCost",
    "SepcostError",
    "breakeven",
    "compare",
]

_HOMES = {
    "solver.breakeven": ("BreakEven", "BreakEvenRow", "breakeven"),
    "comparison": ("Comparison", "SchemeCost", "compare"),
    "core.errors": ("FieldError", "InconclusiveError", "QuantityError", "SepcostError"),
    "core.layer": ("Layer",),
}


def __getattr__(name: str) -> object:
    """Load a public name on its first use, so that importing sepcost alone costs nothing."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"sepcost.{home}"), name)
    raise AttributeError(f"module 'sepcost' has no attribute {name!r}")
