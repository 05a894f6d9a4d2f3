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
    from sepcost.core.errors import FieldError, FileError, InconclusiveError, QuantityError, SepcostError
    from sepcost.core.layer import Layer
    from sepcost.fitting import Fit, fit
    from sepcost.network.audit import Audit, audit
    from sepcost.network.budget import Budgets, check
    from sepcost.network.model import Network
    from sepcost.network.plan import Plan, plan
    from sepcost.network.read import read_network
    from sepcost.solver.rows import BreakEven, BreakEvenRow
    from sepcost.solver.solve import breakeven

__version__ = "0.1.0"

__all__ = [
    "Audit",
    "BreakEven",
    "BreakEvenRow",
    "Budgets",
    "Comparison",
    "FieldError",
    "FileError",
    "Fit",
    "InconclusiveError",
    "Layer",
    "Network",
    "Plan",
    "QuantityError",
    "SchemeCost",
    "SepcostError",
    "audit",
    "breakeven",
    "check",
    "compare",
    "fit",
    "plan",
    "read_network",
]

_HOMES = {
    "comparison": ("Comparison", "SchemeCost", "compare"),
    "core.errors": ("FieldError", "FileError", "InconclusiveError", "QuantityError", "SepcostError"),
    "core.layer": ("Layer",),
    "fitting": ("Fit", "fit"),
    "network.audit": ("Audit", "audit"),
    "network.budget": ("Budgets", "check"),
    "network.model": ("Network",),
    "network.plan": ("Plan", "plan"),
    "network.read": ("read_network",),
    "solver.solve": ("breakeven",),
    "solver.rows": ("BreakEven", "BreakEvenRow"),
}


def __getattr__(name: str) -> object:
    """Load a public name on its first use, so that importing sepcost alone costs nothing."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"sepcost.{home}"), name)
    raise AttributeError(f"module 'sepcost' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return [*__all__, "__version__"]
