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
    from sepcost.core.given import Given
    from sepcost.core.layer import Layer
    from sepcost.core.scheme_file import read_schemes
    from sepcost.core.schemes import register
    from sepcost.fitting import Fit, fit
    from sepcost.hardware.execution import Execution
    from sepcost.hardware.machines import find_machine
    from sepcost.network.audit import Audit, audit
    from sepcost.network.budget import Budgets, check
    from sepcost.network.measure import Measures
    from sepcost.network.model import Network
    from sepcost.network.plan import Plan, plan
    from sepcost.network.read import read_network
    from sepcost.network.width import WidthFit, fit_width
    from sepcost.solver.expressions import Expressions, expressions
    from sepcost.solver.rows import BreakEven, BreakEvenRow
    from sepcost.solver.solve import breakeven
    from sepcost.solver.time_breakeven import breakeven_balance, breakeven_time
    from sepcost.sweep.columns import batches
    from sepcost.sweep.grid import Grid

__version__ = "0.1.0"

__all__ = [
    "Audit",
    "BreakEven",
    "BreakEvenRow",
    "Budgets",
    "Comparison",
    "Execution",
    "Expressions",
    "FieldError",
    "FileError",
    "Fit",
    "Given",
    "Grid",
    "InconclusiveError",
    "Layer",
    "Measures",
    "Network",
    "Plan",
    "QuantityError",
    "SchemeCost",
    "SepcostError",
    "WidthFit",
    "audit",
    "batches",
    "breakeven",
    "breakeven_balance",
    "breakeven_time",
    "check",
    "compare",
    "expressions",
    "find_machine",
    "fit",
    "fit_width",
    "plan",
    "read_network",
    "read_schemes",
    "register",
]

_HOMES = {
    "comparison": ("Comparison", "SchemeCost", "compare"),
    "core.errors": ("FieldError", "FileError", "InconclusiveError", "QuantityError", "SepcostError"),
    "core.given": ("Given",),
    "core.layer": ("Layer",),
    "core.scheme_file": ("read_schemes",),
    "core.schemes": ("register",),
    "fitting": ("Fit", "fit"),
    "hardware.execution": ("Execution",),
    "hardware.machines": ("find_machine",),
    "network.audit": ("Audit", "audit"),
    "network.budget": ("Budgets", "check"),
    "network.measure": ("Measures",),
    "network.model": ("Network",),
    "network.plan": ("Plan", "plan"),
    "network.read": ("read_network",),
    "network.width": ("WidthFit", "fit_width"),
    "solver.time_breakeven": ("breakeven_balance", "breakeven_time"),
    "solver.expressions": ("Expressions", "expressions"),
    "solver.rows": ("BreakEven", "BreakEvenRow"),
    "solver.solve": ("breakeven",),
    "sweep.columns": ("batches",),
    "sweep.grid": ("Grid",),
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
